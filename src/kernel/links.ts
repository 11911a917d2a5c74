// Links: what this vat knows of each peer, held in memory and written with each commit.
//
// A link is durable state (lanes, c-lists, doubt) and passing state (the box in flight, delays).
// The passing part may be lost at any time.

import type { VatId } from '../core/ids.ts';
import { makeEmptyTail } from '../core/lanes.ts';
import { type Island, STRANGERS_SHARE } from './island.ts';
import type { SettlingRow } from './settle-store-port.ts';
import type { LinkRow, ReceivingLane, SendingLane } from './store-port.ts';
import type { LaneEnd } from './waiters.ts';

/** The box, or the question for a contact record, that is on its way to a peer. */
export interface Attempt {
  readonly id: number;
  readonly url: string;
  readonly kind: 'box' | 'contact';
  /** The nonce of the box; a receipt for any other is ignored. */
  readonly nonce: Uint8Array;
  /** Whether the peer was known to have this link when the attempt began. */
  readonly isKnown: boolean;
  /** Items in the box. */
  readonly items: number;
  /** Serial of our own record in the box, 0 for none. */
  readonly serial: number;
}

/** What may be forgotten at any time. */
interface DeliveryState {
  attempt: Attempt | undefined;
  /** Failures in a row; decides the delay and which URL is next. */
  failures: number;
  /** Whether the last attempt came to nothing. */
  hasFailed: boolean;
  /** When the last attempt began. */
  startedMs: number;
  /** When anything authentic last came from the peer. */
  heardMs: number;
  retryAtMs: number;
  /** Whether an empty box is wanted, so that the peer learns that we are here. */
  isGreetingDue: boolean;
  lastError: string | undefined;
  busy: string | undefined;
  /** URLs that have served this vat's signed record to this process. */
  readonly provenUrls: Set<string>;
}

/** What a link in doubt has come to. */
interface Settling {
  /** Durable; the last one stays when the link is well again, so that the peer can be answered. */
  row: SettlingRow | undefined;
}

export interface Link {
  readonly row: LinkRow;
  readonly settling: Settling;
  /** What is on disk may leave: the number after the last committed item of each lane. */
  readonly committed: [number, number];
  readonly delivery: DeliveryState;
}

/** Told what became of all items of a link's lane 1 up to `below`. */
export type LaneListener = (link: Link, below: number, end: LaneEnd) => void;

export interface Links {
  of(vat: VatId): Link | undefined;
  byId(id: number): Link | undefined;
  /**
   * A new link in the open transaction; undefined when there are as many as may be. `openedBy` is
   * the hash of the swissnum by which the peer opened it.
   */
  create(vat: VatId, openedBy?: Uint8Array): Link | undefined;
  /** The row changed and is written with the next commit. */
  touch(link: Link): void;
  /** What its settling has come to changed, too. */
  touchSettling(link: Link): void;
  doubt(link: Link, reason: string): void;
  /** Nothing is sent on the link or taken from it any more; what is on its way is given up. */
  drop(link: Link): void;
  /** The share that this peer's items count in. */
  shareOf(link: Link): string;
  all(): readonly Link[];
  /** Links that have something to send, committed or not. */
  readonly active: ReadonlySet<Link>;
  setActive(link: Link, isActive: boolean): void;
  /** An active link had its chance: the others come before its next one. */
  moveToEnd(link: Link): void;
}

export function makeLinks(island: Island): Links {
  const { store, transaction, counters, emit, limits } = island;
  const links = new Map<VatId, Link>();
  const ids = new Map<number, Link>();
  const active = new Set<Link>();
  const { touch, touchSettling } = makeTouch(island);

  const hold = (row: LinkRow, isNew: boolean): Link => {
    const committed: [number, number] = isNew ? [1, 1] : [row.sending[0].next, row.sending[1].next];
    const settling: Settling = { row: undefined };
    const link: Link = Object.freeze({ row, committed, settling, delivery: makeDelivery() });
    links.set(row.vat, link);
    ids.set(row.id, link);
    return link;
  };
  for (const row of store.links()) hold(row, false);
  for (const row of store.settlings()) ids.get(row.link)!.settling.row = row;

  const openSettling = (link: Link): void => {
    link.settling.row = makeSettlingRow(link, island.entropy(MARK_BYTES));
    touchSettling(link);
  };
  // An older qrt noted nothing but the doubt.
  for (const link of links.values()) {
    if (link.row.state === 'doubt' && !link.settling.row) openSettling(link);
  }

  return Object.freeze({
    of: (vat: VatId) => links.get(vat),
    byId: (id: number) => ids.get(id),
    create(vat: VatId, openedBy?: Uint8Array) {
      if (links.size >= limits.links) return undefined;
      counters.link += 1;
      const row = makeLinkRow(counters.link, vat, openedBy);
      transaction.join(0);
      store.insertLink(row);
      const link = hold(row, true);
      touch(link);
      return link;
    },
    touch,
    touchSettling,
    doubt(link: Link, reason: string) {
      if (link.row.state !== 'ok' && link.row.state !== 'unchecked') return;
      link.row.state = 'doubt';
      link.row.reason = reason;
      transaction.join(0);
      store.deleteSettling(link.row.id);
      openSettling(link);
      const text = `link with ${link.row.vat} is in doubt: ${reason}`;
      emit({ type: 'note', level: 'warn', text });
    },
    drop(link: Link) {
      link.row.state = 'dropped';
      link.row.reason = '';
      // A receipt that is still to come finds no attempt that it belongs to.
      Object.assign(link.delivery, makeDelivery());
      active.delete(link);
      touch(link);
      store.deleteSettling(link.row.id);
      link.settling.row = undefined;
    },
    shareOf: (link: Link) => (link.row.petname === undefined ? STRANGERS_SHARE : `l${link.row.id}`),
    all: () => [...links.values()],
    active,
    setActive(link: Link, isActive: boolean) {
      if (isActive && link.row.state !== 'dropped') active.add(link);
      else active.delete(link);
    },
    moveToEnd(link: Link) {
      if (active.delete(link)) active.add(link);
    },
  });
}

/** Writes what is held in memory of links with the next commit after it changed. */
function makeTouch({ store, transaction }: Island): Pick<Links, 'touch' | 'touchSettling'> {
  const dirty = new Set<Link>();
  const unsettled = new Set<Link>();
  transaction.beforeCommit(() => {
    for (const link of dirty) store.updateLink(link.row);
    for (const { settling } of unsettled) if (settling.row) store.putSettling(settling.row);
  });
  transaction.afterCommit(() => {
    for (const { committed, row } of dirty) {
      committed[0] = row.sending[0].next;
      committed[1] = row.sending[1].next;
    }
    dirty.clear();
    unsettled.clear();
  });

  const touch = (link: Link): void => {
    transaction.join(0);
    dirty.add(link);
  };
  const touchSettling = (link: Link): void => {
    touch(link);
    unsettled.add(link);
  };
  return { touch, touchSettling };
}

function makeDelivery(): DeliveryState {
  return {
    attempt: undefined,
    failures: 0,
    hasFailed: false,
    startedMs: 0,
    heardMs: -1,
    retryAtMs: 0,
    isGreetingDue: false,
    lastError: undefined,
    busy: undefined,
    provenUrls: new Set(),
  };
}

/** Bytes of a mark. */
const MARK_BYTES = 16;

function makeSettlingRow({ row }: Link, mark: Uint8Array): SettlingRow {
  return {
    link: row.id,
    stage: 'doubt',
    mark,
    peerMark: undefined,
    final: undefined,
    peer: undefined,
    fresh: row.sending[0].next,
    isDecided: false,
    rest: undefined,
  };
}

function makeLinkRow(id: number, vat: VatId, openedBy: Uint8Array | undefined): LinkRow {
  const sending = (): SendingLane => ({
    next: 1,
    tail: makeEmptyTail(),
    receipted: 1,
    receiptedTail: makeEmptyTail(),
  });
  // 0: the peer's first accepted box says where its lane begins.
  const receiving = (): ReceivingLane => ({ next: 0, tail: makeEmptyTail() });
  return {
    id,
    vat,
    state: 'ok',
    reason: '',
    petname: undefined,
    isKnownToPeer: false,
    nextExport: 1,
    recordSent: 0,
    gaps: 0,
    refusals: 0,
    lastRefusal: '',
    openedBy,
    sending: [sending(), sending()],
    receiving: [receiving(), receiving()],
  };
}
