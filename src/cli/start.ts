// `qrt start`: starts nodes in the background.

import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { forEachDir, withExamples, withJson } from './options.ts';
import { say, sayJson } from './output.ts';
import { withProgress } from './progress.ts';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/**
 * V8 lets its nursery grow to 32 MiB while modules load and keeps it: a node at rest would hold
 * 99 MB instead of 84.
 */
const NODE_FLAGS = ['--max-semi-space-size=2'];

/** Adds the command. */
export function addStart(program: Command): void {
  const command = program
    .command('start')
    .description('start nodes in the background; returns when they can be asked')
    .argument('<DIR...>', 'directories of nodes')
    .action(async (dirs: readonly string[], options: { json?: true }) => {
      const { startNode } = await import('../node/daemon.ts');
      const runCommand = (dir: string) => [
        process.execPath,
        ...NODE_FLAGS,
        MAIN,
        'run',
        '--report',
        dir,
      ];
      await forEachDir({
        dirs,
        isJson: options.json === true,
        async work(dir) {
          const ready = await withProgress(`waiting for ${dir} to start`, () =>
            startNode({ dir, command: runCommand }),
          );
          if (options.json) return sayJson(ready);
          say(`${dir} runs as process ${ready.pid}: vat ${ready.vat}, ${ready.urls.join(', ')}`);
        },
      });
    });
  withExamples(withJson(command), ['qrt start ./NODE1', 'qrt start ./NODE1 ./NODE2']);
}
