// Verify, part: what is looked at together of a database, and what comes of it.

import type { Database } from 'better-sqlite3';

/** One thing that is wrong. */
export interface Damage {
  /** A table or index, or the file itself. */
  readonly table: string;
  /** Which row of it; empty for what is not about one. */
  readonly row: string;
  readonly what: string;
}

/** What only the vat's key and hashes can tell. */
export interface Proofs {
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /** Whether a contact record says that of that vat, signed by it. */
  isContact(input: { vat: string; record: string; serial: number; urls: string }): boolean;
  /** The hash of the swissnum that is made of a salt. */
  swissHash(salt: Uint8Array): Uint8Array;
}

/** Something wrong with a row of the part's table, or how many rows were read. */
export type Finding = Omit<Damage, 'table'> | { readonly rows: number };

export interface Part {
  readonly table: string;
  check(db: Database, proofs: Proofs): Iterable<Finding>;
}
