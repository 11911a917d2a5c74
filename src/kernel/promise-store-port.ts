// Promise store: promises and what waits for them, as rows.
//
// Like all of the store: synchronous, and reads see the open transaction.

import type { Combination } from '../core/frames.ts';
import type { LocalId } from '../core/ids.ts';
import type { Capdata } from '../core/power.ts';

/** What a thing is called between this vat and a peer. */
export interface PromiseName {
  readonly link: number;
  /** By an export number of who gave it, or by the number of the lane 1 item that it answers. */
  readonly kind: 'export' | 'item';
  readonly number: number;
}

/** The peer that decides a promise, and how the two of us speak of it. */
export interface Decider extends PromiseName {
  /** How often that peer has named it. */
  received: number;
  /** Our last item of lane 1 that names it; 0 for none. */
  last: number;
}

/** A promise. It is settled once: fulfilled or rejected, and then stays so. */
export interface PromiseRow {
  readonly id: LocalId;
  /** Whose turn made it. */
  readonly owner: number;
  /** `peer`: an answer to a peer, or a promise of one, that no installation of ours has. */
  readonly kind: 'answer' | 'peer' | 'resolver' | Combination;
  state: 'pending' | 'fulfilled' | 'rejected';
  /** While pending: what it waits for; then its value, or the error as a record without slots. */
  data: Capdata<LocalId>;
  /** The promise that it will become, once that is known. */
  follows: LocalId | undefined;
  /** Of a combination: promises among its parts that are still pending. */
  left: number;
  readonly madeMs: number;
  /** When it is rejected if it is still pending. */
  readonly deadlineMs: number | undefined;
  /** Undefined as long as this vat decides it. */
  decider: Decider | undefined;
}

/**
 * What waits for a promise. `message`: is sent to what it becomes. `when`: a continuation, `data`
 * being its context, or `null` for none. `follow`, `part`: the promise `answer` follows it, or has it
 * among its parts.
 */
export interface PendingRow {
  readonly promise: LocalId;
  /** Grows with each row of the vat; the order in which they are served. */
  readonly seq: number;
  readonly kind: 'message' | 'when' | 'follow' | 'part';
  /** Who is told in the log if it comes to nothing. */
  readonly owner: number;
  /** Whose share of the inbox it counts in. */
  readonly share: string;
  readonly data: Capdata<LocalId>;
  readonly fulfilled: LocalId | undefined;
  readonly rejected: LocalId | undefined;
  readonly answer: LocalId | undefined;
  readonly trace: string;
  /** How often a message was forwarded until it came here. */
  readonly hops: number;
}

export interface PromiseStore extends PromiseNameStore {
  promise(id: LocalId): PromiseRow | undefined;
  /** Writes a new promise, or an old one as it is now. */
  putPromise(row: PromiseRow): void;
  /** Takes its decider away, so that another promise can be put under that name. */
  unnamePromise(id: LocalId): void;
  deletePromise(id: LocalId): void;
  /** How many there are, by owner. */
  promisesByOwner(): readonly { readonly owner: number; readonly count: number }[];
  countPromises(): { readonly pending: number; readonly settled: number };
  insertPending(row: PendingRow): void;
  /** What waits first for a promise, but for rows of these shares; of messages alone if told so. */
  firstPending(input: {
    promise: LocalId;
    without: readonly string[];
    isMessage: boolean;
  }): PendingRow | undefined;
  /** How a promise waits for others that it follows or has among its parts. */
  waitsOf(answer: LocalId): readonly PendingRow[];
  deletePending(promise: LocalId, seq: number): void;
  hasPending(promise: LocalId): boolean;
  /** Of all that waits, by share. */
  pendingUsage(): readonly {
    readonly share: string;
    readonly rows: number;
    readonly bytes: number;
  }[];
  /** Promises for which something waits that can go on: settled ones, and messages for a peer's. */
  promisesDue(): readonly LocalId[];
  /** Pending promises with a deadline, the nearest first. */
  nextDeadline(): { readonly id: LocalId; readonly deadlineMs: number } | undefined;
  /** The slots of all rows that pass: messages, what is pending, what promises and requests hold. */
  passingSlots(): Iterable<readonly LocalId[]>;
  /** Whether any memory or object holds a promise. */
  hasHolding(): boolean;
  /** The promises that a memory or an object holds now; returns those that it held before. */
  putHolding(holder: LocalId, promises: readonly LocalId[]): readonly LocalId[];
  isHeld(promise: LocalId): boolean;
}

/** A promise of this vat that a peer knows, and by which name. */
export interface PromiseExport extends PromiseName {
  readonly local: LocalId;
  readonly sent: number;
}

/** Promises that peers know, and those that peers decide. */
export interface PromiseNameStore {
  /** The promise that a peer decides under that name. */
  promiseOfName(name: PromiseName): LocalId | undefined;
  /** All promises that peers decide, or one peer. */
  promisesOfPeers(link?: number): readonly LocalId[];
  /** How many a peer has named above that export number. */
  countEarly(link: number, above: number): number;
  isExported(promise: LocalId): boolean;
  hasPromiseExports(): boolean;
  exportsOfPromise(promise: LocalId): readonly PromiseExport[];
  promiseExport(name: PromiseName): PromiseExport | undefined;
  /** Of settled promises: names of which the peer was not told that. */
  untoldExports(): readonly PromiseExport[];
  updateExportTold(name: PromiseName, isTold: boolean): void;
  deleteExport(name: PromiseName): void;
  /** Of a peer that was dropped; returns the promises. */
  deletePromiseExports(link: number): readonly LocalId[];
  /** Nothing counts as sent of the promises that the peer knows, but for names that are set aside. */
  clearExportSent(link: number): void;
  /** Names of promises that the peer knows, of which nothing counts as sent. */
  unsentExports(link: number): readonly PromiseExport[];
  /** Promises whose names are set aside while their link is numbered anew. */
  asidePromises(link: number): readonly LocalId[];
  /** Promises that peers know as answers to their items, and the bytes of what these became. */
  peerAnswers(): readonly (PromiseName & { readonly bytes: number })[];
}
