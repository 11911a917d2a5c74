// Disk: what is committed of a test vat, read on a connection of its own.

import Database from 'better-sqlite3';
import { decode } from '../../src/core/capdata-decode.ts';
import type { LocalId } from '../../src/core/ids.ts';
import type { BaseDir } from '../../src/node/base-dir.ts';
import { readTables } from '../../src/node/inspect.ts';
import type { Table } from '../../src/node/tables.ts';
import type { Row } from '../../src/store/reader.ts';
import { openByHand } from '../sim/hand.ts';

/** A reference as it is found in stored data. */
export class HeldRef {
  readonly held: string;
  constructor(held: string) {
    this.held = held;
  }
}

/** Table → rows. */
export type Tables = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

export interface Disk {
  /** Rows of a table as `qrt dump` shows them. */
  rows(table: Exclude<Table, 'counters'>): readonly Row[];
  counters(): Readonly<Record<string, number>>;
  /** The value in the memory of an object; undefined when it has none. */
  memoryOf(object: LocalId | string): unknown;
  /** The object's row. */
  object(id: string): Row;
  /** Every table as it is on disk, read at one moment. */
  tables(): Tables;
  /** The same as one text: two that are equal are the same state. */
  snapshot(): string;
  /** Runs SQL on the file of a vat that is down. */
  tamper(sql: string): void;
}

export function makeDisk(base: BaseDir): Disk {
  const rows = (table: Table): readonly Row[] =>
    readTables(base.dir, [table]).get(table) as readonly Row[];
  const object = (id: string): Row => {
    const found = rows('objects').find((row) => row['id'] === id);
    if (!found) throw new Error(`there is no object ${id}`);
    return found;
  };
  const tables = (): Tables => {
    const db = new Database(base.database, { readonly: true });
    try {
      return db.transaction(() => readAll(db))();
    } finally {
      db.close();
    }
  };
  return {
    rows,
    counters: () => readTables(base.dir, ['counters']).get('counters') as Record<string, number>,
    object,
    memoryOf(id) {
      const memory = object(id)['memory'];
      const row = rows('memory').find((each) => each['id'] === memory);
      if (!row) return undefined;
      const data = { body: String(row['value']), slots: row['slots'] as string[] };
      return decode(data, { makeReference: (slot) => new HeldRef(slot) });
    },
    tables,
    snapshot: () => JSON.stringify(tables()),
    tamper(sql) {
      const db = openByHand(base.database);
      try {
        db.pragma('foreign_keys = OFF');
        db.exec(sql);
      } finally {
        db.close();
      }
    },
  };
}

function readAll(db: Database.Database): Tables {
  const names = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all() as string[];
  const entries = names.map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).all()]);
  return Object.fromEntries(entries) as Tables;
}
