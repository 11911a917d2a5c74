// When: asks for a message to a continuation once a promise is settled.
//
// Continuations are objects, not closures: what goes on after a turn must be in the database.

import { type EncodeOptions, encode } from '../core/capdata.ts';
import type { QrtError } from '../core/errors.ts';
import type { WhenEffect } from '../core/frames.ts';
import { type LocalId, makePromiseId } from '../core/ids.ts';
import { CONTEXT_BYTES_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import { findTarget, readAwaited } from './awaited.ts';
import { readOptions, refusePromise } from './options.ts';
import { isProxy } from './proxy.ts';
import { beginAsking, takeRoom } from './queue.ts';
import { targetOf } from './reference.ts';
import { capdataBytes, countEffect, referenceTo, type TurnState } from './turn-state.ts';

const CONTEXT_OPTIONS: EncodeOptions<LocalId> = {
  what: 'continuation',
  bytesMax: CONTEXT_BYTES_MAX,
  isProxy,
  slotOf: targetOf,
};
const WHEN_BYTES = 160;
const SECOND = 'The second argument of Q.when';
const NAMES = ['fulfilled', 'rejected', 'context'] as const;

/**
 * `Q.when`: returns the promise of what the continuation answers. Throws QRT_PROMISE_INVALID,
 * QRT_DATA_* for the context and QRT_NO_ROOM.
 */
export function when(turn: TurnState, promise: unknown, continuation: unknown): object {
  const sender = beginAsking(turn);
  const awaited = readAwaited(promise, 'The first argument of Q.when');
  if (typeof continuation === 'function') throw refuseContinuation(SECOND, continuation);
  const given = readOptions(continuation, SECOND, NAMES);
  const fulfilled = readContinuation('fulfilled', given.fulfilled);
  const rejected = readContinuation('rejected', given.rejected);
  if (fulfilled === undefined && rejected === undefined) {
    throw refusePromise(
      SECOND,
      'has neither fulfilled nor rejected: give a reference as one of them',
    );
  }
  const context = given.context === undefined ? undefined : encodeContext(given.context);
  takeRoom(turn, 'inbox', context);
  countEffect(turn, WHEN_BYTES + (context === undefined ? 0 : capdataBytes(context)));
  const answer = makePromiseId(turn.number, turn.made);
  const effect: WhenEffect = {
    promise: awaited,
    ...(fulfilled === undefined ? {} : { fulfilled }),
    ...(rejected === undefined ? {} : { rejected }),
    ...(context === undefined ? {} : { context }),
    sender,
    answer,
  };
  const made = referenceTo(turn, answer);
  // From here on nothing can fail but the stack, and that poisons the turn.
  turn.made += 1;
  turn.whens.push(effect);
  return made;
}

/** As a record, since it comes beside a value: what is one level too deep there is refused here. */
const encodeContext = (context: unknown): Capdata<LocalId> => encode({ context }, CONTEXT_OPTIONS);

function readContinuation(name: 'fulfilled' | 'rejected', value: unknown): LocalId | undefined {
  if (value === undefined) return undefined;
  const what = `${name} of Q.when`;
  const target = findTarget(value);
  if (target === undefined) throw refuseContinuation(what, value);
  return target;
}

/** Above all for those who know promises from elsewhere. */
function refuseContinuation(what: string, value: unknown): QrtError {
  const is = typeof value === 'function' ? 'a function' : 'no reference';
  return refusePromise(what, `is ${is}; continuations are objects: give a reference`);
}
