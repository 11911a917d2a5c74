// Verify, pages: what SQLite itself finds, by the name of the table or index, and the schema's text.

import Database from 'better-sqlite3';
import { VERIFY_PROBLEMS_MAX } from '../core/limits.ts';
import { SCHEMA } from './schema.ts';
import type { Damage } from './verify-part.ts';

const FILE = 'vat.db';

/** Bytes of all pages. */
export function pageBytes(db: Database.Database): number {
  const size = db.pragma('page_size', { simple: true }) as number;
  return size * (db.pragma('page_count', { simple: true }) as number);
}

/** SQLite's own checks of all pages, rows against indexes, and foreign keys. */
export function* askSqlite(db: Database.Database): Iterable<Damage> {
  const names = readRoots(db);
  for (const line of ask(db, `integrity_check(${VERIFY_PROBLEMS_MAX})`)) {
    const text = String(line['integrity_check']);
    if (text === 'ok') continue;
    for (const what of text.split('\n').filter((each) => !each.startsWith('***'))) {
      const [, root = ''] = /^Tree (\d+)/.exec(what) ?? [];
      const [, quoted = ''] = / (?:index|in) (\w+)(?:\.|$)/.exec(what) ?? [];
      yield { table: names.get(Number(root)) ?? (quoted || FILE), row: '', what };
    }
  }
  for (const { table, rowid, parent } of ask(db, 'foreign_key_check')) {
    const row = rowid === null ? '' : `rowid ${rowid}`;
    yield { table: String(table), row, what: `refers to a row of ${parent} that is not there` };
  }
}

/** Pages that are not what was written, by the table or index that they belong to. */
export function* nameDamagedPages(
  db: Database.Database,
  pages: readonly number[],
): Iterable<Damage> {
  const names = pages.length === 0 ? new Map<number, string>() : readOwners(db);
  for (const page of pages.slice(0, VERIFY_PROBLEMS_MAX)) {
    const table = names.get(page) ?? FILE;
    yield { table, row: '', what: `page ${page} is not what was written there` };
  }
}

/** As far as the pages still say so. */
function readOwners(db: Database.Database): ReadonlyMap<number, string> {
  const owners = new Map<number, string>();
  try {
    const rows = db.prepare('SELECT pageno, name FROM dbstat').raw().iterate();
    for (const [page, name] of rows as Iterable<[number, string]>) owners.set(page, name);
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
  }
  return owners;
}

/** Whether tables and indexes are defined as in a new database. */
export function* checkSchema(db: Database.Database): Iterable<Damage> {
  const scratch = new Database(':memory:');
  try {
    scratch.exec(SCHEMA);
    const [wanted, found] = [readShape(scratch), readShape(db)];
    for (const name of new Set([...wanted.keys(), ...found.keys()])) {
      if (wanted.get(name) === found.get(name)) continue;
      const what = wanted.has(name)
        ? found.has(name)
          ? 'is not defined as this version does it'
          : 'is missing'
        : 'is nothing of ours';
      yield { table: name, row: '', what };
    }
  } finally {
    scratch.close();
  }
}

type Line = Readonly<Record<string, unknown>>;

/** What is too damaged for a check to come to its end is a finding, too. */
function ask(db: Database.Database, pragma: string): readonly Line[] {
  try {
    return db.pragma(pragma) as Line[];
  } catch (error) {
    return [{ integrity_check: (error as Error).message, table: FILE, rowid: null, parent: '' }];
  }
}

function readRoots(db: Database.Database): ReadonlyMap<number, string> {
  const rows = db.prepare('SELECT rootpage, name FROM sqlite_schema').raw().all();
  return new Map(rows as [number, string][]);
}

/** The same for a table that was made anew by a migration. */
function readShape(db: Database.Database): ReadonlyMap<string, string> {
  const rows = db.prepare('SELECT name, type, tbl_name, sql FROM sqlite_schema').raw().all();
  return new Map(
    (rows as (string | null)[][]).map(([name, type, table, sql]) => [
      String(name),
      [type, table, sql?.replace(/["\s]+/g, ' ').trim()].join(' '),
    ]),
  );
}
