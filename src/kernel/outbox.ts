// Outbox: gives items their number and tail, and takes them out when they are receipted.

import { encodeItem, laneOf, type SendableItem } from '../core/item.ts';
import { classifyReceipt, extendTail } from '../core/lanes.ts';
import { FORWARDS_REMEMBERED_MAX } from '../core/limits.ts';
import type { ReceiptLane } from '../core/wire.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { ItemOrigin } from './store-port.ts';

/** How often old ways back of forwarded items are forgotten, in items. */
const TRIM_EVERY = 100;

/** Where a forwarded message comes from, and whether it is taken beyond its share. */
interface Passage {
  readonly share: string;
  readonly isLent: boolean;
  /** Who is told if it is refused; none of a message that wants an answer. */
  readonly origin: ItemOrigin | undefined;
}

export interface Outbox {
  /** Adds an item to its lane and returns its number. */
  add(link: Link, item: SendableItem, share: string): number;
  /** Adds a message on its way from one peer to another, and returns its number. */
  addForwarded(link: Link, item: SendableItem, from: Passage): number;
  /** Takes one lane of a valid receipt: deletes what is stored, or finds doubt. */
  acknowledge(link: Link, lane: 1 | 2, receipt: ReceiptLane): void;
  /** Items below `below` are taken out: the peer has stored them, or never will. */
  discard(link: Link, lane: 1 | 2, below: number): void;
  /** The tail of one of our lanes before item `number`. */
  tailBefore(link: Link, lane: 1 | 2, number: number): Uint8Array | undefined;
}

export function makeOutbox(
  island: Island,
  { links, checkpoints }: { readonly links: Links; readonly checkpoints: Checkpoints },
): Outbox {
  const { store, transaction, sha256, clock, outboxUsage } = island;

  const tailBefore = (link: Link, lane: 1 | 2, number: number): Uint8Array | undefined => {
    const state = link.row.sending[lane - 1]!;
    if (number === state.next) return state.tail;
    if (number === state.receipted) return state.receiptedTail;
    return store.outboxTailAfter({ link: link.row.id, lane, number: number - 1 });
  };

  const removeBelow = (link: Link, lane: 1 | 2, below: number): void => {
    const state = link.row.sending[lane - 1]!;
    if (below === state.receipted) return;
    const tail = tailBefore(link, lane, below)!;
    transaction.join(0);
    for (const freed of store.deleteOutbox({ link: link.row.id, lane, below })) {
      outboxUsage.remove(freed.share, freed.rows, freed.bytes);
      // Answers come and go without room: what was lent to messages they MUST NOT pay back.
      if (lane === 1) outboxUsage.repay(freed.share, freed.rows, freed.bytes);
    }
    // What has no receipt MUST keep all of its checkpoints: the peer may have come to any of it.
    if (lane === 1) checkpoints.reached(link, 'sent', { from: state.receipted, to: below });
    state.receipted = below;
    state.receiptedTail = tail;
    links.touch(link);
  };

  const insert = (
    link: Link,
    item: SendableItem,
    { share, isLent }: Pick<Passage, 'share' | 'isLent'>,
  ): number => {
    const lane = laneOf(item);
    const state = link.row.sending[lane - 1]!;
    const bytes = encodeItem(item);
    const number = state.next;
    // MUST share the transaction with the link's counters, or a crash would number two alike.
    transaction.join(bytes.length);
    state.tail = extendTail(sha256, { tail: state.tail, number, item: bytes });
    state.next += 1;
    const head = { link: link.row.id, lane, number, queuedMs: clock.nowMs() } as const;
    store.insertOutbox({ ...head, item: bytes, tail: state.tail, share });
    checkpoints.sent(link, item);
    if (isLent) outboxUsage.lend(share, 1, bytes.length);
    else outboxUsage.add(share, 1, bytes.length);
    links.touch(link);
    links.setActive(link, true);
    return number;
  };

  return Object.freeze({
    add: (link: Link, item: SendableItem, share: string) =>
      insert(link, item, { share, isLent: false }),
    addForwarded(link: Link, item: SendableItem, from: Passage) {
      const number = insert(link, item, from);
      if (!from.origin) return number;
      store.insertForward({ link: link.row.id, number, origin: from.origin });
      if (number % TRIM_EVERY === 0) {
        // What still waits keeps its way back: a drop or a give-up tells where it came from.
        const { receipted } = link.row.sending[0];
        store.trimForwards(link.row.id, Math.min(number - FORWARDS_REMEMBERED_MAX, receipted));
      }
      return number;
    },
    acknowledge(link: Link, lane: 1 | 2, receipt: ReceiptLane) {
      const state = link.row.sending[lane - 1]!;
      // MUST compare with what was committed: nothing else can have reached the peer.
      const known = { next: link.committed[lane - 1]!, receipted: state.receipted };
      const verdict = classifyReceipt(known, receipt, (n) => tailBefore(link, lane, n));
      if (verdict.verdict === 'doubt') links.doubt(link, verdict.reason);
      else removeBelow(link, lane, verdict.next);
    },
    discard: removeBelow,
    tailBefore,
  });
}
