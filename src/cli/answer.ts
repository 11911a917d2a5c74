// Answer: what became of a message, as the commands that wait for it say it.

import type { Answer } from '../node/result.ts';
import { REJECTED } from './exit-code.ts';
import { sayJson, sayRejection } from './output.ts';
import { type Progress, withProgress } from './progress.ts';

/** Under the help of what waits for answers. */
export const ANSWER_NOTES = `
An answer is printed as JSON. A reference in it is {"$":"o5.0"}, with the id of the object or promise
as \`qrt dump\` shows it; \`qrt qrid new DIR o5.0\` makes a QRID of an object. A key of the data that
begins with $ has one more.
Exit code 3: the answer is a rejection, which stands on standard error. Exit code 124: it did not
come in time; it may still come, and \`qrt result DIR ID\` waits for it again.`;

interface Waiting {
  readonly onId: (id: string) => void;
  readonly onGone: () => void;
}

/** Waits for an answer, and says what it is. */
export async function sayAnswer(
  isJson: boolean,
  wait: (waiting: Waiting) => Promise<Answer>,
): Promise<void> {
  const answer = await withProgress('sending', (progress) => wait(sayWaiting(progress)));
  if ('error' in answer) {
    sayRejection({ rejection: answer.error, isJson });
    process.exitCode = REJECTED;
  } else {
    sayJson(isJson ? answer : answer.value);
  }
}

/** The id is what someone needs who ends the command, and asks later. */
const sayWaiting = (progress: Progress): Waiting => ({
  onId: (id) => progress.say(`waiting for the answer to ${id}`),
  onGone: () => progress.say('waiting for the node to come back'),
});
