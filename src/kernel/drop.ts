// Drop: ends for good what this vat has to do with a peer.
//
// The link stays as a tombstone, so that its names and numbers never mean anything else. What waits
// for the peer is deleted, and whoever wants to hear of it is told. What the peer sent before is
// ours and still runs.

import { parseItem } from '../core/item.ts';
import type { Island } from './island.ts';
import type { LaneListener, Link, Links } from './links.ts';
import type { LogBook } from './log-book.ts';
import type { PromisePartings } from './promise-partings.ts';
import type { Refusals } from './refusals.ts';

/** What a drop has deleted. */
interface Dropped {
  readonly rows: number;
  readonly bytes: number;
  /** Items among them that other peers are told about. */
  readonly refused: number;
}

/** Drops a link that is not dropped yet. */
export type DropLink = (link: Link) => Dropped;

const CODE = 'QRT_LINK_DROPPED';

export function makeDropLink(
  island: Island,
  parts: {
    readonly links: Links;
    readonly refusals: Refusals;
    readonly log: LogBook;
    readonly onLane: LaneListener;
    readonly partings: PromisePartings;
  },
): DropLink {
  const { store, transaction, outboxUsage } = island;
  const { links, refusals, log, onLane, partings } = parts;

  return (link) => {
    const { id, vat, sending } = link.row;
    transaction.join(0);
    links.drop(link);
    const forwards = store.waitingForwards(id);
    for (const { origin, head } of forwards) refusals.tell(origin, CODE, traceOf(head));
    store.deleteForwardsOf(id);
    let [rows, bytes] = [0, 0];
    for (const freed of store.deleteOutboxOf(id)) {
      outboxUsage.remove(freed.share, freed.rows, freed.bytes);
      outboxUsage.repay(freed.share, freed.rows, freed.bytes);
      rows += freed.rows;
      bytes += freed.bytes;
    }
    const text = `this peer was dropped, and ${rows} items that waited for it: ${CODE}`;
    log.write({ owner: 0, level: 'link', source: vat, text });
    onLane(link, sending[0].next, CODE);
    partings.dropped(link);
    return { rows, bytes, refused: forwards.length };
  };
}

function traceOf(head: Uint8Array): string {
  const item = parseItem(head);
  return 'trace' in item ? item.trace : '';
}
