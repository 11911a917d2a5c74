// Doctor's check: one thing that was looked at, what was found and what to do about it.

import { isQrtError } from '../core/errors.ts';

/** How something is: `warn` works for now, `fail` does not. */
export type CheckState = 'ok' | 'warn' | 'fail';

export interface Check {
  /** What was looked at, in one word. */
  readonly check: string;
  readonly state: CheckState;
  readonly found: string;
  /** What to do; only for what is not ok. */
  readonly advice?: string;
}

/** What a check says of its own; its name is added where it is called. */
export type Finding = Omit<Check, 'check'>;

export const ok = (found: string): Finding => ({ state: 'ok', found });

export const warn = (found: string, advice: string): Finding => ({ state: 'warn', found, advice });

export const fail = (found: string, advice: string): Finding => ({ state: 'fail', found, advice });

/** What a check could not foresee. The message of a coded error says what to do by itself. */
export function failOf(error: unknown): Finding {
  if (isQrtError(error)) return fail(`${error.code}: ${error.message}`, ADVICE);
  const text = error instanceof Error ? error.message : String(error);
  return fail(text, 'Mend what is said there, as far as it is about this machine.');
}

const ADVICE = 'Do what the message says.';
