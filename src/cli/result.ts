// `qrt result`: waits for the answer to what was sent before.

import type { Command } from 'commander';
import { ANSWER_NOTES, sayAnswer } from './answer.ts';
import { wholeNumber, withExamples, withJson } from './options.ts';

interface Options {
  readonly timeout: number;
  readonly json?: true;
}

const SECOND_MS = 1_000;

/** Adds the command. */
export function addResult(program: Command): void {
  const command = program
    .command('result')
    .description('print the answer to what `qrt send --result` sent, as soon as it is there')
    .argument('<DIR>', 'directory of the node that sent it')
    .argument('<ID>', 'the id of the send')
    .option(
      '--timeout <SECONDS>',
      'how long to wait; 0 only looks',
      wholeNumber({ min: 0, max: 86_400 }),
      60,
    )
    .action(async (dir: string, id: string, { timeout, json }: Options) => {
      const { readAnswer } = await import('../node/result.ts');
      const waitMs = timeout * SECOND_MS;
      await sayAnswer(json === true, (waiting) => readAnswer({ dir, id, waitMs, ...waiting }));
    });
  command.addHelpText('after', ANSWER_NOTES);
  withExamples(withJson(command), [
    'qrt result ./NODE1 order-17',
    'qrt result ./NODE1 order-17 --timeout 3600 --json',
  ]);
}
