// Waits places: where in a vat's database promises and resolvers are held.

import type { Database } from 'better-sqlite3';
import type { Holder } from '../core/waits.ts';

/** One row that holds some. */
export interface Place {
  readonly holder: Holder;
  /** All that it holds, also what was not asked for. */
  readonly slots: readonly string[];
  /** A pending promise: nobody has what is held here before that one is settled. */
  readonly behind: string | null;
}

interface Row {
  readonly kind: Holder['kind'];
  readonly id: string;
  readonly slots: string;
  readonly behind: string | null;
}

/** Reads all places that hold promises, `p`, or resolvers, `s`, row by row. */
export function* readPlaces(db: Database, letter: 'p' | 's'): Iterable<Place> {
  const input = { within: `%"${letter}%`, begins: `${letter}%` };
  for (const sql of PLACES) {
    for (const row of db.prepare(sql).iterate(input) as Iterable<Row>) {
      const { kind, id, slots, behind } = row;
      yield { holder: { kind, id }, slots: JSON.parse(slots) as string[], behind };
    }
  }
}

// A promise becomes what its row holds when it is settled.
const PLACES: readonly string[] = [
  "SELECT 'memory' AS kind, id, slots, NULL AS behind FROM memory WHERE slots LIKE :within",
  `SELECT 'object' AS kind, id, slots, NULL AS behind FROM object
    WHERE state = 'live' AND slots LIKE :within`,
  "SELECT 'message' AS kind, target AS id, slots, NULL AS behind FROM inbox WHERE slots LIKE :within",
  `SELECT 'waiting' AS kind, promise AS id, slots, promise AS behind FROM pending
    WHERE slots LIKE :within`,
  `SELECT 'waiting' AS kind, promise AS id, json_array(coalesce(fulfilled, ''), coalesce(rejected, '')) AS slots,
    promise AS behind FROM pending WHERE fulfilled LIKE :begins OR rejected LIKE :begins`,
  `SELECT 'promise' AS kind, id, slots, iif(state = 'pending', id, NULL) AS behind FROM promise
    WHERE slots LIKE :within`,
  `SELECT 'quarantine' AS kind, CAST(id AS TEXT) AS id, slots, NULL AS behind FROM quarantine
    WHERE slots LIKE :within`,
  `SELECT 'request' AS kind, id, json_array(answer) AS slots, NULL AS behind FROM request
    WHERE answer LIKE :begins`,
  `SELECT 'peer' AS kind, link.vat AS id, json_array(local) AS slots, NULL AS behind
    FROM export JOIN link ON link.id = export.link
    WHERE local LIKE :begins AND link.state <> 'dropped'`,
];
