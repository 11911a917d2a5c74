// Call: runs another object of this vat now, within the same turn, as a plain function call.
//
// Arguments and results pass as they are. What the callee did stays, also when it throws and the
// caller catches that: only the turn as a whole is done or undone.

import { QrtError } from '../core/errors.ts';
import type { LocalId } from '../core/ids.ts';
import { isRangeError } from './guest-error.ts';
import { findLiveObject } from './live.ts';
import { isFar, isLocal } from './reference.ts';
import { enter, type LiveObject, poisonWith, type TurnState } from './turn-state.ts';

/** Calls an object. Throws QRT_CALL_REMOTE, QRT_CALL_PROMISE, QRT_NO_OBJECT, or what the callee throws. */
export function call(turn: TurnState, target: LocalId, args: unknown): unknown {
  const callee = enter(turn, () => prepare(turn, target));
  const caller = turn.running;
  turn.entered += 1;
  turn.running = callee;
  turn.callDepth += 1;
  let result: unknown;
  try {
    const { run, power } = callee;
    result = run(args, power);
  } catch (thrown) {
    // Where the stack ends is not the same everywhere, so nothing may be decided by it.
    if (isRangeError(thrown)) turn.poison ??= 'a RangeError crossed an immediate call';
    leave(turn, caller);
    throw thrown;
  }
  leave(turn, caller);
  return result;
}

function prepare(turn: TurnState, target: LocalId): LiveObject {
  if (isFar(target)) throw new QrtError('QRT_CALL_REMOTE', {});
  if (!isLocal(target)) throw new QrtError('QRT_CALL_PROMISE', {});
  const { callDepth: max } = turn.limits;
  if (turn.callDepth >= max) throw poisonWith(turn, 'QRT_CALL_DEEP', { max });
  const callee = findLiveObject(turn, target);
  if (callee === undefined) throw new QrtError('QRT_NO_OBJECT', {});
  return callee;
}

function leave(turn: TurnState, caller: LiveObject | undefined): void {
  turn.callDepth -= 1;
  turn.running = caller;
  turn.left += 1;
}
