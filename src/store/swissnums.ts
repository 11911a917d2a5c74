// Swissnums as rows: the hashes by which QRIDs are known, who used them, and what was revoked.

import type { Database } from 'better-sqlite3';
import { type LocalId, NOBODY } from '../core/ids.ts';
import type { ListedSwissnum, SwissnumRow, SwissnumStore } from '../kernel/keeping-store-port.ts';

interface SwissnumColumns {
  readonly hash: Uint8Array;
  readonly object: LocalId;
  readonly label: string;
  readonly made_ms: number;
  readonly last_used_ms: number | null;
  readonly revoked_ms: number | null;
}

interface ListedColumns extends SwissnumColumns {
  readonly state: string;
  readonly peers: number;
}

const COLUMNS = 'hash, object, label, made_ms, last_used_ms, revoked_ms';

/** The swissnum part of a vat's store. */
export function makeSwissnumStore(db: Database): SwissnumStore {
  return { ...makeUses(db), ...makeLists(db) };
}

type UseMethods = 'objectOfSwissHash' | 'insertSwissHash' | 'saltOf' | 'updateSwissUsed';

function makeUses(db: Database): Pick<SwissnumStore, UseMethods> {
  const object = db
    .prepare(`
      SELECT object FROM swissnum JOIN object ON object.id = swissnum.object
      WHERE hash = ? AND revoked_ms IS NULL AND state = 'live'`)
    .pluck();
  const insert = db.prepare('INSERT INTO swissnum VALUES (?, ?, ?, ?, ?, NULL, NULL)');
  const salt = db.prepare('SELECT salt FROM swissnum WHERE hash = ?').pluck();
  // A time in the future is of a clock that was set back since.
  const used = db.prepare(`
    UPDATE swissnum SET last_used_ms = @timeMs WHERE hash = @hash AND (last_used_ms IS NULL
      OR last_used_ms <= @timeMs - @stepMs OR last_used_ms > @timeMs)`);
  return {
    objectOfSwissHash: (hash) => object.get(hash) as LocalId | undefined,
    insertSwissHash: (row) =>
      void insert.run(row.hash, row.object, row.salt, row.label, row.timeMs),
    saltOf: (hash) => salt.get(hash) as Uint8Array | undefined,
    updateSwissUsed: (input) => void used.run(input),
  };
}

function makeLists(db: Database): Omit<SwissnumStore, UseMethods> {
  const one = db.prepare(`SELECT ${COLUMNS} FROM swissnum WHERE hash = ?`);
  const between = db
    .prepare('SELECT hash FROM swissnum WHERE hash BETWEEN ? AND ? LIMIT ?')
    .pluck();
  const list = db.prepare(`
    SELECT ${COLUMNS}, object.state,
      (SELECT count(DISTINCT link) FROM export
        WHERE swiss_hash = hash AND kind = 'item') AS peers
    FROM swissnum JOIN object ON object.id = swissnum.object
    WHERE @object IS NULL OR object = @object ORDER BY made_ms, hash LIMIT @limit`);
  const revoke = db.prepare('UPDATE swissnum SET revoked_ms = ? WHERE hash = ?');
  const withdraw = db.prepare(
    'UPDATE export SET local = @nobody WHERE swiss_hash = @hash AND local <> @nobody AND given = 0',
  );
  const standing = db
    .prepare('SELECT count(*) FROM export WHERE swiss_hash = @hash AND local <> @nobody')
    .pluck();
  return {
    swissnum: (hash) => {
      const row = one.get(hash) as SwissnumColumns | undefined;
      return row && parseRow(row);
    },
    swissHashesBetween: (low, high, limit) => between.all(low, high, limit) as Uint8Array[],
    listSwissnums: ({ object, limit }) =>
      (list.all({ object: object ?? null, limit }) as ListedColumns[]).map(parseListed),
    updateSwissRevoked: (hash, timeMs) => void revoke.run(timeMs, hash),
    killExports: (hash) => {
      const withdrawn = withdraw.run({ hash, nobody: NOBODY }).changes;
      return { withdrawn, kept: standing.get({ hash, nobody: NOBODY }) as number };
    },
  };
}

function parseRow(row: SwissnumColumns): SwissnumRow {
  return {
    hash: row.hash,
    object: row.object,
    label: row.label,
    madeMs: row.made_ms,
    lastUsedMs: row.last_used_ms ?? undefined,
    revokedMs: row.revoked_ms ?? undefined,
  };
}

const parseListed = (row: ListedColumns): ListedSwissnum => ({
  ...parseRow(row),
  isDeleted: row.state === 'deleted',
  peers: row.peers,
});
