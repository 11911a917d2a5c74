// Gathering: answers that a peer has sent on to wait a little for what comes of that.
//
// One box is under way to a peer at a time. Of a chain of messages, each sent to the answer of the one
// before, the first answers would leave alone, and the last one, for which the peer waits, a round trip
// later. So while turns run for the peer, a box that has nothing but such answers waits, no longer
// than the trip that it saves. Everything else leaves at once, and takes them along.

import { ANSWERS_GATHERED_MS_MAX } from '../core/answer-limits.ts';
import { BOX_ITEMS_MAX } from '../core/limits.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import { dueAtMs } from './retry.ts';

/** What is asked about turns. */
interface Running {
  /** Whether a message of that share is in its turn. */
  runsFor(share: string): boolean;
}

/** When an attempt is due, as `retry.ts` has it, or later, while answers are gathered. */
export type GatheredDue = (link: Link) => number | undefined;

export function makeGathering(
  { clock }: Island,
  { links, turns }: { readonly links: Links; readonly turns: Running },
): GatheredDue {
  return (link) => {
    const due = dueAtMs(link);
    if (due === undefined || !isPatient(link) || !turns.runsFor(links.shareOf(link))) return due;
    const { delivery } = link;
    delivery.gatheringMs ??= clock.monotonicMs();
    const waitMs = Math.min(delivery.tripMs, ANSWERS_GATHERED_MS_MAX);
    return Math.max(due, delivery.gatheringMs + waitMs);
  };
}

/** An item that was just put into a lane may wait, if all may that leave with it. */
export function markPatient({ row, delivery }: Link, lane: 1 | 2, number: number): void {
  const at = lane - 1;
  const from = Math.max(delivery.patient[at]!, row.sending[at]!.receipted);
  if (number === from) delivery.patient[at] = number + 1;
}

/** Whether all that could leave may wait, and fits into one box together with as much again. */
function isPatient({ row, committed, delivery }: Link): boolean {
  if (row.state !== 'ok' || delivery.isGreetingDue) return false;
  const lanes = row.sending.map(({ receipted }, at) => ({
    waiting: committed[at]! - receipted,
    mayWait: committed[at]! <= Math.max(delivery.patient[at]!, receipted),
  }));
  return lanes.every(({ waiting, mayWait }) => mayWait && waiting < BOX_ITEMS_MAX / 2);
}
