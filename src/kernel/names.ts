// Names: translates references at the edge, between this vat's ids and a peer's c-list.
//
// What a peer calls a thing means something to that peer only. Own exports that come home become
// what they stood for; a thing of a third vat is exported as our own and forwarded. A promise has
// names like any thing, and the answer to an item that of the item.

import { EARLY_NAMES_MAX } from '../core/answer-limits.ts';
import { isImportId, isPromiseId, type LocalId, makeImportId, NOBODY } from '../core/ids.ts';
import type { Item, WireName } from '../core/item.ts';
import { NAMES_SKIPPED_MAX } from '../core/limits.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { PromiseExports } from './promise-exports.ts';
import { type FarPromises, type Mention, makeFarPromises } from './promise-names.ts';
import type { PromiseRows } from './promise-rows.ts';
import type { ImportRow } from './store-port.ts';

export interface Names {
  /** What a peer's name stands for; undefined when it was never given to that peer. */
  incoming(link: Link, name: WireName, at: Mention): LocalId | undefined;
  /** How many things of peers lane 1 has named for the first time. */
  firstMentions(): number;
  /**
   * The name that a peer shall use for one of our ids, in the next item of that lane; makes one when
   * there is none.
   */
  outgoing(link: Link, id: LocalId, lane?: 1 | 2): WireName;
  /**
   * The same for a thing that a peer passes on to another one by a name of its own, without an
   * object of ours. What stands on a QRID alone there stands on it here: a revoke ends both.
   */
  passedOn(to: Link, id: LocalId, by: { readonly link: Link; readonly name: WireName }): WireName;
  /** An item that gives things of ours by names that they have, each a mention as any other. */
  give(link: Link, slots: readonly WireName[]): GiveItem;
  /** Leaves out numbers of ours, so that no other history of this vat gives the next one as well. */
  skip(link: Link): void;
  /** Names a thing of ours once more that the peer forgot, by the right by which it had it. */
  again(link: Link, id: LocalId, swissHash: Uint8Array | undefined): WireName;
  /** The peer that has an import, or decides a promise; undefined if there is nobody any more. */
  homeOf(id: LocalId): Link | undefined;
  /** A new import named by our own lane 1 item `number` to that peer. */
  importRedeemed(link: Link, number: number, swissHash: Uint8Array): LocalId;
}

type GiveItem = Extract<Item, { kind: 'give' }>;

const NO_TRACE = '0'.repeat(32);

interface Parts {
  readonly links: Links;
  readonly rows: PromiseRows;
  readonly exports: PromiseExports;
}

export function makeNames(island: Island, { links, rows, exports }: Parts): Names {
  const { store } = island;
  const numbers = makeNumbers(island, links);
  const far = makeFarPromises(island, rows);
  const imports = makeImports(island, links, far);

  const { outgoing, ourExport, soleRight } = makeOutgoing(island, { rows, exports, far, numbers });

  return Object.freeze({
    incoming(link: Link, name: WireName, at: Mention) {
      const by = { link: link.row.id, number: name.number };
      switch (name.side) {
        case 'x':
          return imports.given(link, name, at);
        case 'y':
          return store.exported({ ...by, kind: 'export' });
        case 'q':
          return store.exported({ ...by, kind: 'item' });
        case 'p':
          if (!name.isPromise) return store.importOf({ ...by, kind: 'item' })?.id;
          return far.answer(link, name.number, at);
      }
    },
    firstMentions: imports.firstMentions,
    outgoing: (link: Link, id: LocalId, lane: 1 | 2 = 1) => outgoing(link, id, lane),
    passedOn: (to: Link, id: LocalId, by: { readonly link: Link; readonly name: WireName }) =>
      outgoing(to, id, 1, soleRight(by.link, by.name)),
    give(link: Link, slots: readonly WireName[]) {
      for (const { side, number } of slots) {
        const name = { kind: side === 'x' ? 'export' : 'item', number } as const;
        // By what right the peer has it stays as it is.
        store.countExportSent({ link: link.row.id, ...name, isGiven: false });
      }
      return { kind: 'give', slots, trace: NO_TRACE } as const;
    },
    skip: numbers.skip,
    again: (link: Link, id: LocalId, swissHash: Uint8Array | undefined) =>
      ourExport(link, id, swissHash),
    homeOf(id: LocalId) {
      const row = isImportId(id) ? store.importById(id) : rows.get(id)?.decider;
      const isDead = row !== undefined && 'isLive' in row && !row.isLive;
      return row && !isDead ? links.byId(row.link) : undefined;
    },
    importRedeemed: (link: Link, number: number, swissHash: Uint8Array) =>
      imports.insert(link, { kind: 'item', number }, swissHash),
  });
}

/** Names that peers shall use. */
function makeOutgoing(
  { store, transaction }: Island,
  parts: Pick<Parts, 'rows' | 'exports'> & {
    readonly far: FarPromises;
    readonly numbers: ReturnType<typeof makeNumbers>;
  },
) {
  const { rows, exports, far, numbers } = parts;

  /** The swissnum without which a peer would not have a name for a thing of ours. */
  const soleRight = (link: Link, { side, number }: WireName): Uint8Array | undefined => {
    if (side !== 'y' && side !== 'q') return undefined;
    const kind = side === 'y' ? 'export' : 'item';
    const right = store.exportRight({ link: link.row.id, kind, number });
    return right?.isGiven === false ? right.swissHash : undefined;
  };

  /** `swissHash` is all that the name is given for; undefined: an object of ours hands it on. */
  const ourExport = (link: Link, local: LocalId, swissHash?: Uint8Array): WireName => {
    transaction.join(0);
    const of = link.row.id;
    const isPromise = isPromiseId(local);
    const found = store.exportNameOf(of, local);
    const name = found ?? ({ kind: 'export', number: numbers.next(link) } as const);
    // Also of a name that the peer made by a redeem: if it is given, it holds the thing by our word, too.
    const isGiven = swissHash === undefined;
    if (!found && isPromise) {
      const isSettled = rows.get(local)?.state !== 'pending';
      exports.add({ link: of, ...name }, local, isSettled);
    } else {
      const right = swissHash === undefined ? {} : { swissHash };
      if (!found) store.insertExport({ link: of, ...name, local, ...right });
      store.countExportSent({ link: of, ...name, isGiven });
    }
    const side = name.kind === 'item' ? 'p' : 'x';
    return { side, number: name.number, ...(isPromise ? { isPromise } : {}) };
  };

  /** What a peer calls a thing of its own; undefined if it is none, or must not be said so here. */
  const theirName = (link: Link, id: LocalId, lane: 1 | 2): WireName | undefined => {
    const row = isImportId(id) ? store.importById(id) : rows.get(id)?.decider;
    if (row?.link !== link.row.id) return undefined;
    const { sending } = link.row;
    if (row.kind === 'export') {
      if ('last' in row) far.mention(id, lane === 1 ? sending[0].next : 0);
      return { side: 'y', number: row.number };
    }
    // Lane 2 may come before the item that made the name.
    if (lane === 2 && row.number >= sending[0].receipted) return undefined;
    if ('last' in row) far.mention(id, lane === 1 ? sending[0].next : 0);
    return { side: 'q', number: row.number };
  };

  const isThere = (id: LocalId): boolean => {
    if (isImportId(id)) return store.importById(id)?.isLive !== false;
    return !isPromiseId(id) || rows.get(id) !== undefined;
  };

  const outgoing = (link: Link, id: LocalId, lane: 1 | 2, swissHash?: Uint8Array): WireName =>
    isThere(id)
      ? (theirName(link, id, lane) ?? ourExport(link, id, swissHash))
      : ourExport(link, NOBODY);

  return { outgoing, ourExport, soleRight };
}

/** Things of peers. */
function makeImports({ store, counters, transaction }: Island, links: Links, far: FarPromises) {
  let firstMentions = 0;
  const early = makeEarlyCount(store);

  const insert = (
    link: Link,
    name: Pick<ImportRow, 'kind' | 'number'>,
    swissHash: Uint8Array | undefined,
  ): LocalId => {
    counters.import += 1;
    const id = makeImportId(counters.import);
    store.insertImport({ id, link: link.row.id, ...name, isLive: true }, swissHash);
    return id;
  };

  return {
    insert,
    firstMentions: () => firstMentions,
    /** What the peer gives us under a number of its own. */
    given(
      link: Link,
      { number, isPromise }: WireName,
      { lane, owner, place }: Mention,
    ): LocalId | undefined {
      transaction.join(0);
      const { row } = link;
      // Lane 1 names things first in the order of their numbers, also those that lane 2 named before.
      const isFirst = lane === 1 && number > row.givenExport;
      if (isFirst) {
        row.givenExport = number;
        firstMentions += 1;
        early.forget(link);
      }
      const isEarly = number > row.givenExport;
      if (isFirst || number > row.seenExport) links.touch(link);
      row.seenExport = Math.max(row.seenExport, number);
      const isCounted = place !== 'of';
      const found = store.importOf({ link: row.id, kind: 'export', number })?.id;
      const known = found ?? far.given(link, number, isCounted);
      if (found === undefined && known !== undefined) return known;
      if (!known && isPromise) {
        const isRefused = lane === 2 && early.isFull(link);
        if (isRefused) return undefined;
        const isKnown = !isFirst && !isEarly;
        const name = { kind: 'export', number } as const;
        if (isKnown && place === 'give') return far.giveUp(link, name);
        return far.make(link, { ...name, owner, isWanted: isKnown, isCounted });
      }
      const id = found ?? insert(link, { kind: 'export', number }, undefined);
      if (isCounted) store.countImportReceived(id);
      return id;
    },
  };
}

/** Promises that peers named in lane 2 and not yet in lane 1: nothing frees them before that. */
function makeEarlyCount(store: Pick<Island['store'], 'countEarly'>) {
  const counts = new Map<Link, number>();
  return {
    /** Counts one more, unless there are as many as may be. */
    isFull(link: Link): boolean {
      const count = counts.get(link) ?? store.countEarly(link.row.id, link.row.givenExport);
      if (count >= EARLY_NAMES_MAX) return true;
      counts.set(link, count + 1);
      return false;
    },
    forget: (link: Link) => void counts.delete(link),
  };
}

/** Numbers of exports. */
function makeNumbers({ entropy }: Island, links: Links) {
  /** Links on which this life of the vat has left out some. */
  const skipped = new Set<Link>();
  const skip = (link: Link): void => {
    skipped.add(link);
    link.row.nextExport += Buffer.from(entropy(4)).readUInt32BE(0) % NAMES_SKIPPED_MAX;
    links.touch(link);
  };
  const next = (link: Link): number => {
    // A turn that is run again after a rollback may say the very same bytes of another thing.
    if (!skipped.has(link)) skip(link);
    const number = link.row.nextExport;
    link.row.nextExport += 1;
    links.touch(link);
    return number;
  };
  return { skip, next };
}
