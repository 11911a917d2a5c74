import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import { openBaseDir } from '../../src/node/base-dir.ts';
import { createNode } from '../../src/node/create.ts';
import { readTables, type TableFilter, viewTables } from '../../src/node/inspect.ts';
import { TABLES, type Table } from '../../src/node/tables.ts';
import { codeOf, makeScratch } from './scratch.ts';

const BOB = makeVatId(new Uint8Array(32).fill(1));
const CAROL = makeVatId(new Uint8Array(32).fill(2));
/** More than are read at once. */
const MANY = 200;

const link = (id: number, vat: string, petname: string | null): string => `
  INSERT INTO link (id, vat, state, reason, petname, is_known, next_export, record_sent, gaps,
    refusals, last_refusal, out1_next, out1_tail, out1_receipted, out1_receipted_tail, out2_next,
    out2_tail, out2_receipted, out2_receipted_tail, in1_next, in1_tail, in2_next, in2_tail,
    seen_export, given_export)
  VALUES (${id}, '${vat}', 'ok', '', ${petname === null ? 'NULL' : `'${petname}'`}, 1, 1, 0, 0, 0,
    '', 1, x'00', 1, x'00', 1, x'00', 1, x'00', 1, x'00', 1, x'00', 0, 0);`;

const object = (
  id: string,
  owner: number,
  rest: { slots?: string; power?: string; memory?: string },
) => `
  INSERT INTO object (id, owner, code, body, slots, natives, memory, state)
  VALUES ('${id}', ${owner}, NULL, '${rest.power ?? '{}'}', '${rest.slots ?? '[]'}', '{}',
    ${rest.memory === undefined ? 'NULL' : `'${rest.memory}'`}, 'live');`;

const message = (seq: number, owner: number, target: string, slots = '[]') => `
  INSERT INTO inbox (owner, seq, share, target, body, slots, trace, attempts_limit,
    attempts_unknown, bytes, origin_link)
  VALUES (${owner}, ${seq}, 'operator', '${target}', '{"to":{"$":0}}', '${slots}', 't', 0, 0, 10,
    ${owner === 1 ? 'NULL' : 2});`;

const FILL = `
  INSERT INTO owner (id, name, created_ms) VALUES (1, 'one', 0), (2, 'two', 0);
  ${link(1, BOB, 'bob')} ${link(2, CAROL, null)}
  INSERT INTO import (id, link, kind, number, is_live, received) VALUES ('i1', 1, 'export', 1, 1, 1);
  INSERT INTO export (link, kind, number, local, sent, given, told)
  VALUES (2, 'export', 1, 'o2.0', 1, 1, 0);
  INSERT INTO memory (id, owner, body, slots)
  VALUES ('m1.1', 1, '{"list":[{"$":0},{"$":1}]}', '["i1","o2.0"]'), ('m2.1', 2, '{}', '[]');
  ${object('o1.0', 1, { memory: 'm1.1', power: '{"friends":[{"$":0}]}', slots: '["o2.0"]' })}
  ${object('o1.2', 1, { memory: 'm1.1' })}
  ${object('o2.0', 2, { memory: 'm2.1' })}
  ${message(1, 1, 'o1.0', '["o2.0"]')} ${message(2, 2, 'o2.0', '["o1.0"]')}
  INSERT INTO quarantine (id, owner, target, cause, attempts, body, slots, trace, time_ms)
  VALUES (1, 2, 'o2.0', 'heap', 2, '1', '[]', 't', 5);
  INSERT INTO swissnum (hash, object, salt, label, made_ms)
  VALUES (x'${'ab'.repeat(32)}', 'o1.0', x'00', 'for bob', 5);
  INSERT INTO outbox (link, lane, number, item, tail, share, queued_ms)
  VALUES (1, 1, 1, x'0000', x'00', 'operator', 7), (2, 1, 1, x'00', x'00', 'operator', 8);`;

describe('inspect', () => {
  let dir: string;
  let run: (sql: string) => void;
  beforeEach(async () => {
    dir = join(makeScratch(), 'one');
    await createNode({ dir, host: '127.0.0.1', port: undefined, urls: undefined });
    run = (sql) => {
      const db = new Database(openBaseDir(dir).database);
      db.pragma('foreign_keys = OFF');
      db.exec(sql);
      db.close();
    };
    run(FILL);
  });

  const rowsOf = (table: Table, filter: TableFilter = {}) => {
    const [view] = viewTables({ dir, table, filter });
    return view;
  };
  /** Rows MUST be taken before the next view. */
  const ids = (table: Table, name: string, filter: TableFilter = {}) => {
    for (const { rows } of viewTables({ dir, table, filter }))
      return [...rows].map((row) => row[name]);
    return undefined;
  };

  it('every table has its columns, also when it is empty', async () => {
    const empty = join(makeScratch(), 'empty');
    await createNode({ dir: empty, host: '127.0.0.1', port: undefined, urls: undefined });
    for (const { table, columns, rows } of viewTables({ dir: empty, table: undefined })) {
      expect(columns.length, table).toBeGreaterThan(1);
      expect([...rows], table).toHaveLength(table === 'counters' ? 1 : 0);
    }
    expect([...viewTables({ dir, table: undefined })].map(({ table }) => table)).toEqual(TABLES);
  });

  it('the columns are those that the rows have', () => {
    for (const { table, columns, rows } of viewTables({ dir, table: undefined })) {
      for (const row of rows) expect(Object.keys(row), table).toEqual(columns);
    }
  });

  it('a table of any size comes whole, in order, and once', () => {
    const all = Array.from({ length: MANY }, (_, n) => `o9.${n}`);
    run(all.map((id) => object(id, 1, {})).join(''));
    expect(ids('objects', 'id')).toEqual(['o1.0', 'o1.2', 'o2.0', ...all]);
    run(Array.from({ length: MANY }, (_, n) => message(n + 10, 1 + (n % 2), 'o1.0')).join(''));
    const seqs = ids('inbox', 'seq') as number[];
    expect(seqs).toHaveLength(MANY + 2);
    expect(new Set(seqs).size).toBe(MANY + 2);
    expect(ids('inbox', 'seq', { limit: MANY / 2 })).toEqual(seqs.slice(0, MANY / 2));
  });

  it('a row that is written while a table is read does not stop the reading', () => {
    run(Array.from({ length: MANY }, (_, n) => object(`o9.${n}`, 1, {})).join(''));
    let count = 0;
    for (const { rows } of viewTables({ dir, table: 'objects' })) {
      for (const _ of rows) {
        if (count === 10) run("DELETE FROM object WHERE id = 'o9.199'");
        count += 1;
      }
    }
    expect(count).toBe(MANY + 2);
  });

  it('references say who can send to what, from which place', () => {
    const shown = (
      readTables(dir, ['references']).get('references') as Record<string, unknown>[]
    ).map(({ kind, from, holders, place, to, peer, owner }) =>
      [kind, from, (holders as string[]).join('+'), place, to, peer, owner].join(' '),
    );
    expect(shown).toEqual([
      'object o1.0 o1.0 power.friends[0] o2.0  1',
      `memory m1.1 o1.0+o1.2 memory.list[0] i1 ${BOB} 1`,
      'memory m1.1 o1.0+o1.2 memory.list[1] o2.0  1',
      'message 1 o1.0 args.to o2.0  1',
      'message 2 o2.0 args.to o1.0  2',
      `peer ${CAROL}  export 1 o2.0  `,
    ]);
  });

  it('references are narrowed to an object on either end, to an owner, to a peer', () => {
    expect(ids('references', 'from', { object: 'o1.2' })).toEqual(['m1.1', 'm1.1']);
    expect(ids('references', 'from', { object: 'o1.0' })).toHaveLength(5);
    expect(ids('references', 'from', { owner: 2 })).toEqual(['2']);
    expect(ids('references', 'from', { peer: 'bob' })).toEqual(['m1.1']);
    expect(ids('references', 'from', { peer: CAROL })).toEqual([CAROL]);
  });

  it('an object that is asked for is among the holders of a memory that many share', () => {
    const many = Array.from({ length: 20 }, (_, n) => object(`o9.${n}`, 1, { memory: 'm1.1' }));
    run(many.join(''));
    expect(ids('references', 'from', { object: 'o9.19' })).toEqual(['m1.1', 'm1.1']);
  });

  it.each<[Table, TableFilter, string, unknown[]]>([
    ['objects', { object: 'o1.2' }, 'id', ['o1.2']],
    ['objects', { owner: 2 }, 'id', ['o2.0']],
    ['objects', { owner: 1, limit: 1 }, 'id', ['o1.0']],
    ['memory', { object: 'o1.2' }, 'id', ['m1.1']],
    ['memory', { owner: 2 }, 'id', ['m2.1']],
    ['inbox', { object: 'o1.0' }, 'seq', [1]],
    ['inbox', { peer: CAROL.slice(0, 6) }, 'seq', [2]],
    ['inbox', { peer: 'bob' }, 'seq', []],
    ['outbox', { peer: 'bob' }, 'queuedMs', [7]],
    ['outbox', { peer: 'BoB' }, 'queuedMs', [7]],
    ['peers', { peer: CAROL }, 'vat', [CAROL]],
    ['quarantine', { owner: 2 }, 'cause', ['heap']],
    ['quarantine', { object: 'o1.0' }, 'cause', []],
    ['qrids', { object: 'o1.0' }, 'hash', ['ab'.repeat(6)]],
    ['qrids', { owner: 2 }, 'hash', []],
  ])('%s by %j', (table, filter, column, found) => {
    expect(ids(table, column, filter)).toEqual(found);
  });

  it('a filter that does not fit the table is refused and told where it fits', async () => {
    await expect(async () => rowsOf('outbox', { owner: 1 })).rejects.toThrow(
      '--owner: not for outbox, only for objects, memory, inbox, references, quarantine, qrids.',
    );
    for (const filter of [{ limit: 1 }, { object: 'o1.0' }]) {
      expect(await codeOf(() => rowsOf('counters', filter))).toBe('QRT_ARGUMENT_INVALID');
    }
    expect(await codeOf(() => rowsOf('objects', { object: 'x' }))).toBe('QRT_ARGUMENT_INVALID');
  });

  it('without a table, filters choose those that they fit', () => {
    const tables = (filter: TableFilter) =>
      [...viewTables({ dir, table: undefined, filter })].map(({ table }) => table);
    expect(tables({ object: 'o1.0', peer: 'bob' })).toEqual(['inbox', 'references']);
    expect(tables({ peer: 'bob' })).toEqual(['inbox', 'outbox', 'peers', 'references']);
    expect(tables({ limit: 1 })).toEqual(TABLES.filter((table) => table !== 'counters'));
  });

  it('QRIDs are shown with what the database knows of them, also before it is migrated', () => {
    const shown = () => readTables(dir, ['qrids']).get('qrids');
    const common = { hash: 'ab'.repeat(6), object: 'o1.0' };
    const rest = { label: 'for bob', madeMs: 5, lastUsedMs: null, revokedMs: null };
    expect(shown()).toEqual([{ ...common, ...rest }]);
    for (const column of ['label', 'made_ms', 'last_used_ms', 'revoked_ms']) {
      run(`ALTER TABLE swissnum DROP COLUMN ${column}`);
    }
    expect(shown()).toEqual([common]);
  });

  it('a peer that fits no link, or several, is refused', async () => {
    const common = [3, 4].map((id) => link(id, `AAAAAA${'B'.repeat(36)}${id}`, null));
    run(common.join(''));
    for (const peer of ['nobody', BOB.slice(0, 5)]) {
      expect(await codeOf(() => rowsOf('peers', { peer })), peer).toBe('QRT_PEER_UNKNOWN');
    }
    expect(await codeOf(() => rowsOf('peers', { peer: 'AAAAAA' }))).toBe('QRT_PEER_AMBIGUOUS');
    expect(ids('peers', 'vat', { peer: `AAAAAA${'B'.repeat(36)}4` })).toHaveLength(1);
  });
});
