// `qrt gossip`: tells nodes where the others are.

import type { Command } from 'commander';
import { QrtError } from '../core/errors.ts';
import { withExamples, withJson } from './options.ts';
import { say, sayJson } from './output.ts';
import { withProgress } from './progress.ts';

/** Adds the command. */
export function addGossip(program: Command): void {
  const command = program
    .command('gossip')
    .description('give each node the URLs of the others and of all vats that they know')
    .argument('<DIR...>', 'directories of at least two nodes, running or stopped')
    .action(async (dirs: readonly string[], options: { json?: true }) => {
      if (dirs.length < 2) {
        const reason = 'give at least two';
        throw new QrtError('QRT_ARGUMENT_INVALID', { what: 'Directories', reason });
      }
      const { gossip } = await import('../node/gossip.ts');
      const results = await withProgress('carrying contact records', () => gossip(dirs));
      for (const result of results) {
        if (options.json) sayJson(result);
        else say(`${result.dir}: ${result.learnt} learnt, ${result.known} known before`);
      }
    });
  withExamples(withJson(command), ['qrt gossip ./NODE1 ./NODE2']);
}
