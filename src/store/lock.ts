// Lock: who holds it may write to the node in its directory; everyone else has to wait.
//
// It is SQLite's own exclusive lock on a database that nothing ever opens otherwise, so the
// operating system frees it with the process, however that ends. Closing any other handle on the
// file would drop the lock: nothing but this file may open it.

import Database from 'better-sqlite3';
import { QrtError } from '../core/errors.ts';

/** A lock that is held. */
export interface Lock {
  release(): void;
}

export interface LockInput {
  readonly path: string;
  /** How long to wait, blocking, for another process to let go. */
  readonly waitMs: number;
  /** For the error: the node's directory. */
  readonly dir: string;
}

/** Takes the lock. Throws QRT_NODE_LOCKED when another process still has it after `waitMs`. */
export function acquireLock({ path, waitMs, dir }: LockInput): Lock {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { timeout: waitMs });
    // Nothing is ever written here: no journal that a killed process would leave behind.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    const code = sqliteCode(error);
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
      throw new QrtError('QRT_NODE_LOCKED', { dir }, error);
    }
    throw new QrtError('QRT_DIR_UNUSABLE', { dir, reason: `${path}: ${textOf(error)}` }, error);
  }
  const held = db;
  return Object.freeze({
    release(): void {
      if (held.open) held.close();
    },
  });
}

function sqliteCode(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
