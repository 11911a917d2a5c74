// Opening a vat's database: modes, what is checked at a start, and what each damage is called.

import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CodeHash, type LocalId, makeVatId } from '../../src/core/ids.ts';
import { createMemoryDatabase, createStore, guarded, openStore } from '../../src/store/open.ts';
import { openReader } from '../../src/store/reader.ts';
import { SCHEMA_VERSION } from '../../src/store/schema.ts';

const vat = makeVatId(new Uint8Array(32).fill(1));
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qrt-store-'));
  path = join(directory, 'vat.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Changes the database as somebody else could, with plain SQL. */
function meddle(sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}
const coded = (code: string, reason = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(reason) });

describe('store', () => {
  it('its files are for their owner alone, whatever the umask', () => {
    const umask = process.umask(0);
    try {
      createStore({ path, vat });
      const store = openStore({ path, vat });
      store.begin();
      store.writeCounters(store.readCounters());
      store.commit();
      for (const end of ['', '-wal', '-shm']) {
        expect(statSync(path + end).mode & 0o777, end).toBe(0o600);
      }
      store.close();
    } finally {
      process.umask(umask);
    }
  });

  it('a database in memory keeps what was committed from one store to the next', () => {
    const database = createMemoryDatabase(vat);
    const first = database.open();
    const counters = first.readCounters();
    first.begin();
    first.writeCounters({ ...counters, turn: 1 });
    first.commit();
    first.begin();
    first.writeCounters({ ...counters, turn: 2 });
    first.close();
    expect(database.open().readCounters().turn).toBe(1);
    // As after a death, that leaves a transaction open.
    const second = database.open();
    second.begin();
    second.writeCounters({ ...counters, turn: 3 });
    expect(database.open().readCounters().turn).toBe(1);
    database.close();
    expect(() => database.open()).toThrow();
  });

  it('what is there is never made anew', () => {
    writeFileSync(path, 'something');
    expect(() => createStore({ path, vat })).toThrow();
    expect(readFileSync(path, 'utf8')).toBe('something');
  });

  it('what is committed is there at the next opening, what is not is gone', () => {
    createStore({ path, vat });
    const store = openStore({ path, vat });
    const counters = store.readCounters();
    store.begin();
    store.writeCounters({ ...counters, turn: 7 });
    store.commit();
    store.begin();
    store.writeCounters({ ...counters, turn: 8 });
    expect(store.readCounters().turn).toBe(8);
    store.close();
    const again = openStore({ path, vat });
    expect(again.readCounters().turn).toBe(7);
    again.close();
  });

  it('a missing file is QRT_STORE_CORRUPT', () => {
    expect(() => openStore({ path, vat })).toThrow(coded('QRT_STORE_CORRUPT', 'missing'));
    expect(() => openReader({ path })).toThrow(coded('QRT_STORE_CORRUPT', 'missing'));
  });

  it('the database of another key is QRT_STORE_CORRUPT', () => {
    createStore({ path, vat });
    const other = makeVatId(new Uint8Array(32).fill(2));
    const open = () => openStore({ path, vat: other });
    expect(open).toThrow(coded('QRT_STORE_CORRUPT', 'another key'));
  });

  it('a newer schema is QRT_STORE_NEWER', () => {
    createStore({ path, vat });
    meddle(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    expect(() => openStore({ path, vat })).toThrow(coded('QRT_STORE_NEWER'));
  });

  it.each([
    ['another application', 'PRAGMA application_id = 1', 'no database of qrt'],
    ['no schema version', 'PRAGMA user_version = 0', 'no schema version'],
    ['no counters', 'DELETE FROM counters', 'counters are missing'],
  ])('%s is QRT_STORE_CORRUPT', (_name, sql, reason) => {
    createStore({ path, vat });
    meddle(sql);
    expect(() => openStore({ path, vat })).toThrow(coded('QRT_STORE_CORRUPT', reason));
  });

  it('a file that is no database, or an empty one, is QRT_STORE_CORRUPT', () => {
    for (const content of ['no database at all, but rather long '.repeat(100), '', 'x']) {
      writeFileSync(path, content);
      expect(() => openStore({ path, vat }), content.slice(0, 9)).toThrow(
        coded('QRT_STORE_CORRUPT'),
      );
    }
  });

  it('a table that is gone is a coded error', () => {
    createStore({ path, vat });
    meddle('DROP TABLE counters');
    expect(() => openStore({ path, vat })).toThrow(
      expect.objectContaining({ name: 'QrtError', kind: 'corrupt' }),
    );
  });

  it('a file cut at any page is a coded error, at the start or when it is read', () => {
    createStore({ path, vat });
    const { size } = statSync(path);
    for (let length = 4096; length < size; length += 4096) {
      rmSync(path, { force: true });
      createStore({ path, vat });
      meddle('PRAGMA wal_checkpoint(TRUNCATE)');
      truncateSync(path, length);
      expect(readEverything, `${length} of ${size}`).toThrow(
        expect.objectContaining({ name: 'QrtError', kind: 'corrupt' }),
      );
    }
  });

  it('a file that may not be written is a coded error', () => {
    if (process.getuid?.() === 0) return; // Root may write anything.
    createStore({ path, vat });
    chmodSync(path, 0o400);
    expect(readEverything).toThrow(expect.objectContaining({ name: 'QrtError' }));
  });

  it('a full disk is QRT_DISK_FULL, and what was committed before stays', () => {
    createStore({ path, vat });
    const db = new Database(path);
    // SQLite's own bound of the file stands in for the disk's.
    db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`);
    const grow = (): void => {
      db.prepare('INSERT INTO code VALUES (?, ?)').run('b', 'x'.repeat(100_000));
    };
    expect(() => guarded(path, grow)).toThrow(coded('QRT_DISK_FULL'));
    db.close();
    const store = openStore({ path, vat });
    expect(store.codeText('b' as CodeHash)).toBeUndefined();
    store.close();
  });

  it.each([
    ['SQLITE_FULL', 'QRT_DISK_FULL'],
    ['SQLITE_CORRUPT_INDEX', 'QRT_STORE_CORRUPT'],
    ['SQLITE_NOTADB', 'QRT_STORE_CORRUPT'],
    ['SQLITE_IOERR_FSYNC', 'QRT_STORE_FAILED'],
    ['SQLITE_CONSTRAINT_UNIQUE', 'QRT_STORE_FAILED'],
  ])('%s is %s', (theirs, ours) => {
    const fail = (): void => {
      throw new Database.SqliteError('text', theirs);
    };
    expect(() => guarded(path, fail)).toThrow(coded(ours));
  });

  it('a reader sees what is committed while the vat writes, and cannot write', () => {
    createStore({ path, vat });
    const store = openStore({ path, vat });
    const reader = openReader({ path });
    store.begin();
    store.writeCounters({ ...store.readCounters(), turn: 5 });
    expect(reader.counters()['turn']).toBe(0);
    store.commit();
    expect(reader.counters()['turn']).toBe(5);
    reader.close();
    store.close();
  });
});

/** Opens the store and reads what the vat reads. */
function readEverything(): void {
  const store = openStore({ path, vat });
  try {
    store.begin();
    store.links();
    store.inboxUsage();
    store.outboxUsage();
    store.contacts();
    store.grantedTypes();
    store.waitingOwners();
    store.countObjects();
    store.objectOwner('o0.0' as LocalId);
    store.object('o0.0' as LocalId);
    store.codeText('a'.repeat(64) as CodeHash);
    store.memory('m1.0' as LocalId);
    store.importById('i1' as LocalId);
    store.exported({ link: 1, kind: 'item', number: 1 });
    store.exportNameOf(1, 'o1.0' as LocalId);
    store.objectOfSwissHash(new Uint8Array(32));
    store.saltOf(new Uint8Array(32));
    store.forwardOrigin(1, 1);
    store.logAfter(0, 10);
    store.request('x');
    store.countQuarantine();
    store.inboxAfter({ owner: 1, seq: 0, limit: 10 });
    store.outboxOfLink(1);
    store.writeCounters(store.readCounters());
    store.commit();
  } finally {
    store.close();
  }
}
