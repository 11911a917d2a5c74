// Reject: makes a promise that is rejected, for an answer that is an error while the turn stays done.
//
// What a function throws undoes its turn, and of a thrown error no code is told but one of qrt's own.
// An object that has to keep what it did, or that has codes of its own, returns such a promise.

import type { LocalId } from '../core/ids.ts';
import { describeThrown, isError } from './guest-error.ts';
import { readOptions, refusePromise } from './options.ts';
import { makeResolvable } from './promise.ts';
import { isPlain } from './record.ts';
import { targetOf } from './reference.ts';
import { sendOnly } from './send.ts';
import type { TurnState } from './turn-state.ts';

const WHAT = 'The argument of Q.reject';
const NAMES = ['name', 'message', 'code'] as const;

/** `Q.reject`: takes a text, an error, or `{ name, message, code }`. Throws QRT_PROMISE_INVALID. */
export function reject(turn: TurnState, reason: unknown): object {
  const error = readReason(reason);
  const { promise, resolver } = makeResolvable(turn);
  // From here on nothing can fail that a guest could catch.
  sendOnly(turn, targetOf(resolver) as LocalId, { error });
  return promise;
}

/** Texts of bounded length. Runs no code of the reason. */
function readReason(reason: unknown): object {
  if (typeof reason === 'string') return { name: 'Error', message: printable(reason) };
  if (isError(reason)) return describeThrown(reason);
  if (!isPlain(reason)) {
    throw refusePromise(WHAT, 'is neither a text, an error nor { name, message, code }');
  }
  const texts: Record<string, string> = { name: 'Error' };
  for (const [name, text] of Object.entries(readOptions(reason, WHAT, NAMES))) {
    if (text === undefined) continue;
    if (typeof text !== 'string') throw refusePromise(`${WHAT}.${name}`, 'is no text');
    texts[name] = printable(text);
  }
  if (texts['message'] !== undefined) return texts;
  throw refusePromise(WHAT, 'has no message: say what is wrong and what to do');
}

const printable = (text: string): string => describeThrown(text).message;
