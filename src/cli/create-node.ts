// `qrt create-node`: makes a node.

import type { Command } from 'commander';
import { collect, wholeNumber, withExamples, withJson } from './options.ts';
import { say, sayJson } from './output.ts';

interface Options {
  readonly port?: number;
  readonly host: string;
  readonly url: readonly string[];
  readonly json?: true;
}

const PORT = { min: 1, max: 65_535 };

/** Adds the command. */
export function addCreateNode(program: Command): void {
  const command = program
    .command('create-node')
    .description('make a node: a directory with a key, a database and a configuration')
    .argument('<DIR>', 'a directory that does not exist yet, or is empty')
    .option('--port <N>', 'port to listen on (default: a free one is drawn)', wholeNumber(PORT))
    .option('--host <H>', 'address to listen on', '127.0.0.1')
    .option('--url <U>', 'URL where others reach it, if not http://HOST:PORT', collect, [])
    .action(async (dir: string, options: Options) => {
      const { createNode } = await import('../node/create.ts');
      const { port, host, url } = options;
      const urls = url.length === 0 ? undefined : url;
      const created = await createNode({ dir, host, port, urls });
      if (options.json) return sayJson(created);
      say(`Made a node in ${created.dir}: vat ${created.vat}, ${created.urls.join(', ')}`);
    });
  withExamples(withJson(command), [
    'qrt create-node ./NODE1',
    'qrt create-node ./NODE2 --port 7002 --url https://vats.example.org',
  ]);
}
