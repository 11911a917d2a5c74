// Options: what a program in plain JavaScript may get wrong, said before anything is done.

import { QrtError } from '../core/errors.ts';

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

function refuse(what: string, reason: string): QrtError {
  return new QrtError('QRT_ARGUMENT_INVALID', { what, reason });
}
