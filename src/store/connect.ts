// Connect: the one way to open the file of a vat's database, whose log is looked at first.

import Database from 'better-sqlite3';
import { QrtError } from '../core/errors.ts';
import { findLogDamage } from './log-file.ts';

/** Connections of this process; those that are closed are let go of with the next one. */
let connections: readonly Database.Database[] = [];

/** Opens the file of a database that exists. Throws QRT_STORE_CORRUPT, and what SQLite throws. */
export function connect(path: string, options: { readonly?: boolean } = {}): Database.Database {
  const open = connections.filter((db) => db.open);
  // The first connection has looked, and the next one MUST NOT: it would drop the locks of the first.
  if (!open.some(({ name }) => name === path)) {
    const reason = findLogDamage(path);
    if (reason !== undefined) {
      throw new QrtError('QRT_STORE_CORRUPT', { path, reason: `${reason}; commits are lost` });
    }
  }
  const db = new Database(path, { ...options, fileMustExist: true });
  connections = [...open, db];
  return db;
}
