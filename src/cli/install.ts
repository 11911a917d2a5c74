// `qrt install`: makes a root object from a file or a guest that ships.

import type { Command } from 'commander';
import { collect, withExamples, withJson } from './options.ts';
import { remark, say, sayJson } from './output.ts';
import { withProgress } from './progress.ts';

interface Options {
  readonly power: string;
  readonly grant: readonly string[];
  readonly ref: readonly string[];
  readonly id?: string;
  readonly json?: true;
}

/** Adds the command. */
export function addInstall(program: Command): void {
  const command = program
    .command('install')
    .description('make an object; prints its QRID, which is the right to send to it: keep it safe')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('<PATH>', 'a file with one function, a folder with a main.js, or a shipped guest')
    .option('--power <JSON>', 'static data of its power', '{}')
    .option('--grant <TYPE>', 'a native power, such as log (again for more)', collect, [])
    .option(
      '--ref <PATH=QRID>',
      'put a reference at PATH of the power (again for more)',
      collect,
      [],
    )
    .option('--id <ID>', 'asking again with the same id makes no second object')
    .action(async (dir: string, path: string, options: Options) => {
      const { install } = await import('../node/install.ts');
      const { power, grant, ref, id } = options;
      const { value, source, hello } = await withProgress('checking the code', () =>
        install({ dir, path, power, grants: grant, refs: ref, id }),
      );
      const { isShipped } = source;
      const from = { path: source.path, shipped: isShipped, running: hello !== undefined };
      if (options.json) return sayJson({ ...value, ...from });
      remark(`Installed ${isShipped ? 'the shipped guest ' : ''}${source.path}`);
      say(value.qrid);
    });
  withExamples(withJson(command), [
    'qrt install ./NODE1 sample-methods',
    `qrt install ./NODE1 ./greeter.js --grant log --power '{"greeting":"Hello"}'`,
    'qrt install ./NODE1 ./client.js --ref server=qrt:…',
  ]);
}
