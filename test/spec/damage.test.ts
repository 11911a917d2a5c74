// Damage: a byte that changed on disk, in every kind of page and file, is named and never used.

import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layOut } from '../../src/node/base-dir.ts';
import { readTables } from '../../src/node/inspect.ts';
import { askStopped } from '../../src/node/offline.ts';
import { verifyNode } from '../../src/node/verify.ts';
import { openStore } from '../../src/store/open.ts';
import type { Damage } from '../../src/store/verify-part.ts';
import { makeRichNode, type RichNode } from '../node/rich-node.ts';
import { makeRandom } from '../sim/random.ts';
import { someOf } from '../thorough.ts';

const SEED = Math.floor(Math.random() * 2 ** 32);
const random = makeRandom(SEED);

let dir: string;
let node: RichNode;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'qrt-damage-'));
  node = await makeRichNode(join(dir, 'NODE'), { rows: 240, signed: 2 });
  // Rows that come and go leave free pages.
  const store = openStore({ path: node.base.database, vat: node.vat });
  store.begin();
  for (let seq = 150; seq <= 200; seq += 1) store.deleteInbox(seq, seq);
  store.commit();
  store.close();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Outcome {
  readonly verified: readonly string[];
  readonly asked: unknown;
  readonly read: unknown;
}

/** What becomes of a copy of the node in which one byte is another one. */
async function withFlip(file: string, at: number, from = node.base.dir): Promise<Outcome> {
  const copy = join(dir, 'copy');
  cpSync(from, copy, { recursive: true });
  const byte = Buffer.alloc(1);
  const opened = openSync(join(copy, file), 'r+');
  readSync(opened, byte, 0, 1, at);
  byte[0] = byte[0]! ^ (1 << Math.floor(random() * 8));
  writeSync(opened, byte, 0, 1, at);
  closeSync(opened);
  const verified: string[] = [];
  const onDamage = ({ table, row, what }: Damage): void =>
    void verified.push(`${table} ${row} ${what}`);
  const outcome = {
    read: await codeOf(() => readTables(copy, ['memory', 'objects'])),
    asked: await codeOf(() => askStopped(layOut(copy), { type: 'status' })),
  };
  const code = await codeOf(() => verifyNode({ dir: copy, onDamage }));
  if (code !== undefined) verified.push(String(code));
  rmSync(copy, { recursive: true });
  return { verified, ...outcome };
}

async function codeOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
}

/** Page numbers by what the page is; SQLite's own table of them leaves out the free ones. */
function kindsOfPages(path: string): ReadonlyMap<string, readonly number[]> {
  const db = new Database(path, { readonly: true });
  try {
    const sql = 'SELECT pageno, name, pagetype FROM dbstat';
    const used = db.prepare(sql).raw().all() as [number, string, string][];
    const kinds = new Map<string, number[]>();
    const add = (kind: string, page: number) => kinds.set(kind, [...(kinds.get(kind) ?? []), page]);
    for (const [page, name, type] of used) add(`${name}, ${type}`, page);
    const seen = new Set(used.map(([page]) => page));
    const count = db.pragma('page_count', { simple: true }) as number;
    for (let page = 1; page <= count; page += 1) if (!seen.has(page)) add('free', page);
    return kinds;
  } finally {
    db.close();
  }
}

const PAGE_BYTES = 4_096;

describe('damage', () => {
  it('Q51 a byte that changed in any kind of page is named, and no run answers from it', async () => {
    const kinds = kindsOfPages(node.base.database);
    const names = [...kinds.keys()];
    for (const wanted of ['memory, overflow', 'inbox, internal', 'object_memory, leaf', 'free']) {
      expect(names).toContain(wanted);
    }
    expect(names.filter((name) => name.endsWith('internal')).length).toBeGreaterThan(10);
    for (const [kind, pages] of someOf([...kinds], 4)) {
      const page = pages[Math.floor(random() * pages.length)]!;
      const at = (page - 1) * PAGE_BYTES + Math.floor(random() * PAGE_BYTES);
      const { verified, asked, read } = await withFlip('vat.db', at);
      const found = { seed: SEED, kind, at, named: verified.join('\n'), asked, read };
      expect(found).toMatchObject({
        named: expect.stringContaining(`page ${page} is not`),
        asked: 'QRT_STORE_CORRUPT',
        read: 'QRT_STORE_CORRUPT',
      });
    }
  }, 120_000);

  it('Q51 a byte that changed in the head of the file is noticed as well', async () => {
    for (const at of [0, 18, 24, 28, 44, 60, 68, 100, 105]) {
      const { verified, asked, read } = await withFlip('vat.db', at);
      expect({ at, asked, read }).toEqual({ at, asked: CORRUPT, read: CORRUPT });
      expect(verified.join(' ')).toMatch(/page 1 is not.*QRT_STORE_/);
    }
  });

  it('Q51 a byte that changed in the log of writes is named, where SQLite would undo commits', async () => {
    const killed = killedNode();
    const log = readFileSync(join(killed, 'vat.db-wal'));
    const frames = Math.floor((log.length - 32) / (PAGE_BYTES + 24));
    expect(frames).toBeGreaterThan(8);
    const places = [...Array(8)].map(() => 32 + Math.floor(random() * frames * (PAGE_BYTES + 24)));
    for (const at of [0, 9, 17, 25, ...places]) {
      const { verified, asked, read } = await withFlip('vat.db-wal', at, killed);
      expect({ at, asked, read }).toEqual({ at, asked: CORRUPT, read: CORRUPT });
      expect(verified.join('\n')).toMatch(/vat\.db-wal|QRT_STORE_CORRUPT/);
    }
  });

  it('Q51 sums that changed are noticed, too', async () => {
    const sums = readFileSync(join(node.base.dir, 'vat.db-sum'));
    for (let n = 0; n < 5; n += 1) {
      const at = 4 + Math.floor(random() * (sums.length - 4));
      const { asked, read } = await withFlip('vat.db-sum', at);
      expect({ at, asked, read }).toEqual({ at, asked: CORRUPT, read: CORRUPT });
    }
  });
});

const CORRUPT = 'QRT_STORE_CORRUPT';

/** A copy of the node as `kill -9` leaves it after some commits, its log with it. */
function killedNode(): string {
  const running = join(dir, 'running');
  cpSync(node.base.dir, running, { recursive: true });
  const store = openStore({ path: join(running, 'vat.db'), vat: node.vat });
  for (let n = 1; n <= 4; n += 1) {
    store.begin();
    for (let seq = 10 * n; seq < 10 * n + 5; seq += 1) store.deleteInbox(seq, seq);
    store.writeCounters({ ...store.readCounters(), commits: n });
    store.commit();
  }
  const killed = join(dir, 'killed');
  cpSync(running, killed, { recursive: true });
  store.close();
  rmSync(running, { recursive: true });
  return killed;
}
