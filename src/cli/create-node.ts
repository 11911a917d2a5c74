// `qrt create-node`: makes a node.

import type { Command } from 'commander';
import { QrtError } from '../core/errors.ts';
import { collect, wholeNumber, withExamples, withJson } from './options.ts';
import { say, sayJson } from './output.ts';

interface Options {
  readonly port?: number;
  readonly host: string;
  readonly url: readonly string[];
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
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
    .option('--url <U>', 'URL where others reach it, if not http(s)://HOST:PORT', collect, [])
    .option('--tls-certificate <FILE>', 'speak TLS with this certificate and its chain, in PEM')
    .option('--tls-key <FILE>', 'private key of that certificate, in PEM')
    .action(async (dir: string, options: Options) => {
      const { createNode } = await import('../node/create.ts');
      const { port, host, url } = options;
      const urls = url.length === 0 ? undefined : url;
      const created = await createNode({ dir, host, port, urls, tls: tlsOf(options) });
      if (options.json) return sayJson(created);
      say(`Made a node in ${created.dir}: vat ${created.vat}, ${created.urls.join(', ')}`);
    });
  withExamples(withJson(command), [
    'qrt create-node ./NODE1',
    'qrt create-node ./NODE2 --port 7002 --url https://vats.example.org',
  ]);
}

function tlsOf({ tlsCertificate: certificate, tlsKey: key }: Options) {
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate === key) return undefined;
  const what = certificate === undefined ? '--tls-key' : '--tls-certificate';
  const reason = `needs ${certificate === undefined ? '--tls-certificate' : '--tls-key'} beside it`;
  throw new QrtError('QRT_ARGUMENT_INVALID', { what, reason });
}
