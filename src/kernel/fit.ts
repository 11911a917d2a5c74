// Fit: how far our own lanes and what the peer states about them are one history.

import type { Facts } from '../core/statement.ts';
import { parseStatement, type Statement } from '../core/statement.ts';
import type { Link } from './links.ts';
import type { Outbox } from './outbox.ts';
import type { SettlingRow } from './settle-store-port.ts';

/** The peer's last statement; undefined as long as there is none. */
export function peerStatement(row: SettlingRow | undefined): Statement | undefined {
  return row?.peer === undefined ? undefined : parseStatement(Buffer.from(row.peer));
}

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
