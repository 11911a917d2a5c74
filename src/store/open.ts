// Opening a vat's database: pragmas, header checks, migrations, and every table's part together.
//
// SQL appears only in this folder. A failure of SQLite becomes a coded error, because the kernel
// decides by it whether the vat waits for room (full) or the process ends (anything else).

import { closeSync, existsSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { isQrtError, QrtError } from '../core/errors.ts';
import type { VatId } from '../core/ids.ts';
import type { VatStore } from '../kernel/store-port.ts';
import { makeBookStore } from './book.ts';
import { makeCheckpointStore } from './checkpoints.ts';
import { connect, isOpen } from './connect.ts';
import { makeInboxStore } from './inbox.ts';
import { makePeerStore, makeTombstoneStore } from './keeping.ts';
import { makeLinkStore, type RememberedImports } from './links.ts';
import { MIGRATIONS } from './migrations.ts';
import { makeObjectStore } from './objects.ts';
import { makeOutboxStore } from './outbox.ts';
import { makePageSums } from './page-check.ts';
import { hasPageSums } from './page-sums.ts';
import { makePromiseStore } from './promises.ts';
import { makeQuarantineStore } from './quarantine.ts';
import { makeRenumberStore } from './renumber.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { makeSettleStore } from './settling.ts';
import { makeSwissnumStore } from './swissnums.ts';
import { makeTransactionStore } from './transaction.ts';

export interface DatabasePlace {
  readonly path: string;
  readonly vat: VatId;
}

/** A store with its way out. */
export type OpenStore = VatStore & { close(): void };

/** Makes a new database, mode 0600, for `vat`. The file MUST NOT exist. */
export function createStore(place: DatabasePlace): void {
  // SQLite copies the mode of the database to its -wal and -shm files.
  closeSync(openSync(place.path, 'wx', 0o600));
  const db = new Database(place.path);
  try {
    fill(db, place.vat);
  } finally {
    db.close();
  }
}

/** A database that lives in this process's memory. */
export interface MemoryDatabase {
  /** Reads it, as after `kill -9` whenever there was a store before: what that did not commit is gone. */
  open(): OpenStore;
  close(): void;
}

/** Makes a new database for `vat` without a file. Its stores end, and it stays until it is closed. */
export function createMemoryDatabase(vat: VatId): MemoryDatabase {
  const place = { path: IN_MEMORY, vat };
  const db = new Database(IN_MEMORY);
  fill(db, vat);
  // The connection is the database: it MUST outlive each store, but not what one left open.
  const end = (): void => {
    if (db.inTransaction) db.exec('ROLLBACK');
  };
  return Object.freeze({
    open() {
      end();
      return guarded(IN_MEMORY, () => {
        checkHeader(db, place);
        return makeStore({ db, path: IN_MEMORY, close: end });
      });
    },
    close: () => void db.close(),
  });
}

const IN_MEMORY = ':memory:';

function fill(db: Database.Database, vat: VatId): void {
  setUp(db);
  db.transaction(() => {
    db.exec(SCHEMA);
    db.prepare('INSERT INTO meta VALUES (?, ?)').run('vat', vat);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

/** Opens the database of `vat` after checking what is small. Throws QRT_STORE_*. */
export function openStore(place: DatabasePlace): OpenStore {
  const { path } = place;
  const db = openKept(place);
  return guarded(path, () => {
    try {
      return makeStore({ db, path, close: () => void db.close() });
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** The bare database of `vat`, up to date, with sums of all its pages. Throws QRT_STORE_*. */
export function openKept(place: DatabasePlace): Database.Database {
  return keepSums(openDatabase(place), place.path);
}

/** Has each page checked from now on; of a database that has no sums they are made first. */
function keepSums(db: Database.Database, path: string): Database.Database {
  if (hasPageSums(path)) return db;
  // The file must not be read while it is open, as that would drop its locks.
  db.close();
  if (!isOpen(path)) makePageSums(path);
  const again = connect(path, { isChecked: true });
  setUp(again);
  return again;
}

/** The bare database of `vat`, checked and up to date. Throws QRT_STORE_*. */
export function openDatabase(place: DatabasePlace): Database.Database {
  assertPresent(place.path);
  return guarded(place.path, () => {
    const db = connect(place.path);
    try {
      checkHeader(db, place);
      setUp(db);
      migrate(db, place);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** A connection of its own that never writes, beside a running node too. Throws QRT_STORE_*. */
export function openReadOnly(path: string): Database.Database {
  assertPresent(path);
  return guarded(path, () => {
    const db = connect(path, { isReader: true });
    db.pragma('query_only = ON');
    return db;
  });
}

function assertPresent(path: string): void {
  if (existsSync(path)) return;
  throw new QrtError('QRT_STORE_CORRUPT', { path, reason: 'the file is missing' });
}

function setUp(db: Database.Database): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  // Only `carry-over.ts` does that, which knows what pages shall be.
  db.pragma('wal_autocheckpoint = 0');
  db.pragma('foreign_keys = ON');
  db.pragma('temp_store = MEMORY');
  db.pragma('cache_size = -8000');
  // Only what leaves the outbox is zeroed: see `outbox.ts`.
  db.pragma('secure_delete = OFF');
}

/** Checks what is small: whose database it is, and of which version. Throws QRT_STORE_*. */
export function checkHeader(db: Database.Database, place: DatabasePlace): void {
  const corrupt = (reason: string): QrtError =>
    new QrtError('QRT_STORE_CORRUPT', { path: place.path, reason });
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw corrupt('it is no database of qrt');
  }
  const found = db.pragma('user_version', { simple: true }) as number;
  if (found > SCHEMA_VERSION) {
    throw new QrtError('QRT_STORE_NEWER', { path: place.path, found, known: SCHEMA_VERSION });
  }
  if (found < 1) throw corrupt('it has no schema version');
  const vat = db.prepare("SELECT value FROM meta WHERE key = 'vat'").pluck().get();
  if (vat !== place.vat) throw corrupt('it belongs to another key');
  const counters = db.prepare('SELECT count(*) FROM counters').pluck().get();
  if (counters !== 1) throw corrupt('its counters are missing');
}

/** Brings an older database up to date, one version at a time, each wholly or not at all. */
function migrate(db: Database.Database, { path }: DatabasePlace): void {
  const found = db.pragma('user_version', { simple: true }) as number;
  if (found === SCHEMA_VERSION) return;
  // MUST be off while a table is dropped that others refer to; within a transaction it cannot be.
  db.pragma('foreign_keys = OFF');
  for (let version = found; version < SCHEMA_VERSION; version += 1) {
    db.transaction(() => {
      db.exec(MIGRATIONS[version - 1]!);
      const [broken] = db.pragma('foreign_key_check') as { table: string }[];
      if (broken) {
        const reason = `a row of ${broken.table} refers to nothing`;
        throw new QrtError('QRT_STORE_CORRUPT', { path, reason });
      }
      db.pragma(`user_version = ${version + 1}`);
    })();
  }
  db.pragma('foreign_keys = ON');
}

interface StoreParts {
  readonly db: Database.Database;
  readonly path: string;
  readonly close: () => void;
}

function makeStore({ db, path, close }: StoreParts): OpenStore {
  const remembered: RememberedImports = new Map();
  const parts = {
    ...makeTransactionStore(db),
    ...makeObjectStore(db),
    ...makeInboxStore(db),
    ...makeQuarantineStore(db),
    ...makeLinkStore(db, remembered),
    ...makeOutboxStore(db),
    ...makeBookStore(db),
    ...makeSwissnumStore(db),
    ...makeTombstoneStore(db),
    ...makePeerStore(db),
    ...makeSettleStore(db),
    ...makeCheckpointStore(db),
    ...makePromiseStore(db),
    ...makeRenumberStore(db, () => remembered.clear()),
  };
  const store: Record<string, unknown> = { close };
  for (const [name, method] of Object.entries(parts)) {
    const call = method as (...input: unknown[]) => unknown;
    store[name] = (...input: unknown[]) => guarded(path, () => call(...input));
  }
  return Object.freeze(store) as unknown as OpenStore;
}

/** Runs `body` and turns what SQLite throws into coded errors. */
export function guarded<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (isQrtError(error)) throw error;
    throw translate(path, error);
  }
}

function translate(path: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const reason = `${error.code} ${error.message}`;
  if (error.code.startsWith('SQLITE_FULL')) {
    return new QrtError('QRT_DISK_FULL', { dir: path }, error);
  }
  if (error.code.startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB') {
    return new QrtError('QRT_STORE_CORRUPT', { path, reason }, error);
  }
  return new QrtError('QRT_STORE_FAILED', { path, reason }, error);
}
