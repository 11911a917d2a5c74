// Coded errors: the one class of everything that qrt itself can refuse.
//
// The kind decides what happens (exit code, HTTP status, retry); adapters translate kinds, never
// messages. The codes stand in `error-table.ts`.

import { ERRORS, type ErrorKind } from './error-table.ts';

export type { ErrorKind } from './error-table.ts';

/** One of the codes in the table. */
export type ErrorCode = keyof typeof ERRORS;

/** Values for the `{name}` places of a message. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** The one error class of qrt. */
export class QrtError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails, cause?: unknown) {
    super(formatMessage(code, details), cause === undefined ? undefined : { cause });
    this.name = 'QrtError';
    this.code = code;
    this.kind = ERRORS[code].kind;
    this.details = details;
  }
}

/** Whether a value is a QrtError, optionally of one code. */
export function isQrtError(value: unknown, code?: ErrorCode): value is QrtError {
  return value instanceof QrtError && (code === undefined || value.code === code);
}

/** Whether a text is one of the codes. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(ERRORS, text);
}

/** The message of a code with its details filled in. */
export function formatMessage(code: ErrorCode, details: ErrorDetails): string {
  // Not a regular expression: V8 ends the process if one has to be compiled near the stack's end,
  // and guests come there.
  const [head = '', ...rest] = ERRORS[code].message.split('{');
  return rest.reduce((text, part) => {
    const end = part.indexOf('}');
    const name = part.slice(0, Math.max(end, 0));
    if (!Object.hasOwn(details, name)) return `${text}{${part}`;
    return text + String(details[name]) + part.slice(end + 1);
  }, head);
}

/** Ends a switch over a union: the compiler proves that no case is left. */
export function unreachable(value: never): never {
  throw new QrtError('QRT_INVARIANT_BROKEN', { reason: `unexpected ${String(value)}` });
}
