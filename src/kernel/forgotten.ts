// Forgotten: what to do when a peer says that it knows no link with us.
//
// If nothing was ever receipted, the redeem that should have made the link failed: it and all
// that stood on it is rejected, and the next redeem is tried. Otherwise the peer lost its disk.

import { type Item, parseItem, type WireName } from '../core/item.ts';
import { BOX_BYTES_MAX } from '../core/limits.ts';
import type { Island } from './island.ts';
import type { Attempt, LaneListener, Link, Links } from './links.ts';
import type { Outbox } from './outbox.ts';
import type { PromiseBook } from './promise-ends.ts';
import type { Refusals } from './refusals.ts';

/** Items read at once while looking for the next redeem. */
const SCAN_ROWS = 256;

export function makeUnknownTaker(
  island: Island,
  parts: {
    readonly links: Links;
    readonly outbox: Outbox;
    readonly refusals: Refusals;
    readonly onLane: LaneListener;
    readonly promiseBook: Pick<PromiseBook, 'rows' | 'exports'>;
  },
): (link: Link, attempt: Attempt) => void {
  const { store, transaction } = island;
  const { links, outbox, refusals, onLane } = parts;
  const { rows, exports } = parts.promiseBook;

  /** Rows of lane 1 from the first unreceipted one, in order. */
  function* pendingItems(link: Link) {
    const below = link.committed[0];
    let from = link.row.sending[0].receipted;
    while (from < below) {
      const at = { link: link.row.id, lane: 1 as const, from, below, rowsMax: SCAN_ROWS };
      const rows = store.outboxRows({ ...at, bytesMax: BOX_BYTES_MAX });
      if (rows.length === 0) return;
      for (const row of rows) yield { number: row.number, item: parseItem(row.item) };
      from = rows.at(-1)!.number + 1;
    }
  }

  /** The peer knows nothing by what it never took: neither our promises nor the answer that it has. */
  const forget = (link: Link, number: number, slots: readonly WireName[]): void => {
    const ofLink = { link: link.row.id };
    const answer = rows.decidedBy({ ...ofLink, kind: 'item', number });
    if (answer) rows.decide(answer, undefined);
    for (const { side, number: named, isPromise } of slots) {
      const ours = side === 'x' && isPromise;
      const known = ours ? exports.get({ ...ofLink, kind: 'export', number: named }) : undefined;
      if (!known) continue;
      if (known.sent <= 1) exports.remove(known);
      else exports.uncount(known, 1);
      rows.loosen(known.local);
    }
  };

  const giveUp = (link: Link, number: number, item: Item): void => {
    const redeemed = store.importOf({ link: link.row.id, kind: 'item', number });
    transaction.join(0);
    if (redeemed) store.killImport(redeemed.id);
    const trace = 'trace' in item ? item.trace : '';
    refusals.wasRefused(link, number, { code: 'QRT_NO_OBJECT', trace });
    forget(link, number, 'slots' in item ? item.slots : []);
  };

  /** The peer knows nothing of us: the first redeem failed, and all that stood on it. */
  const rejectFirst = (link: Link): void => {
    let next = link.committed[0];
    let isFirst = true;
    for (const { number, item } of pendingItems(link)) {
      if (item.kind === 'redeem' && !isFirst) {
        next = number;
        break;
      }
      isFirst = false;
      giveUp(link, number, item);
    }
    outbox.discard(link, 1, next);
    // What lane 2 says is of what was given up, unless there is more to try.
    if (next === link.row.sending[0].next) outbox.discard(link, 2, link.row.sending[1].next);
    onLane(link, next, 'QRT_NO_OBJECT');
  };

  return (link, attempt) => {
    const { receipted } = link.row.sending[0];
    // MUST be what was known when the box left: the peer may have made its link since then.
    if (attempt.isKnown) {
      links.doubt(link, `the peer lost or dropped this link (items below ${receipted})`);
      // MUST have been asked: what was added since then has not been refused.
    } else if (attempt.messages > 0) rejectFirst(link);
  };
}
