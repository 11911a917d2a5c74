// `qrt backup`: a whole node in one file, also while it runs.

import type { Command } from 'commander';
import type { BackupStep } from '../node/backup.ts';
import { withExamples, withJson } from './options.ts';
import { formatBytes, say, sayJson } from './output.ts';
import { withProgress } from './progress.ts';

const HELP = `
The node may run: the backup is what was committed at one moment. FILE is new, readable by you alone
(mode 600), and read again before it gets its name. It holds the key: whoever can read it is the vat.
What happens after the backup is not in it: see \`qrt restore --help\`.`;

/** Adds the command. */
export function addBackup(program: Command): void {
  const command = program
    .command('backup')
    .description('back a node up into one file, also while it runs')
    .argument('<DIR>', 'directory of a node, running or stopped')
    .argument('<FILE>', 'the file to make; it must not exist')
    .action(async (dir: string, file: string, options: { json?: true }) => {
      const { backUpNode } = await import('../node/backup.ts');
      const made = await withProgress('reading', (progress) =>
        backUpNode({ dir, file, onStep: (step) => progress.say(describeStep(step)) }),
      );
      if (options.json) return sayJson(made);
      const { vat, bytes, time } = made;
      say(`Backed up ${dir} to ${file}: vat ${vat}, ${formatBytes(bytes)}, as of ${time}.`);
      say('It holds the key: keep it as safe as the node.');
    });
  command.addHelpText('after', HELP);
  withExamples(withJson(command), ['qrt backup ./NODE1 ./NODE1-$(date +%F).backup']);
}

/** One step of a backup or a restore for people. */
export function describeStep({ doing, bytes, bytesTotal }: BackupStep): string {
  return `${doing} ${formatBytes(bytes)} of ${formatBytes(bytesTotal)}`;
}
