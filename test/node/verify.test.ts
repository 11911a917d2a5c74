// Verify: what is wrong with a database is named by table and row, and nothing else is.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERIFY_PROBLEMS_MAX } from '../../src/core/limits.ts';
import { verifyNode } from '../../src/node/verify.ts';
import type { Damage } from '../../src/store/verify-part.ts';
import { openByHand } from '../sim/hand.ts';
import { makeRichNode } from './rich-node.ts';

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'qrt-verify-'));
  await makeRichNode(join(dir, 'NODE'), { rows: 12, signed: 2 });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What is found in a copy of the node after `sql`. */
function findAfter(sql: string): { damages: Damage[]; code: unknown; rows: number } {
  const copy = join(dir, 'copy');
  cpSync(join(dir, 'NODE'), copy, { recursive: true });
  const db = openByHand(join(copy, 'vat.db'));
  db.pragma('foreign_keys = OFF');
  db.exec(sql);
  db.close();
  const damages: Damage[] = [];
  try {
    const { rows } = verifyNode({ dir: copy, onDamage: (damage) => damages.push(damage) });
    return { damages, code: undefined, rows };
  } catch (error) {
    return { damages, code: (error as { code?: unknown }).code, rows: 0 };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** SQL, the table that is named, the row, and a word of what is said. */
const DAMAGES: readonly (readonly [sql: string, table: string, row: string, what: string])[] = [
  ["UPDATE code SET text = text || ' ' WHERE text = '() => 3'", 'code', '', 'its text'],
  [`UPDATE memory SET slots = '["o77.0"]' WHERE id = 'm2.1'`, 'memory', 'm2.1', 'o77.0'],
  [`UPDATE memory SET slots = '["m1.1"]' WHERE id = 'm2.1'`, 'memory', 'm2.1', 'no list'],
  ["UPDATE memory SET id = 'm90.1' WHERE id = 'm2.1'", 'memory', 'm90.1', 'turn 90'],
  ["UPDATE object SET code = NULL WHERE id = 'o5.0'", 'object', 'o5.0', 'no code'],
  ["UPDATE object SET memory = 'm9.9' WHERE id = 'o5.0'", 'object', 'rowid', 'memory'],
  [`UPDATE object SET natives = '{"x":"fs"}' WHERE id = 'o5.0'`, 'object', 'o5.0', 'natives'],
  ["UPDATE object SET owner = 99 WHERE id = 'o5.0'", 'object', 'rowid', 'owner'],
  ["UPDATE swissnum SET salt = zeroblob(32) WHERE object = 'o2.0'", 'swissnum', '', 'salt'],
  ["UPDATE inbox SET target = 'o88.0' WHERE seq = 4", 'inbox', '4', 'o88.0'],
  ["UPDATE inbox SET target = 'o9.0' WHERE seq = 4", 'inbox', '4', 'another owner'],
  ['UPDATE inbox SET bytes = bytes + 1 WHERE seq = 4', 'inbox', '4', 'counts'],
  ['UPDATE inbox SET origin_link = 99, origin_number = 1 WHERE seq = 4', 'inbox', '4', 'a link'],
  ['DELETE FROM outbox WHERE link = 3 AND number = 1', 'outbox', 'link 3, lane 1', 'number 1'],
  ['DELETE FROM outbox WHERE link = 3 AND number = 2', 'outbox', 'link 3, lane 1', 'end here'],
  ['UPDATE outbox SET item = zeroblob(9) WHERE link = 4', 'outbox', 'link 4', 'its tail'],
  ['UPDATE outbox SET tail = zeroblob(32) WHERE link = 4', 'outbox', 'link 4', 'its tail'],
  [
    "INSERT INTO checkpoint VALUES (3, 'sent', 999, zeroblob(32), 0)",
    'checkpoint',
    '3 sent 999',
    'never',
  ],
  [
    "INSERT INTO checkpoint VALUES (3, 'sent', 1, zeroblob(31), 0)",
    'checkpoint',
    '3 sent 1',
    'tail',
  ],
  ["UPDATE contact SET serial = serial + 1 WHERE urls LIKE '%host-2:%'", 'contact', '', 'signed'],
  [`UPDATE contact SET urls = '[]' WHERE urls LIKE '%host-2:%'`, 'contact', '', 'signed'],
  [`UPDATE quarantine SET slots = '["i99"]' WHERE id = 3`, 'quarantine', '3', 'i99'],
  ["UPDATE request SET reply = '{' WHERE id = 'request-2'", 'request', 'request-2', 'JSON'],
  ["INSERT INTO native_grant VALUES ('fs')", 'native_grant', 'fs', 'no such power'],
  ['UPDATE counters SET inbox = 3', 'counters', '3', 'inbox lies behind'],
  ['UPDATE counters SET import = 3', 'counters', '3', 'import lies behind'],
  ['UPDATE counters SET log = 3', 'counters', '3', 'log lies behind'],
  ['UPDATE counters SET turn = 3', 'counters', '1', 'more turns'],
  ['UPDATE link SET out1_next = 9 WHERE id = 2', 'outbox', 'link 2, lane 1', 'end here'],
  ['UPDATE link SET out1_receipted = 7 WHERE id = 2', 'link', '2', 'more is receipted'],
  ["UPDATE link SET in1_tail = x'00' WHERE id = 2", 'link', '2', '32 bytes'],
  ['UPDATE link SET next_export = 1 WHERE id = 2', 'link', '2', 'exports'],
  ["UPDATE link SET vat = 'nobody' WHERE id = 2", 'link', '2', 'no id'],
  ["UPDATE export SET local = 'o90.0' WHERE link = 6", 'export', '6 export 1', 'nothing'],
  [
    "UPDATE export SET number = 40 WHERE link = 6 AND kind = 'item'",
    'export',
    '6 item 40',
    'never',
  ],
  ["UPDATE import SET id = 'i08' WHERE id = 'i8'", 'import', 'i08', 'its id'],
  ["UPDATE import SET swiss_hash = x'01' WHERE id = 'i8'", 'import', 'i8', 'its hash'],
  ['UPDATE forward SET number = 70 WHERE link = 5', 'forward', '5 70', 'way back'],
  ['UPDATE log SET owner = 70 WHERE seq = 5', 'log', '5', 'owner'],
  ['DROP INDEX export_local', 'export_local', '', 'missing'],
  ['CREATE TABLE other (id)', 'other', '', 'nothing of ours'],
];

describe('verify', () => {
  it('finds nothing wrong with a node that is whole, and reads every table', () => {
    expect(findAfter('')).toMatchObject({ damages: [], code: undefined });
    expect(findAfter('').rows).toBeGreaterThan(80);
  });

  it.each(DAMAGES)('tells of `%s`', (sql, table, row, what) => {
    const { damages, code } = findAfter(sql);
    expect(code).toBe('QRT_STORE_CORRUPT');
    const named = damages.map((each) => `${each.table} ${each.row}: ${each.what}`).join('\n');
    expect(named).toContain(`${table} ${row}`);
    expect(named).toContain(what);
  });

  it('tells the first few of many problems of one table', () => {
    const { damages } = findAfter("UPDATE inbox SET trace = 'x', bytes = 1");
    expect(damages).toHaveLength(VERIFY_PROBLEMS_MAX);
  });
});
