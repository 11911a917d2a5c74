// Page sums on bad days: what goes wrong beside the database leaves it whole, and it is not refused.

import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import { afterCommit } from '../../src/store/carry-over.ts';
import { createStore, type OpenStore, openKept, openStore } from '../../src/store/open.ts';
import { checkPages } from '../../src/store/page-check.ts';
import {
  openSumFile,
  type PageSums,
  readPageSums,
  sumOf,
  writeAnew,
} from '../../src/store/page-sums.ts';
import { fullDisk, watchFlushes, watchOpenings } from '../sim/file-hooks.ts';
import { isThorough } from '../thorough.ts';

const vat = makeVatId(new Uint8Array(32).fill(1));
let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'qrt-sums-'));
  path = join(dir, 'vat.db');
  createStore({ path, vat });
  openStore({ path, vat }).close();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

let lines = 0;
function write(store: OpenStore): void {
  lines += 1;
  store.begin();
  store.insertLog({
    ...{ owner: 0, timeMs: 1, level: 'log', source: 'o1.0', seq: lines, text: 'x' },
  });
  store.commit();
}

/** The files as `kill -9` leaves them, elsewhere. */
function kill(): string {
  const to = join(dir, 'killed.db');
  for (const end of ['', '-wal', '-shm', '-sum'].filter((each) => existsSync(path + each))) {
    copyFileSync(path + end, to + end);
  }
  return to;
}

describe('a database that a kill has left with a log', () => {
  it('is whole after it was refused to another key, or to an older qrt', () => {
    const store = openStore({ path, vat });
    write(store);
    const killed = kill();
    store.close();
    const other = makeVatId(new Uint8Array(32).fill(2));
    expect(() => openStore({ path: killed, vat: other })).toThrow('it belongs to another key');
    openStore({ path: killed, vat }).close();
  });
});

describe('sums that are written anew', () => {
  const file = () => openSumFile(path, readPageSums(path)!);
  const sums = (value: number): PageSums =>
    new Map(Array.from({ length: 65_536 }, (_, n) => [n + 1, value]));

  it('and find no room stay where they are, and so does every other file', () => {
    const kept = file();
    for (let value = 1; value <= 4; value += 1) kept.add(sums(value));
    const before = readFileSync(`${path}-sum`);
    // Writing them anew is due, and the file descriptor of a file that was closed is given again.
    const unwatch = watchFlushes(`${path}-sum-new`, () => {
      throw fullDisk();
    });
    try {
      expect(() => kept.add(sums(7))).toThrow('no room');
      const other = openSync(join(dir, 'other'), 'w+');
      writeSync(other, 'other');
      expect(() => kept.add(sums(7))).toThrow('no room');
      closeSync(other);
    } finally {
      unwatch();
    }
    expect(existsSync(`${path}-sum-new`)).toBe(false);
    expect(readFileSync(join(dir, 'other'), 'utf8')).toBe('other');
    expect(readFileSync(`${path}-sum`).equals(before)).toBe(true);
    kept.add(sums(8));
    kept.close();
    expect(readPageSums(path)!.sums.get(65_536)).toBe(8);
    expect(statSync(`${path}-sum`).size).toBeLessThan(before.length);
  });
});

describe('a database beside a node that writes', () => {
  it('is whole, however often its pages are carried over while they are read', () => {
    const db = openKept({ path, vat });
    const commit = (sql: string): void => {
      db.exec(`BEGIN; ${sql}; COMMIT`);
      afterCommit(db);
    };
    const rows = `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 1100)`;
    commit(`INSERT INTO log ${rows} SELECT n, 0, 1, 'log', 'o1.0', printf('%3500d', 0) FROM n`);
    let times = 0;
    // The log begins anew, without the pages that were carried over.
    const beginLog = (): void =>
      commit(`INSERT INTO request VALUES ('r${times}', x'', '{}', 1, NULL)`);
    beginLog();
    const unwatch = watchOpenings(path, () => {
      times += 1;
      if (times > 5) return;
      commit(`UPDATE log SET text = printf('%3500d', ${times})`);
      beginLog();
    });
    try {
      expect(checkPages(path)).toEqual({ log: undefined, pages: [], hasSums: true });
    } finally {
      unwatch();
    }
    expect(times).toBe(6);
    db.close();
  });
});

describe('a process that ends with a database open', () => {
  it('leaves it whole: SQLite closes it then, and carries the log over', () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const script = `
      import { openStore } from '${root}src/store/open.ts';
      const store = openStore({ path: '${path}', vat: '${vat}' });
      store.begin();
      store.writeCounters({ ...store.readCounters(), log: 7 });
      store.commit();`;
    const flags = ['--import', `${root}scripts/ts-loader.mjs`, '--input-type=module', '-e', script];
    execFileSync(process.execPath, flags, { cwd: root });
    const store = openStore({ path, vat });
    expect(store.readCounters().log).toBe(7);
    store.close();
  });
});

// It reads as much.
describe.runIf(isThorough)('a database of more than one gibibyte', () => {
  it('has a page that SQLite never writes, and no sum of it', () => {
    const large = join(dir, 'large.db');
    const [pageBytes, unused] = [65_536, 2 ** 30 / 65_536 + 1];
    const head = Buffer.alloc(pageBytes);
    head.writeUInt16BE(1, 16);
    writeFileSync(large, head);
    truncateSync(large, 2 ** 30 + 2 * pageBytes);
    const empty = sumOf(Buffer.alloc(pageBytes));
    const sums: PageSums = new Map(Array.from({ length: unused + 1 }, (_, n) => [n + 1, empty]));
    sums.set(1, sumOf(head));
    sums.delete(unused);
    writeAnew(large, sums);
    expect(checkPages(large).pages).toEqual([]);
  });
});
