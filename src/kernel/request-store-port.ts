// Request store: what the operator asked for and was told, as rows.
//
// Like all of the store: synchronous, and reads see the open transaction.

import type { LocalId } from '../core/ids.ts';

/** A request that was done. */
export interface RequestRow {
  /** Of what was asked. */
  readonly digest: Uint8Array;
  /** As JSON. */
  readonly reply: string;
  /** The promise of the answer, which it holds, of a send that wants one. */
  readonly answer?: LocalId | undefined;
}

/** As it is written. */
export interface NewRequestRow extends RequestRow {
  readonly id: string;
  readonly timeMs: number;
}

export interface RequestStore {
  request(id: string): RequestRow | undefined;
  insertRequest(input: NewRequestRow): void;
  deleteRequest(id: string): void;
  /**
   * Forgets requests older than `beforeMs`, but never the newest `rowsMin`. Returns the promises
   * that they held.
   */
  trimRequests(beforeMs: number, rowsMin: number): readonly LocalId[];
}
