// Keeping store: what housekeeping on QRIDs, objects and peers needs of the store.
//
// Like all of the store: synchronous, and reads see the open transaction.

import type { LocalId } from '../core/ids.ts';
import type { Capdata } from '../core/power.ts';

/** A QRID as it is kept: its text can be made only by who also has the key. */
export interface SwissnumRow {
  readonly hash: Uint8Array;
  readonly object: LocalId;
  readonly label: string;
  readonly madeMs: number;
  /** When it was last redeemed, or used by the operator; about, as not every use is noted. */
  readonly lastUsedMs: number | undefined;
  readonly revokedMs: number | undefined;
}

/** A QRID in a list. */
export interface ListedSwissnum extends SwissnumRow {
  /** Whether its object was deleted. */
  readonly isDeleted: boolean;
  /** Peers that redeemed it. */
  readonly peers: number;
}

export interface SwissnumStore {
  /** The object that a swissnum names: undefined when it is unknown, revoked, or its object deleted. */
  objectOfSwissHash(hash: Uint8Array): LocalId | undefined;
  insertSwissHash(input: {
    hash: Uint8Array;
    object: LocalId;
    salt: Uint8Array;
    label: string;
    timeMs: number;
  }): void;
  saltOf(hash: Uint8Array): Uint8Array | undefined;
  /** Notes a use, unless one was noted less than `stepMs` before. */
  updateSwissUsed(input: { hash: Uint8Array; timeMs: number; stepMs: number }): void;
  swissnum(hash: Uint8Array): SwissnumRow | undefined;
  /** Hashes from `low` to `high`, at most `limit`. */
  swissHashesBetween(low: Uint8Array, high: Uint8Array, limit: number): readonly Uint8Array[];
  /** The QRIDs of an object or of all, oldest first, at most `limit`. */
  listSwissnums(input: { object: LocalId | undefined; limit: number }): readonly ListedSwissnum[];
  updateSwissRevoked(hash: Uint8Array, timeMs: number): void;
  /**
   * Lets the names that peers got by redeeming a swissnum, or from peers that had, stand for nobody,
   * but those under which objects handed the thing on since.
   */
  killExports(hash: Uint8Array): { readonly withdrawn: number; readonly kept: number };
}

export interface TombstoneStore {
  isLiveObject(id: LocalId): boolean;
  /** An object becomes a tombstone: its power is emptied, its id and owner stay. */
  updateObjectDeleted(id: LocalId): void;
  /** Live objects that hold a memory slot. */
  countHolders(memory: LocalId): number;
  /** QRIDs of an object that are not revoked. */
  countSwissnums(object: LocalId): number;
}

/** A copy of a message that was taken out. */
export interface QuarantineRow {
  readonly id: number;
  /** Of its target. */
  readonly owner: number;
  readonly target: LocalId;
  readonly cause: string;
  readonly attempts: number;
  readonly args: Capdata<LocalId>;
  readonly trace: string;
  readonly timeMs: number;
}

export interface QuarantineStore {
  insertQuarantine(row: QuarantineRow): void;
  /** Keeps `rowsMax` rows: of the owner that has most of them the oldest goes, again and again. */
  trimQuarantine(rowsMax: number): void;
  countQuarantine(): number;
  quarantined(id: number): QuarantineRow | undefined;
  deleteQuarantined(id: number): void;
}

/** Rows of a queue. */
export interface Amount {
  readonly rows: number;
  readonly bytes: number;
}

/** What the rows of one link amount to. */
export interface PeerCounts {
  readonly exports: number;
  readonly imports: number;
  /** Messages from the peer that wait for their turn. */
  readonly inbox: Amount;
  /** Items for others that wait on the peer's account: answers to it, and what it has forwarded. */
  readonly outbox: Amount;
}

export interface PeerStore {
  /** By link; one that is not there has nothing. */
  peerCounts(): ReadonlyMap<number, PeerCounts>;
  /**
   * Lane 1 messages that wait for a link and came from other peers, in order: from where, as which
   * number, and the item without its body.
   */
  waitingForwards(link: number): readonly {
    readonly origin: { readonly link: number; readonly number: number };
    readonly head: Uint8Array;
  }[];
  /** Deletes all that waits for a link; returns what that freed, by share. */
  deleteOutboxOf(link: number): readonly (Amount & { readonly share: string })[];
  /** Forgets the ways back of what was forwarded to a link. */
  deleteForwardsOf(link: number): void;
}
