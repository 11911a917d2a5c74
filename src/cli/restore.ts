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
So all its links are unchecked at first: nothing but an empty box is sent on one until its peer has
confirmed that both remember the same. Such links go on by themselves; the others go into doubt, and
no message is lost or repeated without a word: \`qrt doubt DIR\` shows them, and settles them.`;

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
      const { vat, time, unchecked } = value;
      say(`Restored ${dir} from ${file}: vat ${vat}, as it was at ${time}.`);
      say('If the original still exists, never start both: they are one vat with two histories.');
      if (unchecked > 0) say(describeUnchecked(unchecked));
    });
  command.addHelpText('after', HELP);
  withExamples(withJson(command), ['qrt restore ./NODE1-2026-11-22.backup ./NODE1']);
}

function describeUnchecked(unchecked: number): string {
  const links = unchecked === 1 ? 'Its link is' : `Its ${unchecked} links are`;
  return `${links} unchecked until the peer confirms what it remembers: see \`qrt doubt\`.`;
}
