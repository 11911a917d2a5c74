// Migration: a database that the first version of qrt made opens, and nothing of it is lost.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalId, makeVatId } from '../../src/core/ids.ts';
import type { ControlRequest } from '../../src/kernel/ports.ts';
import { createStore, openStore } from '../../src/store/open.ts';
import { disagreements } from '../sim/checks.ts';
import { settle } from '../sim/keeper.ts';
import { makeWorld, notesOf } from '../sim/world.ts';
import { APPLICATION_ID_1, SCHEMA_1 } from './schema-1.ts';

const vat = makeVatId(new Uint8Array(32).fill(1));
const hash = (mark: number): Uint8Array => new Uint8Array(32).fill(mark);
const hex = (mark: number): string => Buffer.from(hash(mark)).toString('hex');
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qrt-migration-'));
  path = join(directory, 'vat.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Two objects, one of them with a QRID that a peer redeemed, and a row in every table. */
const ROWS = `
UPDATE counters SET turn = 9, owner = 1, import = 2, inbox = 3, link = 2, log = 1;
INSERT INTO owner VALUES (1, 'counter.js', 1700000000000);
INSERT INTO native_grant VALUES ('log');
INSERT INTO code VALUES ('${'c'.repeat(64)}', '() => 1');
INSERT INTO memory VALUES ('m1.1', 1, '{"count":7}', '[]');
INSERT INTO object VALUES ('o1.0', 1, '${'c'.repeat(64)}', '{}', '[]', '{}', 'm1.1', 'live');
INSERT INTO object VALUES ('o2.0', 1, '${'c'.repeat(64)}', '{}', '["i1"]', '{}', NULL, 'live');
INSERT INTO swissnum VALUES (x'${hex(1)}', 'o1.0', x'${hex(2)}');
INSERT INTO link VALUES (1, 'peer one', 'ok', '', NULL, 1, 3, 5, 0, 1, 'QRT_NO_OBJECT',
  4, x'${hex(3)}', 2, x'${hex(4)}', 1, x'${hex(0)}', 1, x'${hex(0)}', 3, x'${hex(5)}', 0, x'${hex(0)}');
INSERT INTO link VALUES (2, 'peer two', 'doubt', 'another history', NULL, 0, 1, 0, 2, 0, '',
  1, x'${hex(0)}', 1, x'${hex(0)}', 1, x'${hex(0)}', 1, x'${hex(0)}', 0, x'${hex(0)}', 0, x'${hex(0)}');
INSERT INTO export VALUES (1, 'item', 1, 'o1.0', 0);
INSERT INTO export VALUES (1, 'item', 2, 'o0.0', 0);
INSERT INTO export VALUES (1, 'export', 1, 'o2.0', 4);
INSERT INTO import VALUES ('i1', 1, 'item', 1, 1, x'${hex(6)}', 0);
INSERT INTO import VALUES ('i2', 1, 'export', 1, 1, NULL, 2);
INSERT INTO forward VALUES (1, 3, 2, 8);
INSERT INTO inbox VALUES (1, 3, 'operator', 'o1.0', '1', '[]', 't', NULL, NULL, 0, 0, 1);
INSERT INTO outbox VALUES (1, 1, 2, x'00', x'${hex(7)}', 'o1', 1700000000001);
INSERT INTO outbox VALUES (1, 1, 3, x'0000', x'${hex(3)}', 'strangers', 1700000000002);
INSERT INTO contact VALUES ('peer one', 1, '', '[]', 'http://127.0.0.1:1');
INSERT INTO quarantine VALUES (1, 1, 'o1.0', 'cpu', 2, '1', '[]', 't', 1);
INSERT INTO log VALUES (1, 1, 1, 'log', 'o1.0', 'line');
INSERT INTO request VALUES ('an install', x'00', '{"object":"o1.0","code":"c"}', 1);
INSERT INTO request VALUES ('a send', x'01', '{"id":"a send","target":"i1","to":"outbox"}', 2);
`;

/** Makes a database as version 1 did. */
function makeVersion1(rows = ROWS): void {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('foreign_keys = OFF');
  db.exec(SCHEMA_1);
  db.prepare('INSERT INTO meta VALUES (?, ?)').run('vat', vat);
  db.pragma(`application_id = ${APPLICATION_ID_1}`);
  db.pragma('user_version = 1');
  db.exec(rows);
  db.close();
}

/** Looks at a database from outside. */
function look<T>(read: (db: Database.Database) => T): T {
  const db = new Database(path, { readonly: true });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

/** Tables, columns, constraints and indexes, whatever the way in which they were made. */
function shapeOf(db: Database.Database): unknown {
  const made = db
    .prepare("SELECT type, name, tbl_name AS 'table', sql FROM sqlite_master ORDER BY type, name")
    .all() as { type: string; name: string; table: string; sql: string | null }[];
  return made.map((row) => ({ ...row, sql: row.sql?.replace(/["\s]+/g, ' ').trim() }));
}

describe('migration', () => {
  it('what the peer knows for certain of old names stands in a first checkpoint', () => {
    const message = (slots: string) => `["message","q1",[${slots}],0,0,"${'0'.repeat(32)}"]\n{}`;
    const held = (number: number, slots: string): string =>
      `INSERT INTO outbox VALUES (1, 1, ${number}, x'${Buffer.from(message(slots)).toString('hex')}',
        x'${hex(7)}', 'o1', 1);`;
    // x1 was mentioned before, too; x2 in what is held alone.
    const rows = ROWS.replace(/INSERT INTO outbox .*\n/g, '').replace(
      "'peer one', 'ok', '', NULL, 1, 3",
      "'peer one', 'ok', '', NULL, 1, 4",
    );
    makeVersion1(`${rows} ${held(2, '"x1","x2","y1"')} ${held(3, '"x1","x2"')}
      INSERT INTO export VALUES (1, 'export', 2, 'o2.0', 2);
      INSERT INTO export VALUES (1, 'export', 3, 'o2.0', 9);`);
    openStore({ path, vat }).close();
    expect(look((db) => db.prepare('SELECT * FROM checkpoint').all())).toEqual([
      { link: 1, half: 'received', number: 3, tail: Buffer.from(hash(5)), exports: 0 },
      { link: 1, half: 'sent', number: 2, tail: Buffer.from(hash(4)), exports: 2 },
      { link: 2, half: 'sent', number: 1, tail: Buffer.from(hash(0)), exports: 1 },
    ]);
  });

  it('a migrated database has the very tables of a new one', () => {
    makeVersion1();
    openStore({ path, vat }).close();
    const migrated = look(shapeOf);
    path = join(directory, 'new.db');
    createStore({ path, vat });
    expect(migrated).toEqual(look(shapeOf));
  });

  it('no row is lost, and what was known stands in the new columns', () => {
    makeVersion1();
    const tables = [...SCHEMA_1.matchAll(/CREATE TABLE (\w+)/g)].map(([, name]) => name!);
    const readAll = (db: Database.Database) =>
      tables.map((name) => [name, db.prepare(`SELECT * FROM ${name}`).all()] as const);
    const before = new Map(look(readAll));
    openStore({ path, vat }).close();
    const after = new Map(look(readAll));
    expect(before.size).toBe(18);
    for (const [name, rows] of before) {
      expect(rows, name).not.toEqual([]);
      if (name !== 'request') expect(after.get(name), name).toMatchObject(rows);
    }
    expect(after.get('swissnum')).toMatchObject([
      { label: '', made_ms: 1_700_000_000_000, last_used_ms: null, revoked_ms: null },
    ]);
    expect(after.get('link')).toMatchObject([{ opened_by: null }, { opened_by: null }]);
    const count = 'SELECT (SELECT count(*) FROM settling) + (SELECT count(*) FROM settle_choice)';
    expect(look((db) => db.prepare(count).pluck().get())).toBe(0);
    const redeemed = Buffer.from(hash(1));
    expect(after.get('export')).toMatchObject([
      { kind: 'export', number: 1, given: 1, swiss_hash: null },
      { kind: 'item', number: 1, given: 0, swiss_hash: redeemed },
      { kind: 'item', number: 2, swiss_hash: null },
    ]);
    expect(after.get('request')).toMatchObject([
      { reply: '{"id":"a send","target":"i1","to":"outbox"}' },
      { reply: `{"object":"o1.0","code":"c","hash":"${hex(1)}"}` },
    ]);
  });

  it('a settling that version 3 began begins again, and what it had not finished is in doubt', () => {
    createStore({ path, vat });
    const db = new Database(path);
    const zeros = `x'${hex(0)}'`;
    const lane = `1, ${zeros}, 1, ${zeros}`;
    const link = (id: number, state: string): string =>
      `INSERT INTO link VALUES (${id}, 'peer ${id}', '${state}', 'why', NULL, 0, 1, 0, 0, 0, '',
        ${lane}, ${lane}, 0, ${zeros}, 0, ${zeros}, NULL, 0, 0);`;
    const settling = (id: number, stage: string): string =>
      `INSERT INTO settling VALUES (${id}, '${stage}', x'00', NULL, '{}', '{}', 1, 0, NULL);
       INSERT INTO settle_choice VALUES (${id}, 1, 'resend');`;
    const states = ['doubt', 'unchecked', 'ok', 'unchecked'];
    const stages = ['ready', 'done', 'done', 'reset'];
    for (const [at, state] of states.entries()) {
      db.exec(link(at + 1, state) + settling(at + 1, stages[at]!));
    }
    for (const table of ['checkpoint', 'pending', 'promise', 'holding']) {
      db.exec(`DROP TABLE ${table}`);
    }
    db.exec('DROP INDEX request_answer');
    db.exec('DROP INDEX export_promise');
    db.exec('DROP INDEX contact_via; ALTER TABLE contact DROP COLUMN via');
    for (const end of ['seen', 'given']) db.exec(`ALTER TABLE link DROP COLUMN ${end}_export`);
    db.exec('ALTER TABLE export DROP COLUMN told');
    for (const table of ['inbox', 'request']) db.exec(`ALTER TABLE ${table} DROP COLUMN answer`);
    db.pragma('user_version = 3');
    db.close();
    rmSync(`${path}-sum`, { force: true });
    openStore({ path, vat }).close();
    const column = (sql: string) => look((read) => read.prepare(sql).pluck().all());
    expect(column('SELECT state FROM link')).toEqual(['doubt', 'doubt', 'ok', 'unchecked']);
    expect(column('SELECT reason FROM link')[1]).toMatch(/older version/);
    expect(column('SELECT link FROM settling')).toEqual([4]);
    expect(column('SELECT link FROM settle_choice')).toEqual([4]);
  });

  it('foreign keys are in force afterwards', () => {
    makeVersion1();
    const store = openStore({ path, vat });
    store.begin();
    const name = { link: 99, kind: 'export', number: 1, local: 'o1.0' as LocalId } as const;
    expect(() => store.insertExport(name)).toThrow(/FOREIGN KEY/);
    store.close();
  });

  it('a database that does not hold together stays as it was: QRT_STORE_CORRUPT', () => {
    makeVersion1(`${ROWS} INSERT INTO export VALUES (77, 'export', 1, 'o2.0', 4);`);
    const before = look(shapeOf);
    const open = () => openStore({ path, vat });
    expect(open).toThrow(expect.objectContaining({ code: 'QRT_STORE_CORRUPT' }));
    expect(open).toThrow(/export refers to nothing/);
    expect(look(shapeOf)).toEqual(before);
    expect(look((db) => db.pragma('user_version', { simple: true }))).toBe(1);
  });

  it('a vat goes on with what version 1 left in the middle of its work', () => {
    const world = makeWorld();
    const [one, two] = [world.vat('one'), world.vat('two')];
    const text = 'function (args, power) { return 7; }';
    const code = { text, hash: createHash('sha256').update(text).digest('hex') };
    const power = { body: '{}', slots: [] };
    const head = { type: 'install', id: 'again', name: 'name' } as const;
    const install: ControlRequest = { ...head, code, grants: [], power };
    const installed = one.control(install);
    const [ofOne, ofTwo] = [one.install(), two.install()];
    one.send(ofTwo, [['keep', 0]], { slots: [ofOne] });
    two.send(ofOne, [['note', 'first']]);
    world.run();
    two.halt();
    one.send(ofTwo, [['tell', 0, [['note', 'home again']]]]);
    one.halt();
    path = one.path;
    downgrade();
    one.revive();
    two.revive();
    expect(world.run()).toBe(true);
    expect(one.control(install)).toEqual(installed);
    // What is common is known from the moment of the migration on.
    const later = one.backup();
    one.send(ofTwo, [['note', 'lost to the sender']]);
    world.run();
    one.halt();
    later();
    one.revive();
    one.send(ofTwo, [['note', 'noticed']]);
    world.run(60_000);
    settle(one, two, { rest: 'resend' });
    world.run();
    expect(notesOf(two, ofTwo)).toContain('noticed');
    two.send(ofOne, [['note', 'later']]);
    world.run();
    expect(notesOf(one, ofOne)).toEqual(['first', 'home again', 'later']);
    expect(disagreements(world)).toEqual([]);
    world.close();
  });
});

/** Writes what is in the database at `path` into the tables of version 1. */
function downgrade(): void {
  const old = `${path}-1`;
  const db = new Database(old);
  db.pragma('foreign_keys = OFF');
  db.exec(SCHEMA_1);
  db.prepare('ATTACH ? AS newer').run(path);
  const tables = db
    .prepare("SELECT name FROM main.sqlite_master WHERE type = 'table'")
    .pluck()
    .all() as string[];
  for (const table of tables) {
    const columns = db.pragma(`main.table_info(${table})`) as { name: string }[];
    const names = columns.map(({ name }) => name).join(', ');
    db.exec(
      `DELETE FROM main.${table}; INSERT INTO main.${table} SELECT ${names} FROM newer.${table}`,
    );
  }
  db.exec("UPDATE main.request SET reply = json_remove(reply, '$.hash')");
  db.pragma(`main.application_id = ${APPLICATION_ID_1}`);
  db.pragma('main.user_version = 1');
  db.exec('DETACH newer');
  db.close();
  for (const end of ['', '-wal', '-shm', '-sum']) rmSync(path + end, { force: true });
  const copy = new Database(old);
  copy.exec(`VACUUM INTO '${path}'`);
  copy.close();
}
