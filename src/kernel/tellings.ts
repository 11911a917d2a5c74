// Tellings: tells peers what becomes of the promises that they know.
//
// What is to be told waits in the promise's own row until the peer's lane has room, so that a peer that
// is away costs no second copy of it. A thing that an answer is the first to name is given in lane 1
// as well: by lane 1 two vats find what they have in common.

import type { LocalId } from '../core/ids.ts';
import { FULFILLED, THREW, type WireName } from '../core/item.ts';
import { ANSWERS_WAITING_MAX } from '../core/limits.ts';
import { type Capdata, capdataBytes } from '../core/power.ts';
import { endOf } from './combine.ts';
import { markPatient } from './gathering.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { Names } from './names.ts';
import type { Outbox } from './outbox.ts';
import type { PromiseBook } from './promise-ends.ts';
import type { PromiseExports } from './promise-exports.ts';
import type { PromiseRows } from './promise-rows.ts';
import type { PromiseExport } from './promise-store-port.ts';

/** What may be done at once. */
export interface Budget {
  rows: number;
  bytes: number;
}

export interface Tellings {
  /** Tells as much as there is room for. */
  pump(left: Budget): void;
  /** Whether something can be told at once. */
  isDue(): boolean;
  /** Whether something waits for room. */
  isBlocked(): boolean;
}

interface Parts {
  readonly links: Links;
  readonly names: Names;
  readonly outbox: Outbox;
  readonly rows: PromiseRows;
  readonly exports: PromiseExports;
  readonly promiseBook: Pick<PromiseBook, 'due'>;
}

const NO_TRACE = '0'.repeat(32);

export function makeTellings(island: Island, parts: Parts): Tellings {
  const { outboxUsage } = island;
  const { links, names, outbox, rows, exports, promiseBook } = parts;
  /** Peers whose lane had no room when it was tried last. */
  const full = new Set<Link>();
  /** Whether there was more to do at once. */
  let isCut = false;

  const hasRoom = (link: Link, { body }: Capdata<LocalId>): boolean => {
    const { next, receipted } = link.row.sending[1];
    if (next === receipted) return true;
    if (next - receipted >= ANSWERS_WAITING_MAX) return false;
    return outboxUsage.roomFor(links.shareOf(link)).bytes >= body.length;
  };

  const tell = (
    link: Link,
    told: PromiseExport,
    end: { state: string; data: Capdata<LocalId> },
  ) => {
    const { kind, number } = told;
    const { row } = link;
    const firstNew = row.nextExport;
    const isFulfilled = end.state === 'fulfilled';
    const slots = end.data.slots.map((id) => names.outgoing(link, id, 2));
    const isPromise = true as const;
    const of: WireName = kind === 'item' ? { side: 'p', number } : { side: 'x', number, isPromise };
    const code = isFulfilled ? FULFILLED : THREW;
    const share = links.shareOf(link);
    const trace = NO_TRACE;
    const { body } = end.data;
    const added = outbox.add(link, { kind: 'resolve', of, code, trace, slots, body }, share);
    // What is sent to it is served later in the same transaction.
    const isSentOn = promiseBook.due.has(told.local) && rows.hasMessages(told.local);
    if (isSentOn) markPatient(link, 2, added);
    const first = slots.filter(({ side, number: n }) => side === 'x' && n >= firstNew);
    if (first.length > 0) {
      const given = outbox.add(link, names.give(link, first), share);
      if (isSentOn) markPatient(link, 1, given);
    }
    exports.told(told);
  };

  const pump = (left: Budget): void => {
    full.clear();
    isCut = false;
    // More may be settled and known on the way; a map is read to its end.
    for (const each of exports.untold.values()) {
      isCut = left.rows <= 0 || left.bytes <= 0;
      if (isCut) return;
      const link = links.byId(each.link);
      if (!link || full.has(link)) continue;
      const end = endOf(rows, rows.get(each.local));
      if (!end) continue;
      if (!hasRoom(link, end.data)) {
        full.add(link);
        continue;
      }
      left.rows -= 1;
      left.bytes -= capdataBytes(end.data);
      tell(link, each, end);
    }
  };

  return Object.freeze({
    pump,
    isDue: () => isCut || (exports.untold.size > 0 && full.size === 0),
    isBlocked: () => full.size > 0,
  });
}
