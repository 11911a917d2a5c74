// Queue: what one turn may still ask for and queue, counted before anything of it is done.
//
// Messages, continuations and promises are bounded together; each message and each continuation
// takes a row and its bytes of the room that the sender's share has.

import { QrtError } from '../core/errors.ts';
import type { LocalId } from '../core/ids.ts';
import type { Capdata } from '../core/power.ts';
import { poisonWith, type TurnState } from './turn-state.ts';

/** The object that asks now. Throws QRT_LIMIT_REACHED when this turn has asked for all it may. */
export function beginAsking(turn: TurnState): LocalId {
  const { turnSends: max } = turn.limits;
  if (turn.sends.length + turn.whens.length + turn.promises.length >= max) {
    throw poisonWith(turn, 'QRT_LIMIT_REACHED', { max, what: 'sends' });
  }
  const asker = turn.running?.id;
  if (asker === undefined) throw new QrtError('QRT_TURN_OVER', {});
  return asker;
}

/**
 * Takes a row with this body of a queue's room. Throws QRT_NO_ROOM. MUST come after all else that
 * a guest could catch: what is taken does not come back.
 */
export function takeRoom(
  turn: TurnState,
  queue: 'inbox' | 'outbox',
  data: Capdata<LocalId> | undefined,
): void {
  const room = turn[queue];
  const bytes = data === undefined ? 0 : Buffer.byteLength(data.body);
  if (room.rows < 1 || room.bytes < bytes) {
    throw new QrtError('QRT_NO_ROOM', { queue: `the ${queue}` });
  }
  room.rows -= 1;
  room.bytes -= bytes;
}

/** Takes so many rows without a body of the inbox's room. Throws QRT_NO_ROOM, and then takes none. */
export function takeRows(turn: TurnState, count: number): void {
  if (turn.inbox.rows < count) throw new QrtError('QRT_NO_ROOM', { queue: 'the inbox' });
  turn.inbox.rows -= count;
}
