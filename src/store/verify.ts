// Verify: reads all of a vat's database and tells each thing that is not as this program left it.
//
// In one read transaction on a connection of its own, so it may stand beside a running node. SQLite
// looks for itself first; then each row is held against its own hashes and against the other tables.

import { VERIFY_PROBLEMS_MAX } from '../core/limits.ts';
import { connect } from './connect.ts';
import { checkHeader, type DatabasePlace, guarded } from './open.ts';
import { checkPages } from './page-check.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { ANSWER_CHECKS } from './verify-answers.ts';
import { askSqlite, checkSchema, nameDamagedPages, pageBytes } from './verify-pages.ts';
import type { Damage, Proofs } from './verify-part.ts';
import { PROMISE_CHECKS } from './verify-promises.ts';
import { ROW_CHECKS } from './verify-rows.ts';
import { RULES } from './verify-rules.ts';
import { SETTLING_CHECKS } from './verify-settling.ts';

export interface VerifyInput extends DatabasePlace {
  readonly proofs: Proofs;
  /** Called before each part, with how much of the whole is done, from 0 to 1. */
  readonly onPart?: (part: string, done: number) => void;
}

/** What was read. */
export interface Verified {
  readonly bytes: number;
  readonly rows: number;
}

/**
 * Yields what is wrong, at most VERIFY_PROBLEMS_MAX of each part. Throws QRT_STORE_* when it cannot
 * be read at all: another key, an unknown version, a damaged head or log.
 */
export function* verifyStore(input: VerifyInput): Generator<Damage, Verified> {
  const { path, proofs, onPart = () => {} } = input;
  const { log, pages } = guarded(path, () => checkPages(path));
  if (log !== undefined) yield { table: 'vat.db-wal', row: '', what: `${log}; commits are lost` };
  const db = guarded(path, () => connect(path, { isReader: true, isChecked: true }));
  try {
    yield* nameDamagedPages(db, pages);
    guarded(path, () => db.exec('BEGIN'));
    guarded(path, () => checkHeader(db, input));
    const bytes = guarded(path, () => pageBytes(db));
    const isCurrent = db.pragma('user_version', { simple: true }) === SCHEMA_VERSION;
    onPart('pages', 0);
    yield* askSqlite(db);
    if (!isCurrent) {
      // What its tables have to be is known to the program that made it.
      return { bytes, rows: 0 };
    }
    yield* checkSchema(db);
    let rows = 0;
    const checks = [ROW_CHECKS, RULES, SETTLING_CHECKS, PROMISE_CHECKS, ANSWER_CHECKS];
    const parts = checks.flat();
    for (const [index, part] of parts.entries()) {
      onPart(part.table, (1 + index) / (1 + parts.length));
      let left = VERIFY_PROBLEMS_MAX;
      try {
        for (const found of part.check(db, proofs)) {
          if ('rows' in found) rows += found.rows;
          else if (left-- > 0) yield { table: part.table, ...found };
        }
      } catch (error) {
        yield { table: part.table, row: '', what: `cannot be read: ${(error as Error).message}` };
      }
    }
    return { bytes, rows };
  } finally {
    db.close();
  }
}
