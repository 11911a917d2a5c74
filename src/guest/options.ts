// Options: reads what guests give to functions of promises by name, and refuses what is not known.
//
// A name that is not known is most often a mistyped one: taken in silence, a continuation would
// never run.

import { QrtError } from '../core/errors.ts';
import { DEADLINE_MS_MAX } from '../core/limits.ts';
import { readRecord } from './record.ts';

const KEY_SHOWN_MAX = 40;

/**
 * The entries of a plain object by these names; undefined stands for none. Throws
 * QRT_PROMISE_INVALID for anything else, and runs no code of it.
 */
export function readOptions<Name extends string>(
  value: unknown,
  what: string,
  names: readonly Name[],
): { readonly [name in Name]?: unknown } {
  const options: { [name in Name]?: unknown } = {};
  for (const [key, entry] of readRecord(value, what, refusePromise)) {
    const name = names.find((known) => known === key);
    if (name === undefined) {
      const shown = JSON.stringify(key.slice(0, KEY_SHOWN_MAX));
      throw refusePromise(what, `may hold ${names.join(', ')}, but not ${shown}`);
    }
    options[name] = entry;
  }
  return options;
}

/** Also one that has passed already, which is no mistake: how much is left may be computed. */
export function readDeadline(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw refusePromise(what, 'is no whole number of milliseconds');
  }
  if (value > DEADLINE_MS_MAX) {
    throw refusePromise(what, `is more than ${DEADLINE_MS_MAX}, 366 days`);
  }
  return value;
}

/** The options of what has no other: `{ deadlineMs }`, which may be left out. */
export function readDeadlineOption(
  options: unknown,
  what: string,
): { readonly deadlineMs?: number } {
  if (options === undefined) return {};
  const { deadlineMs } = readOptions(options, what, ['deadlineMs']);
  if (deadlineMs === undefined) return {};
  return { deadlineMs: readDeadline(deadlineMs, `${what}.deadlineMs`) };
}

/** The error for something that cannot be given where a promise is asked for. */
export function refusePromise(what: string, reason: string): QrtError {
  return new QrtError('QRT_PROMISE_INVALID', { what, reason });
}
