// Promise items: what a peer says of promises: what became of them, and which it needs no more.
//
// A peer can only settle what it decides, and only once; whatever else it says changes nothing.

import { isQrtError } from '../core/errors.ts';
import type { LocalId } from '../core/ids.ts';
import { type Item, isRefusal, THREW, type WireName } from '../core/item.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import { rejection, rejectionOf, type Settlement } from './combine.ts';
import { unpack } from './compose.ts';
import { readFailure } from './failures.ts';
import type { Link, Links } from './links.ts';
import type { Names } from './names.ts';
import type { Outbox } from './outbox.ts';
import { fulfil, openPromise, type PromiseBook, settle } from './promise-ends.ts';
import type { Mention } from './promise-names.ts';
import type { PromiseName, PromiseRow } from './promise-store-port.ts';
import type { Refusals } from './refusals.ts';

type ItemOf<Kind extends Item['kind']> = Extract<Item, { kind: Kind }>;

export interface PromiseItems {
  resolve(link: Link, item: ItemOf<'resolve'>): void;
  drop(link: Link, item: ItemOf<'drop'>): void;
  want(link: Link, item: ItemOf<'want'>): void;
  give(link: Link, item: ItemOf<'give'>): void;
}

interface Parts {
  readonly book: PromiseBook;
  readonly links: Links;
  readonly names: Names;
  readonly outbox: Outbox;
  readonly refusals: Refusals;
}

export function makePromiseItems(parts: Parts): PromiseItems {
  const { book, links, names, outbox, refusals } = parts;
  const { rows, exports } = book;

  /** The promise of which a peer tells; one that lane 2 is the first to name begins with that. */
  const decidedBy = (link: Link, { side, number }: WireName): PromiseRow | undefined => {
    if (side === 'p') return rows.decidedBy({ link: link.row.id, kind: 'item', number });
    const known = rows.decidedBy({ link: link.row.id, kind: 'export', number });
    // Lane 1 has named it, and it was given up: whoever comes to know it again asks what it became.
    if (known || number <= link.row.givenExport) return known;
    const name = { side, number, isPromise: true } as const;
    const id = names.incoming(link, name, { lane: 2, owner: 0, place: 'of' });
    return id === undefined ? undefined : rows.get(id);
  };

  const resolve = (link: Link, item: ItemOf<'resolve'>): void => {
    const { of, code, trace } = item;
    // Only an item that was sent can be answered; anything else is a lie and changes nothing.
    if (of.side === 'p' && of.number >= link.row.sending[0].next) return;
    const row = decidedBy(link, of);
    // Also of what nobody waits for: who mentions a thing has given it.
    const slots = translate(names, link, item.slots, {
      lane: 2,
      owner: row?.owner ?? 0,
      place: 'slot',
    });
    if (isRefusal(code) && of.side === 'p') {
      return refusals.wasRefused(link, of.number, { code, trace });
    }
    const open = openPromise(book, row?.id);
    if (!open) return;
    const end = readEnd(item, slots);
    if (end.state === 'fulfilled') fulfil(book, open, end.data);
    else settle(book, open, end);
  };

  return Object.freeze({
    resolve,
    drop(link: Link, { names: dropped }: ItemOf<'drop'>) {
      for (const { name, received } of dropped) {
        const known = exports.get(nameOfOurs(link, name));
        if (!known) continue;
        // Else it was named again since then: who is to know it anew asks what became of it.
        if (known.sent <= received) exports.remove(known);
        else exports.uncount(known, received);
        rows.loosen(known.local);
      }
    },
    want(link: Link, { names: wanted, trace }: ItemOf<'want'>) {
      for (const name of wanted) {
        const of = nameOfOurs(link, name);
        const known = exports.get(of);
        const row = known && rows.get(known.local);
        if (known && row?.state === 'pending') continue;
        if (known && row) exports.tellAgain(known);
        else {
          const side = of.kind === 'item' ? 'p' : 'x';
          const lost = { side, number: of.number } as const;
          const code = 'QRT_ANSWER_LOST';
          const item = { kind: 'resolve', of: lost, code, trace, slots: [], body: '' } as const;
          outbox.add(link, item, links.shareOf(link));
        }
      }
    },
    give(link: Link, { slots }: ItemOf<'give'>) {
      translate(names, link, slots, { lane: 1, owner: 0, place: 'give' });
    },
  });
}

/** What a peer calls `yN` or `qN`, as a name of ours; any other is nobody's. */
function nameOfOurs(link: Link, { side, number }: WireName): PromiseName {
  const isOurs = side === 'y' || side === 'q';
  return {
    link: link.row.id,
    kind: side === 'y' ? 'export' : 'item',
    number: isOurs ? number : 0,
  };
}

/** The ids of what a peer names; undefined if it names what it was never given. */
export function translate(
  names: Names,
  link: Link,
  slots: readonly WireName[],
  at: Mention,
): LocalId[] | undefined {
  const ids = slots.map((slot) => names.incoming(link, slot, at));
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

/** What became of a promise, as a stranger says it. */
function readEnd(
  { code, body }: ItemOf<'resolve'>,
  slots: readonly LocalId[] | undefined,
): Settlement {
  if (isRefusal(code)) return rejection('QRT_ANSWER_LOST');
  const bytes = Buffer.byteLength(body);
  if (bytes > ARGS_BYTES_MAX) {
    return rejection('QRT_DATA_OVERSIZE', { what: 'answer', max: ARGS_BYTES_MAX, unit: 'bytes' });
  }
  if (!slots) return rejection('QRT_NAME_UNKNOWN');
  const data: Capdata<LocalId> = { body, slots };
  try {
    const value = unpack(data);
    return code === THREW ? rejectionOf(readFailure(value)) : { state: 'fulfilled', data };
  } catch (error) {
    if (!isQrtError(error)) throw error;
    return rejection(error.code, error.details);
  }
}
