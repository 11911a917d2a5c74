// The operator's answers, many: five hundred, in a thorough run ten thousand, leave the rows of their
// requests, and nothing when those are forgotten.

import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { REQUEST_KEEP_MS, REQUEST_KEEP_ROWS } from '../../src/core/limits.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, type World } from '../sim/world.ts';
import { isThorough } from '../thorough.ts';

const SENDS = isThorough ? 10_000 : 500;

let world: World;
afterEach(() => world.close());

/** How many rows each table has. */
function countRows({ path }: TestVat): Readonly<Record<string, number>> {
  const db = new Database(path, { readonly: true });
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all() as string[];
  const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  const rows = Object.fromEntries(tables.map((table) => [table, count(table) as number]));
  db.close();
  return rows;
}

it('Q58 answers that the operator asked for leave nothing but requests, and those go too', {
  timeout: 600_000,
}, () => {
  world = makeWorld();
  const one = world.vat('one');
  const object = one.install();
  const before = countRows(one);
  for (let n = 0; n < SENDS; n += 1) {
    const id = `ask-${n}`;
    const steps = n % 3 === 0 ? [['throw', 'no'] as const] : [['return', `${n}`] as const];
    one.send(object, steps, { id, answer: true });
    one.ask({ type: 'result', id, wait: true });
    if (n === SENDS / 2) one.crash();
  }
  world.run();
  const { promise: kept, request, log, ...rest } = countRows(one);
  expect({ kept, request }).toEqual({ kept: SENDS, request: (before['request'] ?? 0) + SENDS });
  const { promise, request: requests, log: lines, ...others } = before;
  expect({ promise, lines, rest }).toEqual({ promise: 0, lines: 0, rest: others });
  expect(log).toBeGreaterThan(0);
  expect(damagesOf(one, one.path)).toEqual([]);

  world.stall(REQUEST_KEEP_MS + 1_000);
  const store = one.store();
  store.begin();
  for (let n = 0; n < REQUEST_KEEP_ROWS; n += 1) {
    const row = { digest: new Uint8Array(32), reply: '{}', timeMs: world.nowMs() };
    store.insertRequest({ id: `fill-${n}`, ...row });
  }
  store.commit();
  one.send(object);
  world.run();
  expect(countRows(one)).toMatchObject({ promise: 0, request: REQUEST_KEEP_ROWS + 1 });
  expect(damagesOf(one, one.path)).toEqual([]);
});
