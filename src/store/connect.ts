// Connect: the one way to open the file of a vat's database, which is looked at first.
//
// Nothing of a damaged one is ever answered from: pages are compared with their sums, the log with
// its own. A large one is read through only when `qrt verify` or `--verify` asks for it.

import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { QrtError } from '../core/errors.ts';
import { CHECKED_BYTES_MAX } from '../core/limits.ts';
import { carryOver } from './carry-over.ts';
import { readLog } from './log-file.ts';
import { checkPages } from './page-check.ts';
import { hasPageSums } from './page-sums.ts';

/** Connections of this process; those that are closed are let go of with the next one. */
let connections: readonly Database.Database[] = [];

export interface ConnectOptions {
  /** Never writes. */
  readonly isReader?: boolean;
  /** The caller has looked at it. */
  readonly isChecked?: boolean;
}

/** Opens a database that exists. Throws QRT_STORE_CORRUPT, and what SQLite and the disk throw. */
export function connect(path: string, options: ConnectOptions = {}): Database.Database {
  const { isReader = false, isChecked = false } = options;
  const open = connections.filter((db) => db.open);
  // The first connection has looked, and the next one MUST NOT: it would drop the locks of the first.
  if (!isChecked && !isOpen(path)) assertWhole(path);
  const db = new Database(path, { readonly: isReader, fileMustExist: true });
  // From here on, whoever closes it, for whatever reason: SQLite carries over what a kill has left.
  if (!isReader && hasPageSums(path)) carryOver(db, path);
  connections = [...open, db];
  return db;
}

/** Whether this process has a connection to a database: then it MUST NOT read its files itself. */
export const isOpen = (path: string): boolean =>
  connections.some((db) => db.open && db.name === path);

function assertWhole(path: string): void {
  const isRead = statSync(path).size <= CHECKED_BYTES_MAX;
  const { log, pages } = isRead ? checkPages(path) : { log: readLog(path).damage, pages: [] };
  const reason =
    log === undefined
      ? `pages ${pages.slice(0, PAGES_SHOWN).join(', ')} are not what was written`
      : `${log}; commits are lost`;
  if (log !== undefined || pages.length > 0) {
    throw new QrtError('QRT_STORE_CORRUPT', { path, reason });
  }
}

const PAGES_SHOWN = 5;
