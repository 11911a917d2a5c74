// Fit: how far our own lanes and what the peer states about them are one history.

import { type Facts, readStatement, type Statement } from '../core/statement.ts';
import type { Link } from './links.ts';
import type { Outbox } from './outbox.ts';
import type { SettlingRow } from './settle-store-port.ts';

/** The peer's last statement; undefined as long as there is none. */
export function peerStatement(row: SettlingRow | undefined): Statement | undefined {
  return row?.peer === undefined ? undefined : readStatement(Buffer.from(row.peer));
}

/** The peer's last statement if it was made with our present mark's partner. */
export function pairedStatement({ settling }: Link): Statement | undefined {
  const heard = peerStatement(settling.row);
  const mark = settling.row?.peerMark;
  return mark && heard?.mark && isSameMark(heard.mark, mark) ? heard : undefined;
}

export const isSameMark = (one: Uint8Array, other: Uint8Array): boolean =>
  Buffer.compare(one, other) === 0;

/** Whether the two ends of a link have still to agree where its lanes go on. */
export const isSettling = ({ row, settling }: Link): boolean =>
  row.state === 'doubt' || (row.state === 'unchecked' && settling.row?.stage === 'done');

/**
 * The number up to which the peer has taken our lane `lane` as we know it, that one excluded;
 * undefined when it means another history there, or one of which we know nothing any more.
 */
export function fitOf(
  outbox: Pick<Outbox, 'tailBefore'>,
  link: Link,
  { lane, facts }: { readonly lane: 1 | 2; readonly facts: Facts },
): number | undefined {
  const { receivedNext, receivedTail } = facts.lanes[lane - 1]!;
  // It never took a box, and never receipted one.
  if (receivedNext === 0 && !link.row.isKnownToPeer) return link.row.sending[lane - 1]!.receipted;
  const tail = outbox.tailBefore(link, lane, receivedNext);
  return tail && Buffer.compare(tail, receivedTail) === 0 ? receivedNext : undefined;
}
