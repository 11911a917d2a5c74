// Promises in one vat, where the real worker cannot lead: a restart at a chosen moment, and bounds.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { PROMISES_PER_OWNER_MAX } from '../../src/core/limits.ts';
import { openByHand } from '../sim/hand.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let object: Qrid;
beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  object = one.install();
});
afterEach(() => world.close());

/** Runs a program in the object, with a reference to itself at place 0, and all that comes of it. */
function play(steps: readonly Step[], ms?: number): void {
  one.send(object, steps, { slots: [object] });
  world.run(ms);
}

const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };

describe('promises', () => {
  it('Q8 an installation that has as many as may be gets no more, and those it has are as before', () => {
    play([['promise'], ['keep', 1], ['keep', 2]]);
    one.halt();
    const db = openByHand(one.path);
    db.exec(`
      UPDATE counters SET turn = turn + ${PROMISES_PER_OWNER_MAX};
      WITH RECURSIVE n (at) AS (SELECT 2 UNION ALL SELECT at + 1 FROM n
        WHERE at < ${PROMISES_PER_OWNER_MAX})
      INSERT INTO promise SELECT 'p' || (1000 + at) || '.0', owner, 'resolver', 'pending', '[]', '[]',
        NULL, 0, 0, NULL, NULL, NULL, NULL, 0, 0 FROM n, (SELECT owner FROM promise);
      INSERT INTO holding SELECT 'o9.9', id FROM promise WHERE id NOT IN (SELECT promise FROM holding)`);
    db.close();
    one.revive();
    play([['promise'], ['keep', 1], ['keep', 2]]);
    expect(one.status().promises).toMatchObject({ pending: PROMISES_PER_OWNER_MAX });
    play([
      ['take', 0],
      ['when', 1, { fulfilled: 0, rejected: 0 }],
      ['take', 1],
      ['give', 3, '{"value":1}'],
    ]);
    expect(notesOf(one, object)).toEqual([{ value: 1 }]);
  });

  it('all that one turn makes is as old as the turn, however long that takes', () => {
    let timeMs: number | undefined;
    one.setScript((turn, tell) => {
      timeMs ??= turn.readings.timeMs;
      const outcome = runProgram(turn, tell);
      world.stall(5);
      return outcome;
    });
    // A promise, and the answer to what is sent to it, which waits for it.
    play([['promise'], ['ask', 1, []], ['keep', 1], ['keep', 3]]);
    one.halt();
    const db = openByHand(one.path);
    const made = db.prepare('SELECT DISTINCT made_ms FROM promise').pluck().all();
    db.close();
    expect(made).toEqual([timeMs]);
  });

  it('Q20 a promise that is the continuation of another one is there after a restart', () => {
    play([
      ['promise'],
      ['promise'],
      ['keep', 2],
      ['keep', 4],
      ['when', 1, { fulfilled: 3, rejected: 3, context: '1' }],
    ]);
    one.crash();
    // Nothing but what waits for the first promise holds the second one, which is settled first.
    play([
      ['take', 1],
      ['give', 1, '{"value":{"$":0}}', [0]],
    ]);
    play([['take', 0], ['give', 1, '{"value":"came"}'], ['forget']]);
    expect(notesOf(one, object)).toEqual([{ value: 'came', context: 1 }]);
    expect(one.status().promises).toEqual(NOTHING);
  });

  it('Q22 what waits for a promise goes before what is sent in the turn that resolves it', () => {
    play([['promise'], ['keep', 1], ['keep', 2], ['send', 1, [['note', 'first']]]]);
    play([
      ['take', 0],
      ['take', 1],
      ['send', 1, [['note', 'second']]],
      ['give', 2, '{"value":{"$":0}}', [0]],
      ['send', 1, [['note', 'third']]],
      ['forget'],
    ]);
    expect(notesOf(one, object)).toEqual(['first', 'second', 'third']);
    expect(one.status().promises).toEqual(NOTHING);
  });

  it('a deadline that is over when it is given ends the promise, however fast the answer is', () => {
    play([
      ['ask', 0, [['note', 'ran']], [], { deadlineMs: 0 }],
      ['when', 1, { fulfilled: 0, rejected: 0 }],
    ]);
    const error = expect.objectContaining({ code: 'QRT_DEADLINE_PASSED' });
    expect(notesOf(one, object)).toEqual(expect.arrayContaining(['ran', { error }]));
    expect(one.status().promises).toEqual(NOTHING);
  });

  it('a deadline far away wakes nobody for ever once its promise is settled', () => {
    play([
      ['ask', 0, [['note', 'ran']], [], { deadlineMs: 3_600_000 }],
      ['when', 1, { fulfilled: 0 }],
    ]);
    expect(notesOf(one, object)).toEqual(['ran', { value: null }]);
    expect(one.wakeAtMs()).toBeUndefined();
    play([
      ['promise'],
      ['keep', 1],
      ['keep', 2],
      ['ask', 0, [['return', '{"$":0}', [0]]], [1], { deadlineMs: 3_600_000 }],
      ['when', 3, { rejected: 0, fulfilled: 0 }],
    ]);
    expect(one.wakeAtMs()).toBeDefined();
    world.run(3_600_000);
    const error = expect.objectContaining({ code: 'QRT_DEADLINE_PASSED' });
    expect(notesOf(one, object)).toEqual(['ran', { value: null }, { error }]);
    expect(one.wakeAtMs()).toBeUndefined();
  });

  it('Q8 a promise that lives long is not waited for by those that ended or were forgotten', () => {
    play([['promise'], ['keep', 1], ['keep', 2]]);
    for (const isTogether of [true, false]) {
      const wait = (ms: number): void => {
        if (!isTogether) world.run(ms);
      };
      play(
        [
          ['take', 0],
          // Each waits for it: one is decided by another part, one by its deadline, two by nobody.
          ['ask', 0, [['return', '1']]],
          ['first', [1, 2]],
          ['when', 3, { fulfilled: 0 }],
          ['ask', 0, [['return', '{"$":0}', [0]]], [1], { deadlineMs: 1_000 }],
          ['when', 5, { fulfilled: 0, rejected: 0 }],
          ['all', [1, 2]],
          ['settled', [1, 6]],
          ['ask', 0, [['return', '{"$":0}', [0]]], [1]],
        ],
        isTogether ? undefined : 5,
      );
      wait(100);
      one.crash();
      world.run();
    }
    const waiting = { rows: 0, bytes: 0 };
    expect(one.status().promises).toEqual({ pending: 1, settled: 0, waiting });
    expect(damagesOf(one, one.path)).toEqual([]);
  });
});
