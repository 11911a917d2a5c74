// Q: the global by which guests send, call and ask for promises, safe on values of any kind.

import { makeGuestError } from './guest-error.ts';
import { hideText } from './own-functions.ts';
import { combine, deadline, isPromise, isReference, makeResolvable } from './promise.ts';
import { callTo, sendOnlyTo, sendTo } from './reference.ts';
import { reject } from './reject.ts';
import { enter, type TurnState } from './turn-state.ts';
import { when } from './when.ts';

/** A new `Q`, frozen. `current` says which turn runs now, as a promise belongs to one. */
export function makeQ(current: () => TurnState | undefined): object {
  const during = <Result>(body: (turn: TurnState) => Result): Result => {
    const turn = current();
    if (turn === undefined) throw makeGuestError('QRT_TURN_OVER', {});
    return enter(turn, () => body(turn));
  };
  const q = {
    send: (target: unknown, args: unknown, options: unknown) =>
      sendTo(target, [args, options], 'Q.send'),
    sendOnly: (target: unknown, args: unknown) => sendOnlyTo(target, args, 'Q.sendOnly'),
    call: (target: unknown, args: unknown) => callTo(target, args, 'Q.call'),
    when: (promise: unknown, continuation: unknown) =>
      during((turn) => when(turn, promise, continuation)),
    all: (list: unknown) => during((turn) => combine(turn, 'all', list)),
    first: (list: unknown) => during((turn) => combine(turn, 'first', list)),
    settled: (list: unknown) => during((turn) => combine(turn, 'settled', list)),
    promise: (options: unknown) => during((turn) => makeResolvable(turn, options)),
    deadline: (promise: unknown, deadlineMs: unknown) =>
      during((turn) => deadline(turn, promise, deadlineMs)),
    reject: (reason: unknown) => during((turn) => reject(turn, reason)),
    isPromise: (value: unknown) => during(() => isPromise(value)),
    isReference: (value: unknown) => during(() => isReference(value)),
  };
  for (const each of Object.values(q)) hideText(Object.freeze(each));
  return Object.freeze(q);
}
