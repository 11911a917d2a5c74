// Verify, queries: what is asked for each row is found by an index, or a large vat takes for ever.

import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { SCHEMA } from '../../src/store/schema.ts';
import { ANSWER_CHECKS } from '../../src/store/verify-answers.ts';
import type { Part, Proofs } from '../../src/store/verify-part.ts';
import { PROMISE_CHECKS } from '../../src/store/verify-promises.ts';
import { ROW_CHECKS } from '../../src/store/verify-rows.ts';
import { SETTLING_CHECKS } from '../../src/store/verify-settling.ts';

/** What a check asks with something to be filled in. */
function asksOf(db: Database.Database, { check }: Part): readonly string[] {
  const asked: string[] = [];
  const watched = {
    prepare(sql: string) {
      asked.push(sql);
      return db.prepare(sql);
    },
  };
  // There is no row whose parts could be proved.
  Array.from(check(watched as Database.Database, {} as Proofs));
  return asked.filter((sql) => isPerRow(sql) || sql.includes(' JOIN '));
}

/** Else it reads a table once. */
const isPerRow = (sql: string): boolean => sql.includes('?');

function plan(db: Database.Database, sql: string): readonly string[] {
  const nothing = Array.from(sql.matchAll(/\?/g), () => null);
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...nothing);
  return steps.map((step) => (step as { readonly detail: string }).detail);
}

describe('verify', () => {
  it('finds by an index what it asks for each row', () => {
    const db = new Database(':memory:');
    db.exec(SCHEMA);
    const checks = [...ROW_CHECKS, ...SETTLING_CHECKS, ...PROMISE_CHECKS, ...ANSWER_CHECKS];
    const asks = new Set(checks.flatMap((check) => asksOf(db, check)));
    const scans = [...asks].filter((sql) => {
      const found = plan(db, sql).filter((step) => step.startsWith('SCAN'));
      return found.length > (isPerRow(sql) ? 0 : 1);
    });
    db.close();
    expect(asks.size).toBeGreaterThan(5);
    expect(scans).toEqual([]);
  });
});
