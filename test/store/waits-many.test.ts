// Waits, many: a hundred thousand pending promises in one ring, or behind one, within a bound of memory.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WAITS_SHOWN_MAX, WAITS_SURVEYED_MAX } from '../../src/core/wait-limits.ts';
import type { Waits } from '../../src/core/waits.ts';
import { openWaits } from '../../src/store/waits-reader.ts';
import { openByHand } from '../sim/hand.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, type World } from '../sim/world.ts';
import { isPicked, isThorough } from '../thorough.ts';

const MANY = 100_000;
/** Far less than the rows take: what is kept of a promise is its id and some numbers. */
const BYTES_MAX = 160 * 1024 * 1024;
/** Each row of what waits has args of this size. */
const ARGS_BYTES = 2_000;

let world: World;
let one: TestVat;
beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  const object = one.install();
  const program: Step[] = [['promise'], ['keep', 1], ['ask', 1, []], ['keep', 3]];
  one.send(object, program, { slots: [object] });
  world.run();
  one.halt();
});
afterEach(() => world.close());

/** Promises p1.0 to pMANY.0, each the answer to what was sent to the one that the SQL names. */
function fill(promise: string): void {
  const db = openByHand(one.path);
  const answer = "'p' || (at + 1) || '.0'";
  // Rows like those that a turn made, whatever columns they have.
  db.exec(`
    CREATE TEMP TABLE n (at INTEGER PRIMARY KEY);
    WITH RECURSIVE n (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at < ${MANY} - 1)
      INSERT INTO temp.n SELECT at FROM n;
    CREATE TEMP TABLE promises AS SELECT * FROM promise, n WHERE kind = 'answer' LIMIT ${MANY};
    CREATE TEMP TABLE waiting AS SELECT * FROM pending, n LIMIT ${MANY};
    DELETE FROM pending; DELETE FROM holding; DELETE FROM promise;
    UPDATE promises SET id = ${answer}, made_ms = at;
    UPDATE waiting SET promise = ${promise}, seq = at, answer = ${answer},
      body = '"${'x'.repeat(ARGS_BYTES - 2)}"';
    ALTER TABLE promises DROP COLUMN at;
    ALTER TABLE waiting DROP COLUMN at;
    INSERT INTO promise SELECT * FROM promises;
    INSERT INTO pending SELECT * FROM waiting`);
  db.close();
}

/** Reads, and returns what it was told with the memory that it took. */
function list(): { readonly waits: Waits; readonly bytes: number } {
  const reader = openWaits(one.path);
  const before = process.memoryUsage().rss;
  const waits = reader.list({ limit: WAITS_SHOWN_MAX });
  const bytes = process.memoryUsage().rss - before;
  reader.close();
  return { waits, bytes };
}

describe.runIf(isThorough || isPicked(0, 4))('waits of many promises', () => {
  it('Q8 a ring of a hundred thousand is found, told in part, and takes bounded memory', () => {
    fill(`'p' || ((at + 1) % ${MANY} + 1) || '.0'`);
    const { waits, bytes } = list();
    expect(MANY).toBeLessThan(WAITS_SURVEYED_MAX);
    expect(waits.totals).toEqual({ pending: MANY, fitting: MANY, stuck: MANY, cycles: 1 });
    expect(waits.promises).toHaveLength(WAITS_SHOWN_MAX);
    expect(waits.cycles).toMatchObject([
      { promises: MANY, isStuck: true, ring: { count: MANY, first: { length: 10 } } },
    ]);
    const [first, second] = waits.cycles[0]!.ring.first;
    expect([first?.id, second?.id]).toEqual(['p1.0', 'p2.0']);
    expect(bytes).toBeLessThan(BYTES_MAX);
  }, 120_000);

  it('Q8 a hundred thousand that wait for one are counted, and the first of them told', () => {
    // The first waits for none: nobody answers it.
    fill("'p1.0'");
    const db = openByHand(one.path);
    db.exec("DELETE FROM pending WHERE answer = 'p1.0'");
    db.close();
    const { waits, bytes } = list();
    expect(waits.totals).toEqual({ pending: MANY, fitting: MANY, stuck: MANY, cycles: 0 });
    expect(waits.promises[0]).toMatchObject({
      ...{ id: 'p1.0', decider: { by: 'nobody' } },
      waiters: { count: MANY - 1, first: { length: 3 } },
    });
    expect(bytes).toBeLessThan(BYTES_MAX);
  }, 120_000);
});
