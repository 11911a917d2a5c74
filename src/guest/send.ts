// Send: queues a message for a later turn; its args are copied now.

import { type EncodeOptions, encode } from '../core/capdata.ts';
import type { SendEffect } from '../core/frames.ts';
import { isResolverId, type LocalId, makePromiseId } from '../core/ids.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import { readDeadlineOption } from './options.ts';
import { isProxy } from './proxy.ts';
import { beginAsking, takeRoom } from './queue.ts';
import { isFar, targetOf } from './reference.ts';
import { capdataBytes, countEffect, referenceTo, type TurnState } from './turn-state.ts';

const ARGS_OPTIONS: EncodeOptions<LocalId> = {
  what: 'args',
  bytesMax: ARGS_BYTES_MAX,
  isProxy,
  slotOf: targetOf,
};
const SEND_BYTES = 80;
/** What the promise and its deadline add to that. */
const ANSWER_BYTES = 60;

/**
 * Queues a message. Throws QRT_DATA_* for args that cannot be carried, and QRT_NO_ROOM; MUST never
 * throw for the target's sake.
 */
export function sendOnly(turn: TurnState, target: LocalId, args: unknown): void {
  const sender = beginAsking(turn);
  const effect: SendEffect = { target, args: encode(args, ARGS_OPTIONS), sender };
  takeRoomFor(turn, effect);
  countEffect(turn, SEND_BYTES + capdataBytes(effect.args));
  turn.sends.push(effect);
}

/** Queues a message and returns the promise of its answer. Throws as `sendOnly`, and QRT_PROMISE_INVALID. */
export function send(turn: TurnState, target: LocalId, args: unknown, options: unknown): object {
  const sender = beginAsking(turn);
  const deadline = readDeadlineOption(options, 'options');
  const answer = makePromiseId(turn.number, turn.made);
  const effect: SendEffect = {
    target,
    args: encode(args, ARGS_OPTIONS),
    sender,
    answer,
    ...deadline,
  };
  takeRoomFor(turn, effect);
  countEffect(turn, SEND_BYTES + ANSWER_BYTES + capdataBytes(effect.args));
  const promise = referenceTo(turn, answer);
  // From here on nothing can fail but the stack, and that poisons the turn.
  turn.made += 1;
  turn.sends.push(effect);
  return promise;
}

/** What settles a promise takes none: it frees that of what waits, and MUST come when all is full. */
function takeRoomFor(turn: TurnState, { target, args }: SendEffect): void {
  if (!isResolverId(target)) takeRoom(turn, isFar(target) ? 'outbox' : 'inbox', args);
}
