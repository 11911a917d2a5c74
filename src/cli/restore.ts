// `qrt restore`: makes the node of a backup again.

import type { Command } from 'commander';
import { describeStep } from './backup.ts';
import { withExamples, withJson } from './options.ts';
import { remark, say, sayJson } from './output.ts';
import { withProgress } from './progress.ts';

const HELP = `
A backup that is damaged, cut off or no backup of qrt is refused before anything is written.

Restore only when the original is lost, and never start both: they are one vat with two histories.
What the vat sent and received after the backup was made is not in it, while its peers remember it.
Where the two do not fit, the link with that peer goes into doubt, and no other.`;

/** Adds the command. */
export function addRestore(program: Command): void {
  const command = program
    .command('restore')
    .description('make the node of a backup again')
    .argument('<FILE>', 'a backup made by `qrt backup`')
    .argument('<DIR>', 'the directory to make; it must not exist')
    .action(async (file: string, dir: string, options: { json?: true }) => {
      const { restoreNode } = await import('../node/restore.ts');
      const restored = await withProgress('checking', (progress) =>
        restoreNode({ file, dir, onStep: (step) => progress.say(describeStep(step)) }),
      );
      const { isOpen, ...value } = restored;
      if (isOpen) remark(`${file} can be read by others, and holds the key: chmod 600 it.`);
      if (options.json) return sayJson(value);
      const { vat, time } = value;
      say(`Restored ${dir} from ${file}: vat ${vat}, as it was at ${time}.`);
      say('If the original still exists, never start both: they are one vat with two histories.');
    });
  command.addHelpText('after', HELP);
  withExamples(withJson(command), ['qrt restore ./NODE1-2026-11-22.backup ./NODE1']);
}
