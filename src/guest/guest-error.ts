// Guest errors: what a guest sees of our errors, and what we say of the values that guests throw.
//
// A guest gets a frozen plain error with name, code and message: no stack, no host path, no cause.
// A thrown value is described without touching it: it may be a proxy or full of getters.

import { type ErrorCode, type ErrorDetails, QrtError } from '../core/errors.ts';
import type { FailureDescription } from '../core/frames.ts';
import { ERROR_TEXT_MAX } from '../core/limits.ts';
import { withHint } from './go-on.ts';
import { isProxy } from './proxy.ts';

const PROTOTYPES_MAX = 16;
const TEXT_UNITS_MAX = 1024 * 1024;
const ERROR_NAMES: readonly (readonly [object, string])[] = [
  [TypeError.prototype, 'TypeError'],
  [RangeError.prototype, 'RangeError'],
  [ReferenceError.prototype, 'ReferenceError'],
  [SyntaxError.prototype, 'SyntaxError'],
  [EvalError.prototype, 'EvalError'],
  [URIError.prototype, 'URIError'],
  [Error.prototype, 'Error'],
];

/** Control characters, line ends and direction marks: a log line must look like what it is. */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu;

/** Errors that we gave to guests → their codes: a guest cannot forge one. */
const codes = new WeakMap<object, ErrorCode>();

/** A new error as a guest sees it. */
export function makeGuestError(code: ErrorCode, details: ErrorDetails): Error {
  return toGuestError(new QrtError(code, details));
}

/** One of our errors as a guest sees it. */
export function toGuestError(error: QrtError): Error {
  const shown = new Error(error.message);
  const descriptor = { enumerable: false, configurable: false, writable: false };
  Reflect.deleteProperty(shown, 'stack');
  Object.defineProperty(shown, 'name', { ...descriptor, value: 'QrtError' });
  Object.defineProperty(shown, 'code', { ...descriptor, value: error.code });
  codes.set(Object.freeze(shown), error.code);
  return shown;
}

/** What a turn's failure report says of a thrown value. Runs no code of the value. */
export function describeThrown(thrown: unknown): FailureDescription {
  if (thrown === null) return failure('null', 'null');
  switch (typeof thrown) {
    case 'string':
      return failure('string', thrown);
    case 'number':
    case 'boolean':
    case 'undefined':
      return failure(typeof thrown, String(thrown));
    case 'object':
    case 'function':
      return describeObject(thrown);
    default:
      // The digits of a large bigint would take longer than the turn.
      return failure(typeof thrown, `a ${typeof thrown}`);
  }
}

/** Whether a value is an error, ours or the guest's own. Runs no code of it. */
export function isError(value: unknown): boolean {
  return hasPrototype(value, Error.prototype);
}

/** Whether a thrown value is a RangeError: how V8 says that the stack is exhausted. */
export function isRangeError(thrown: unknown): boolean {
  return hasPrototype(thrown, RangeError.prototype);
}

function describeObject(thrown: object): FailureDescription {
  if (isProxy(thrown)) return failure('proxy', 'a proxy');
  // Not `instanceof`: the value may have a proxy as its prototype, which would be asked.
  if (hasPrototype(thrown, QrtError.prototype)) return describeOurs(thrown as QrtError);
  const code = codes.get(thrown);
  const kind = findErrorName(thrown);
  const name = readOwnText(thrown, 'name') ?? kind ?? typeof thrown;
  const message = readOwnText(thrown, 'message') ?? 'no message';
  const described = failure(name, kind === 'TypeError' ? withHint(message) : message);
  return code === undefined ? described : { ...described, code };
}

function describeOurs({ message, code }: QrtError): FailureDescription {
  return { ...failure('QrtError', message), code };
}

function readOwnText(value: object, key: string): string | undefined {
  const text: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
  return typeof text === 'string' ? text : undefined;
}

function findErrorName(thrown: object): string | undefined {
  return ERROR_NAMES.find(([prototype]) => hasPrototype(thrown, prototype))?.[1];
}

/** Like `instanceof`, but a proxy on the way ends the search instead of being asked. */
function hasPrototype(value: unknown, wanted: object): boolean {
  let at: unknown = value;
  for (let step = 0; step < PROTOTYPES_MAX; step += 1) {
    if (typeof at !== 'object' || at === null || isProxy(at)) return false;
    at = Object.getPrototypeOf(at);
    if (at === wanted) return true;
  }
  return false;
}

function failure(name: string, message: string): FailureDescription {
  return { name: printable(name), message: printable(message) };
}

/** At most ERROR_TEXT_MAX units, each visible. */
function printable(text: string): string {
  // A guest can have a text that is longer than its heap, as long as nobody looks into it.
  if (text.length > TEXT_UNITS_MAX) return `a text of ${text.length} characters`;
  const escaped = text
    .slice(0, ERROR_TEXT_MAX)
    .replace(UNPRINTABLE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped.length <= ERROR_TEXT_MAX ? escaped : `${escaped.slice(0, ERROR_TEXT_MAX - 1)}…`;
}
