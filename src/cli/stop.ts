// `qrt stop`: ends running nodes.

import type { Command } from 'commander';
import { forEachDir, withExamples, withJson } from './options.ts';
import { say, sayJson } from './output.ts';
import { withProgress } from './progress.ts';

/** Adds the command. */
export function addStop(program: Command): void {
  const command = program
    .command('stop')
    .description('stop nodes: turns in flight end, what is queued stays queued')
    .argument('<DIR...>', 'directories of nodes')
    .action(async (dirs: readonly string[], options: { json?: true }) => {
      const { stopNode } = await import('../node/daemon.ts');
      await forEachDir({
        dirs,
        isJson: options.json === true,
        async work(dir) {
          const pid = await withProgress(`waiting for ${dir} to stop`, () => stopNode({ dir }));
          if (options.json) return sayJson({ dir, pid });
          say(`${dir} has stopped (it was process ${pid}).`);
        },
      });
    });
  withExamples(withJson(command), ['qrt stop ./NODE1 ./NODE2']);
}
