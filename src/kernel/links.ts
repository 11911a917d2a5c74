// Links: what this vat knows of each peer, held in memory and written with each commit.
//
// A link is durable state (lanes, c-lists, doubt) and passing state (the box in flight, delays).
// The passing part may be lost at any time.

import type { VatId } from '../core/ids.ts';
import type { Match } from '../core/statement.ts';
import { type Island, STRANGERS_SHARE } from './island.ts';
import { MARK_BYTES, makeLinkRow, makeSettlingRow } from './link-rows.ts';
import type { SettlingRow } from './settle-store-port.ts';
import type { LinkRow } from './store-port.ts';
import type { LaneEnd } from './waiters.ts';

/** The box, or the question for a contact record, that is on its way to a peer. */
export interface Attempt {
  readonly id: number;
  readonly url: string;
  readonly kind: 'box' | 'contact' | 'statement';
  /** The nonce of the box or statement; an answer to any other is ignored. */
  readonly nonce: Uint8Array;
  /** Whether the peer was known to have this link when the attempt began. */
  readonly isKnown: boolean;
  /** Items in the box, and those of lane 1 among them. */
  readonly items: number;
  readonly messages: number;
  /** Serial of our own record in it, 0 for none. */
  readonly serial: number;
  /** Which word of ours a statement is. */
  readonly tag: string;
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
  /** What the last box took from its departure to its receipt, in milliseconds. */
  tripMs: number;
  /** Items of each lane below may wait for those that come next, if all are receipted before them. */
  readonly patient: [number, number];
  /** Since when they wait. */
  gatheringMs: number | undefined;
  /** When anything authentic last came from the peer. */
  heardMs: number;
  retryAtMs: number;
  /** Whether an empty box is wanted, so that the peer learns that we are here. */
  isGreetingDue: boolean;
  lastError: string | undefined;
  busy: string | undefined;
  /** Whether the last box of the peer said that it stands still. */
  isStuck: boolean;
  /**
   * URLs that have served this vat's signed record to this process, each with the time since when
   * attempts there have failed, if the last one did.
   */
  readonly provenUrls: Map<string, number | undefined>;
}

/** What a link in doubt has come to; all but the row may be forgotten at any time. */
interface Settling {
  /** Durable; the last one stays when the link is well again, so that the peer can be answered. */
  row: SettlingRow | undefined;
  /** Told to a peer that is in doubt while we are not: who says it back, speaks now. */
  candidate: Uint8Array | undefined;
  /** A mark of the peer that it is to hear from us, so that it knows that we speak now. */
  echo: Uint8Array | undefined;
  /** Which word of ours the peer has answered last, and when. */
  told: string | undefined;
  toldMs: number;
  /** Statements that were answered in this doubt, since the operator last decided. */
  rounds: number;
  /** Items of lane 1 below may have left, the others have not. */
  left: number;
  /** What the peer has said of our checkpoints under the present marks. */
  search: Search | undefined;
  /** What we say of the peer's. */
  match: Match | undefined;
}

/** What the peer has said of our checkpoints: it has those up to `low`, and not that at `high`. */
export interface Search {
  readonly low: number;
  readonly high: number;
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
  /** `mark` is drawn when none is given. */
  doubt(link: Link, reason: string, mark?: Uint8Array): void;
  /** The lanes have begun anew; nothing is sent on them until the peer has. */
  begun(link: Link, reason: string): void;
  /** The peer means the same history. */
  checked(link: Link): void;
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
  const { store, transaction, counters, limits } = island;
  const links = new Map<VatId, Link>();
  const ids = new Map<number, Link>();
  const active = new Set<Link>();
  const { touch, touchSettling } = makeTouch(island);

  const hold = (row: LinkRow, isNew: boolean): Link => {
    const committed: [number, number] = isNew ? [1, 1] : [row.sending[0].next, row.sending[1].next];
    const settling = makeSettling(row.sending[0].next);
    const link: Link = Object.freeze({ row, committed, settling, delivery: makeDelivery() });
    links.set(row.vat, link);
    ids.set(row.id, link);
    return link;
  };
  for (const row of store.links()) hold(row, false);
  for (const row of store.settlings()) ids.get(row.link)!.settling.row = row;

  const openSettling = (link: Link, mark = island.entropy(MARK_BYTES)): void => {
    const { settling } = link;
    Object.assign(settling, makeSettling(settling.left), {
      row: makeSettlingRow(link.row.id, settling.left, mark),
    });
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
    ...makeStates(island, { active, touch, openSettling }),
    drop(link: Link) {
      link.row.state = 'dropped';
      link.row.reason = '';
      // A receipt that is still to come finds no attempt that it belongs to.
      Object.assign(link.delivery, makeDelivery());
      active.delete(link);
      touch(link);
      store.deleteSettling(link.row.id);
      store.deleteCheckpoints({ link: link.row.id, sent: 0, received: 0 });
      Object.assign(link.settling, makeSettling(0));
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

/** How a link comes into doubt and out of it. */
function makeStates(
  { store, transaction, emit }: Island,
  parts: {
    readonly active: Set<Link>;
    readonly touch: (link: Link) => void;
    readonly openSettling: (link: Link, mark: Uint8Array | undefined) => void;
  },
): Pick<Links, 'doubt' | 'begun' | 'checked'> {
  const { active, touch, openSettling } = parts;
  return {
    doubt(link: Link, reason: string, mark?: Uint8Array) {
      if (link.row.state !== 'ok' && link.row.state !== 'unchecked') return;
      link.row.state = 'doubt';
      link.row.reason = reason;
      transaction.join(0);
      store.deleteSettling(link.row.id);
      openSettling(link, mark);
      // A receipt that is still to come would speak of a history that may be no more.
      if (link.delivery.attempt?.kind === 'box') link.delivery.attempt = undefined;
      active.add(link);
      const text = `link with ${link.row.vat} is in doubt: ${reason}`;
      emit({ type: 'note', level: 'warn', text });
    },
    begun(link: Link, reason: string) {
      link.row.state = 'unchecked';
      link.row.reason = reason;
      link.settling.left = link.row.sending[0].receipted;
      touch(link);
    },
    checked(link: Link) {
      link.row.state = 'ok';
      link.row.reason = '';
      Object.assign(link.settling, { candidate: undefined, echo: undefined, told: undefined });
      active.add(link);
      touch(link);
    },
  };
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
    tripMs: 0,
    patient: [0, 0],
    gatheringMs: undefined,
    heardMs: -1,
    retryAtMs: 0,
    isGreetingDue: false,
    lastError: undefined,
    busy: undefined,
    isStuck: false,
    provenUrls: new Map(),
  };
}

function makeSettling(left: number): Settling {
  return {
    row: undefined,
    candidate: undefined,
    echo: undefined,
    told: undefined,
    toldMs: 0,
    rounds: 0,
    left,
    search: undefined,
    match: undefined,
  };
}
