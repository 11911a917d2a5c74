// Send: queues a message for a later turn; its args are copied now.

import { type EncodeOptions, encode } from '../core/capdata.ts';
import { QrtError } from '../core/errors.ts';
import type { SendEffect } from '../core/frames.ts';
import type { LocalId } from '../core/ids.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import { isProxy } from './proxy.ts';
import { isLocal, targetOf } from './reference.ts';
import { capdataBytes, countEffect, poisonWith, type TurnState } from './turn-state.ts';

const ARGS_OPTIONS: EncodeOptions<LocalId> = {
  what: 'args',
  bytesMax: ARGS_BYTES_MAX,
  isProxy,
  slotOf: targetOf,
};
const SEND_BYTES = 80;

/**
 * Queues a message. Throws QRT_DATA_* for args that cannot be carried and QRT_NO_ROOM; MUST never
 * throw for the target's sake.
 */
export function sendOnly(turn: TurnState, target: LocalId, args: unknown): void {
  const { turnSends: max } = turn.limits;
  if (turn.sends.length >= max) {
    throw poisonWith(turn, 'QRT_LIMIT_REACHED', { max, what: 'sends' });
  }
  const sender = turn.running?.id;
  if (sender === undefined) throw new QrtError('QRT_TURN_OVER', {});
  const effect: SendEffect = { target, args: encode(args, ARGS_OPTIONS), sender };
  const isHere = isLocal(target);
  const room = isHere ? turn.inbox : turn.outbox;
  const bytes = Buffer.byteLength(effect.args.body);
  if (room.rows < 1 || room.bytes < bytes) {
    throw new QrtError('QRT_NO_ROOM', { queue: isHere ? 'the inbox' : 'the outbox' });
  }
  countEffect(turn, SEND_BYTES + capdataBytes(effect.args));
  room.rows -= 1;
  room.bytes -= bytes;
  turn.sends.push(effect);
}
