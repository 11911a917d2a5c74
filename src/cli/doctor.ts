// `qrt doctor`: what is wrong with a node and its machine, and what to do about it.

import type { Command } from 'commander';
import type { Check, CheckState } from '../node/doctor-check.ts';
import { chooseDir, withExamples, withJson } from './options.ts';
import { type Colour, isOnTerminal, say, sayJson, sayTable } from './output.ts';
import { withProgress } from './progress.ts';

/** Adds the command. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('look at all that a node needs and say what to do; changes nothing')
    .argument('[DIR]', 'directory of a node (default: $QRT_DIR, else the current directory)')
    .action(async (option: string | undefined, { json }: { json?: true }) => {
      const { examineNode } = await import('../node/doctor.ts');
      const dir = chooseDir(option);
      if (!json && !isOnTerminal()) sayTable([['state', 'check', 'found', 'advice']]);
      await withProgress('looking', (progress) =>
        examineNode({
          dir,
          onBegin: (check) => progress.say(`looking at ${check}`),
          onCheck: (check) => (json ? sayJson(check) : sayCheck(check)),
        }),
      );
    });
  withExamples(withJson(command), [
    'qrt doctor ./NODE1   # exit code 0 when nothing failed, else 2',
    `qrt doctor ./NODE1 --json | grep -v '"state":"ok"'`,
  ]);
}

const COLOURS: Readonly<Record<CheckState, Colour>> = { ok: 'green', warn: 'yellow', fail: 'red' };
const WIDTHS = [4, 15];

function sayCheck({ check, state, found, advice = '' }: Check): void {
  const word = { text: state, colour: COLOURS[state] };
  if (!isOnTerminal()) return sayTable([[word, check, found, advice]]);
  sayTable([[word, check, found]], [...WIDTHS]);
  if (advice !== '') say(`      ${advice}`);
}
