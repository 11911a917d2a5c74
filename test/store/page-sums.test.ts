// Page sums: they are on disk before the pages are, and whatever opens a database compares them.

import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import { LOG_FRAMES_MAX } from '../../src/core/limits.ts';
import { createStore, type OpenStore, openReadOnly, openStore } from '../../src/store/open.ts';
import { readPageSums, sumOf } from '../../src/store/page-sums.ts';
import { fullDisk, watchFlushes } from '../sim/file-hooks.ts';
import { isPicked, isThorough } from '../thorough.ts';

const vat = makeVatId(new Uint8Array(32).fill(1));
const PAGE_BYTES = 4_096;
let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'qrt-sums-'));
  path = join(dir, 'vat.db');
  createStore({ path, vat });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

let lines = 0;
/** One commit that changes about `pages` pages. */
function write(store: OpenStore, pages: number): void {
  store.begin();
  for (let n = 0; n < pages; n += 1) {
    lines += 1;
    const line = { owner: 0, timeMs: 1, level: 'log', source: 'o1.0' } as const;
    store.insertLog({ ...line, seq: lines, text: 'x'.repeat(PAGE_BYTES - 500) });
  }
  store.commit();
}

/** The same files elsewhere, as after `kill -9`. */
function copy(): string {
  const to = join(dir, 'copy.db');
  for (const end of ['', '-wal', '-shm', '-sum']) {
    rmSync(to + end, { force: true });
    if (existsSync(path + end)) copyFileSync(path + end, to + end);
  }
  return to;
}

const codeOf = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('page sums', () => {
  it.runIf(isThorough || isPicked(1, 3))(
    'are right whenever the process ends, while the log is carried over again and again',
    () => {
      const store = openStore({ path, vat });
      for (let commit = 0; commit < 40; commit += 1) {
        write(store, LOG_FRAMES_MAX / 10);
        openStore({ path: copy(), vat }).close();
      }
      const logPages = statSync(`${path}-wal`).size / PAGE_BYTES;
      // Four times as many went through it.
      expect(logPages).toBeLessThan(1.5 * LOG_FRAMES_MAX);
      store.close();
      expect(existsSync(`${path}-wal`)).toBe(false);
      openStore({ path, vat }).close();
    },
  );

  it('are flushed before the first page is carried over', () => {
    const store = openStore({ path, vat });
    write(store, 10);
    const before = readFileSync(path);
    const flushed: string[] = [];
    const unwatch = ['wal', 'sum'].map((file) =>
      watchFlushes(`${path}-${file}`, () => {
        flushed.push(file);
        expect(readFileSync(path).equals(before)).toBe(true);
      }),
    );
    try {
      write(store, LOG_FRAMES_MAX);
    } finally {
      for (const undo of unwatch.reverse()) undo();
    }
    // A process that was killed may have left in the log what was never flushed.
    expect(flushed).toEqual(['wal', 'sum']);
    const after = readFileSync(path);
    expect(after.length).toBeGreaterThan(LOG_FRAMES_MAX * PAGE_BYTES);
    const { sums } = readPageSums(path)!;
    for (let at = 0; at < after.length; at += PAGE_BYTES) {
      expect(sums.get(at / PAGE_BYTES + 1)).toBe(sumOf(after.subarray(at, at + PAGE_BYTES)));
    }
    store.close();
  });

  it('that find no room keep the log from being carried over until there is some', () => {
    const store = openStore({ path, vat });
    write(store, 10);
    const before = readFileSync(path);
    const unwatch = watchFlushes(`${path}-sum`, () => {
      throw fullDisk();
    });
    try {
      for (let commit = 0; commit < 2; commit += 1) {
        write(store, LOG_FRAMES_MAX);
        expect(readFileSync(path).equals(before)).toBe(true);
        openStore({ path: copy(), vat }).close();
      }
    } finally {
      unwatch();
    }
    write(store, LOG_FRAMES_MAX);
    expect(readFileSync(path).length).toBeGreaterThan(3 * LOG_FRAMES_MAX * PAGE_BYTES);
    store.close();
    openStore({ path, vat }).close();
  });

  it('show a page that changed, also one that another program wrote', () => {
    const store = openStore({ path, vat });
    write(store, 10);
    store.close();
    const whole = readFileSync(path);
    const bytes = Buffer.from(whole);
    bytes[5 * PAGE_BYTES + 300]! ^= 1;
    writeFileSync(path, bytes);
    expect(codeOf(() => openStore({ path, vat }))).toBe('QRT_STORE_CORRUPT');
    expect(codeOf(() => openReadOnly(path))).toBe('QRT_STORE_CORRUPT');
    writeFileSync(path, whole.subarray(0, whole.length - PAGE_BYTES));
    expect(codeOf(() => openStore({ path, vat }))).toBe('QRT_STORE_CORRUPT');
    writeFileSync(path, whole);
    openStore({ path, vat }).close();
    const db = new Database(path);
    db.exec("UPDATE log SET text = 'other' WHERE seq = (SELECT max(seq) FROM log)");
    db.close();
    expect(codeOf(() => openStore({ path, vat }))).toBe('QRT_STORE_CORRUPT');
  });

  it('are made anew when they are gone, and what a cut left of them is taken away', () => {
    const store = openStore({ path, vat });
    write(store, 10);
    store.close();
    const sums = readFileSync(`${path}-sum`);
    writeFileSync(`${path}-sum`, Buffer.concat([sums, Buffer.from([9, 0, 0, 0, 7])]));
    const again = openStore({ path, vat });
    write(again, 10);
    again.close();
    openStore({ path, vat }).close();
    rmSync(`${path}-sum`);
    openStore({ path, vat }).close();
    expect(existsSync(`${path}-sum`)).toBe(true);
  });
});
