// In flight: how many turns the worker may hold before what they send could be too much.
//
// The room that a turn is told of is read at its dispatch, and turns before it may yet use it up.
// MUST hold: all that are in flight fit into the room of the newest, if each of them sends all that a
// turn can. Else one installation takes more than its share, up to what all have, and the others
// lack room for its sake.

import type { Room } from '../core/frames.ts';
import { type Island, ownerShare } from './island.ts';

/** The most turns in flight with one more of that owner; at least that one. */
export function inFlightMax({ inboxUsage, outboxUsage, limits }: Island, owner: number): number {
  const share = ownerShare(owner);
  const fitting = ({ rows, bytes }: Room): number =>
    Math.min(rows / limits.turnSends, bytes / limits.outcomeBytes);
  const least = Math.min(
    fitting(inboxUsage.roomFor(share)),
    fitting(outboxUsage.roomFor(share)),
    limits.turnsInFlight,
  );
  return Math.max(1, Math.floor(least));
}
