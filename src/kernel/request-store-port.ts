// Request store: what the operator asked for and was told, as rows.
//
// Like all of the store: synchronous, and reads see the open transaction.

import type { LocalId } from '../core/ids.ts';

/** A request that was done. */
interface RequestRow {
  /** Of what was asked. */
  readonly digest: Uint8Array;
  /** As JSON. */
  readonly reply: string;
  /** The promise of the answer, which it holds, of a send that wants one. */
  readonly answer?: LocalId | undefined;
}

export interface RequestStore {
  request(id: string): RequestRow | undefined;
  insertRequest(input: RequestRow & { readonly id: string; readonly timeMs: number }): void;
  deleteRequest(id: string): void;
  /**
   * Forgets requests older than `beforeMs`, but never the newest `rowsMin`. Returns the promises
   * that they held.
   */
  trimRequests(beforeMs: number, rowsMin: number): readonly LocalId[];
}
