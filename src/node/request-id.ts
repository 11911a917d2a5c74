// Request id: by it a request that is repeated takes effect once.

import { randomBytes } from 'node:crypto';
import { QrtError } from '../core/errors.ts';
import { REQUEST_ID_CHARACTERS_MAX } from '../core/limits.ts';

/** What an id looks like. */
export const REQUEST_ID = new RegExp(`^[A-Za-z0-9._:-]{1,${REQUEST_ID_CHARACTERS_MAX}}$`);

const ID_BYTES = 16;

/** An id that nobody has used. */
export function makeRequestId(): string {
  return randomBytes(ID_BYTES).toString('base64url').replace(/^-/, '_');
}

/** Checks an id that an operator or a program chose. Throws QRT_ARGUMENT_INVALID. */
export function parseRequestId(text: unknown, what = '--id'): string {
  if (typeof text === 'string' && REQUEST_ID.test(text)) return text;
  const reason = `use 1 to ${REQUEST_ID_CHARACTERS_MAX} letters, digits, ".", "_", ":" or "-"`;
  throw new QrtError('QRT_ARGUMENT_INVALID', { what, reason });
}
