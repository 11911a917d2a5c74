// Waits peers: how a promise's row says that a peer decides it.

import type { Database } from 'better-sqlite3';
import type { Decider } from '../core/waits.ts';

/** Parts of queries of table `promise`. */
export interface PeerQuery {
  /** Whether a peer decides it. */
  readonly isDecided: string;
  readonly columns: string;
  readonly join: string;
}

/** What the columns give. */
export interface PeerColumns {
  readonly vat: string | null;
  readonly petname: string | null;
  readonly name: 'item' | 'export' | null;
  readonly number: number | null;
}

/** A database whose promises do not cross vats has no such columns. */
export function peerQuery(db: Database): PeerQuery {
  const link = db.prepare("SELECT 1 FROM pragma_table_info('promise') WHERE name = 'link'");
  if (link.get() === undefined) {
    const columns = 'NULL AS vat, NULL AS petname, NULL AS name, NULL AS number';
    return { isDecided: '0', columns, join: '' };
  }
  return {
    isDecided: 'promise.link IS NOT NULL',
    columns: 'link.vat, link.petname, promise.name, promise.number',
    join: 'LEFT JOIN link ON link.id = promise.link',
  };
}

/** The peer that decides it, if one does. */
export function readPeer({ vat, petname, name, number }: PeerColumns): Decider | undefined {
  if (vat === null || name === null || number === null) return undefined;
  return { by: 'peer', vat, ...(petname === null ? {} : { petname }), name, number };
}
