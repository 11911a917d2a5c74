// Promise store: promises and what waits for them, as rows.
//
// Like all of the store: synchronous, and reads see the open transaction.

import type { Combination } from '../core/frames.ts';
import type { LocalId } from '../core/ids.ts';
import type { Capdata } from '../core/power.ts';

/** A promise. It is settled once: fulfilled or rejected, and then stays so. */
export interface PromiseRow {
  readonly id: LocalId;
  /** Whose turn made it. */
  readonly owner: number;
  readonly kind: 'answer' | 'resolver' | Combination;
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
}

export interface PromiseStore {
  promise(id: LocalId): PromiseRow | undefined;
  /** Writes a new promise, or an old one as it is now. */
  putPromise(row: PromiseRow): void;
  deletePromise(id: LocalId): void;
  /** How many there are, by owner. */
  promisesByOwner(): readonly { readonly owner: number; readonly count: number }[];
  countPromises(): { readonly pending: number; readonly settled: number };
  insertPending(row: PendingRow): void;
  /** What waits first for a promise, but for rows of these shares. */
  firstPending(promise: LocalId, without: readonly string[]): PendingRow | undefined;
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
  /** Settled promises for which something waits still, and which nothing holds any more. */
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
