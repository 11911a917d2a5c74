// Gossip: which records of third vats go beside the items of a box or receipt.
//
// Who moves tells its peers so, and each of them may know others that it has lost. A peer is told all
// records one after another, a few at a time, then each that is news; and all again now and then, as
// nobody says whether they arrived. Nothing is sent for their sake, and nothing of this is on disk.

import { GOSSIP_AGAIN_MS, GOSSIP_BYTES_MAX, GOSSIP_PAUSE_MS } from '../core/gossip-limits.ts';
import type { VatId } from '../core/ids.ts';
import type { AddressBook } from './address-book.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';

export interface Gossip {
  /** What this peer is told next, if it is time for that; counts as told. */
  next(link: Link): readonly string[];
}

/** How far a peer was told, and when it is told more, in monotonic milliseconds. */
interface Told {
  upTo: number;
  dueMs: number;
  againMs: number;
}

export function makeGossip(
  { store, sealer, clock, limits }: Pick<Island, 'store' | 'sealer' | 'clock' | 'limits'>,
  { book }: { readonly book: Pick<AddressBook, 'onChange'> },
): Gossip {
  const news = makeNews();
  const told = new WeakMap<Link, Told>();
  for (const { vat } of store.contacts()) news.note(vat);
  book.onChange(news.note);

  const toldOf = (link: Link): Told => {
    const known = told.get(link) ?? { upTo: 0, dueMs: 0, againMs: 0 };
    told.set(link, known);
    return known;
  };

  return Object.freeze<Gossip>({
    next(link) {
      if (limits.gossipRecords === 0) return [];
      const nowMs = clock.monotonicMs();
      const state = toldOf(link);
      if (nowMs < state.dueMs) return [];
      if (state.upTo === news.last() && nowMs >= state.againMs) state.upTo = 0;
      const records: string[] = [];
      let bytes = 0;
      for (const { vat, at } of news.after(state.upTo)) {
        const record = vat === sealer.vat || vat === link.row.vat ? '' : recordOf(vat);
        // As JSON in JSON, which is how it goes into a box.
        const size = record === '' ? 0 : Buffer.byteLength(JSON.stringify(record));
        if (bytes + size > GOSSIP_BYTES_MAX) break;
        state.upTo = at;
        if (record === '') continue;
        records.push(record);
        bytes += size;
        if (records.length === limits.gossipRecords) break;
      }
      if (records.length > 0) state.dueMs = nowMs + GOSSIP_PAUSE_MS;
      if (state.upTo === news.last()) state.againMs = nowMs + GOSSIP_AGAIN_MS;
      return records;
    },
  });

  function recordOf(vat: VatId): string {
    const found = store.contact(vat);
    if (!found) news.forget(vat);
    return found?.record ?? '';
  }
}

/** A vat whose record changed, and when, by a count of all changes. */
interface News {
  readonly vat: VatId;
  readonly at: number;
}

/** Outdated entries beside as many others before they are taken out. */
const OUTDATED_MIN = 64;

/** Vats in the order in which their records changed last. */
function makeNews() {
  const newest = new Map<VatId, number>();
  let entries: News[] = [];
  let last = 0;
  const isNewest = ({ vat, at }: News): boolean => newest.get(vat) === at;

  /** The place of the first entry after that change. */
  const placeAfter = (at: number): number => {
    let [from, to] = [0, entries.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (entries[middle]!.at <= at) from = middle + 1;
      else to = middle;
    }
    return from;
  };

  return {
    last: (): number => last,
    note(vat: VatId): void {
      last += 1;
      newest.set(vat, last);
      entries.push({ vat, at: last });
      if (entries.length > 2 * newest.size + OUTDATED_MIN) entries = entries.filter(isNewest);
    },
    forget: (vat: VatId): void => void newest.delete(vat),
    *after(at: number): Iterable<News> {
      const list = entries;
      for (let place = placeAfter(at); place < list.length; place += 1) {
        const entry = list[place]!;
        if (isNewest(entry)) yield entry;
      }
    },
  };
}
