// `qrt start`: starts nodes in the background.

import type { Command } from 'commander';
import { forEachDir, LIMITS_HINT, withExamples, withJson } from './options.ts';
import { say, sayJson } from './output.ts';
import { withProgress } from './progress.ts';
import { makeRunCommand } from './start-command.ts';

/** Adds the command. */
export function addStart(program: Command): void {
  const command = program
    .command('start')
    .description('start nodes in the background; returns when they can be asked')
    .argument('<DIR...>', 'directories of nodes')
    .action(async (dirs: readonly string[], options: { json?: true }) => {
      const { startNode } = await import('../node/daemon.ts');
      await forEachDir({
        dirs,
        isJson: options.json === true,
        async work(dir) {
          const ready = await withProgress(`waiting for ${dir} to start`, () =>
            startNode({ dir, command: (path) => makeRunCommand('--report', path) }),
          );
          if (options.json) return sayJson(ready);
          say(`${dir} runs as process ${ready.pid}: vat ${ready.vat}, ${ready.urls.join(', ')}`);
        },
      });
    });
  withExamples(withJson(command), ['qrt start ./NODE1', 'qrt start ./NODE1 ./NODE2']).addHelpText(
    'after',
    LIMITS_HINT,
  );
}
