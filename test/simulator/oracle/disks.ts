// Disks: what is committed on the disks of a run, read with plain SQL over connections of our own.

import Database from 'better-sqlite3';
import type { SimVat } from '../stage.ts';

/** Read-only statements on one vat's database; they see what is committed, and nothing else. */
export interface Disk {
  all<Row>(sql: string, ...values: readonly unknown[]): readonly Row[];
  one<Row>(sql: string, ...values: readonly unknown[]): Row | undefined;
}

export interface Disks {
  of(vat: SimVat): Disk;
  /** Lets go of a database whose file may be put in another's place. */
  forget(vat: SimVat): void;
  close(): void;
}

interface Reader {
  readonly db: Database.Database;
  readonly lives: number;
  readonly statements: Map<string, Database.Statement>;
}

export function makeDisks(): Disks {
  const readers = new Map<SimVat, Reader>();

  const forget = (vat: SimVat): void => {
    readers.get(vat)?.db.close();
    readers.delete(vat);
  };

  /** A life may begin with other files, so each has a connection of its own. */
  const readerOf = (vat: SimVat): Reader => {
    const found = readers.get(vat);
    if (found && found.lives === vat.lives()) return found;
    forget(vat);
    const db = new Database(vat.path, { readonly: true, fileMustExist: true });
    const reader = { db, lives: vat.lives(), statements: new Map() };
    readers.set(vat, reader);
    return reader;
  };

  const prepare = (vat: SimVat, sql: string): Database.Statement => {
    const { db, statements } = readerOf(vat);
    const found = statements.get(sql);
    if (found) return found;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  return {
    of: (vat) => ({
      all: <Row>(sql: string, ...values: readonly unknown[]) =>
        prepare(vat, sql).all(...values) as Row[],
      one: <Row>(sql: string, ...values: readonly unknown[]) =>
        prepare(vat, sql).get(...values) as Row | undefined,
    }),
    forget,
    close() {
      for (const vat of [...readers.keys()]) forget(vat);
    },
  };
}
