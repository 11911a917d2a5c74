// Options: what a program in plain JavaScript may get wrong, said before anything is done.

import { QrtError } from '../core/errors.ts';
import { DEADLINE_MS_MAX } from '../core/limits.ts';

/** Throws QRT_ARGUMENT_INVALID for what is no record and for a name that is not known. */
export function assertKnown(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw refuse(what, 'give an object');
  const name = Object.keys(options).find((key) => !known.includes(key));
  if (name === undefined) return;
  throw refuse(what, `there is no option ${name}: the options are ${known.join(', ')}`);
}

/** Throws QRT_ARGUMENT_INVALID. */
export function parseDir(dir: unknown): string {
  if (typeof dir === 'string' && dir !== '') return dir;
  throw refuse('dir', 'give the directory of a node, as text');
}

/** Throws QRT_ARGUMENT_INVALID. */
export function parseDeadline(deadlineMs: unknown): number | undefined {
  if (deadlineMs === undefined) return undefined;
  const isWhole = typeof deadlineMs === 'number' && Number.isSafeInteger(deadlineMs);
  if (isWhole && deadlineMs >= 0 && deadlineMs <= DEADLINE_MS_MAX) return deadlineMs;
  throw refuse('deadlineMs', `give whole milliseconds from 0 to ${DEADLINE_MS_MAX}, 366 days`);
}

function refuse(what: string, reason: string): QrtError {
  return new QrtError('QRT_ARGUMENT_INVALID', { what, reason });
}
