// Waits: what is told of pending promises that real turns made: what decides them, what waits for
// them, who holds them, and which of them nothing can settle.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CYCLES_SHOWN_MAX } from '../../src/core/wait-limits.ts';
import type { PendingPromise, WaitCycle, Waits } from '../../src/core/waits.ts';
import { openByHand } from '../sim/hand.ts';
import type { Step } from '../sim/scripted-worker.ts';
import { setWaitsStage, type WaitsStage } from './waits-kit.ts';

let stage: WaitsStage;
beforeEach(() => {
  stage = setWaitsStage();
});
afterEach(() => stage.world.close());

const play = (...input: Parameters<WaitsStage['play']>): void => stage.play(...input);
const list = (...input: Parameters<WaitsStage['list']>): Waits => stage.list(...input);
const show = (id: string): PendingPromise | undefined => stage.show(id);
const deciders = (): Readonly<Record<string, unknown>> => stage.deciders();
const stuckOnes = (): readonly string[] => stage.stuckOnes();

const NOTHING = {
  promises: [],
  cycles: [],
  totals: { pending: 0, fitting: 0, stuck: 0, cycles: 0 },
};

const TRACE = expect.stringMatching(/^[0-9a-f]{32}$/);
const MINE = { kind: 'memory', id: 'm1.1', objects: ['o1.0'] };

describe('waits', () => {
  it('Q8 a vat without promises has nobody who waits', () => {
    expect(list()).toEqual(NOTHING);
    expect(show('p1.0')).toBeUndefined();
  });

  it('Q8 each promise is told with what decides it, what waits for it and who holds it', () => {
    play([
      ['promise'],
      ['keep', 1],
      ['keep', 2],
      ['send', 1, []],
      ['ask', 1, []],
      ['keep', 3],
      ['when', 1, { fulfilled: 0 }],
      ['keep', 4],
      ['all', [1, 3]],
      ['keep', 5],
      ['promise'],
      ['give', 7, '{"value":{"$":0}}', [5]],
      ['keep', 6],
    ]);
    expect(deciders()).toEqual({
      'p2.0': { by: 'resolver', heldBy: { count: 1, first: [MINE] } },
      'p2.1': { by: 'pipelined', promise: 'p2.0', isSettled: false, trace: TRACE },
      'p2.2': {
        ...{ by: 'continuation', promise: 'p2.0', isSettled: false, trace: TRACE },
        fulfilled: 'o1.0',
      },
      'p2.3': { by: 'all', of: { count: 2, first: ['p2.0', 'p2.1'] } },
      'p2.4': { by: 'promise', promise: 'p2.3' },
    });
    expect(show('p2.0')).toMatchObject({
      ...{ owner: 1, madeMs: expect.any(Number), isStuck: false },
      holders: { count: 2, first: [MINE, { kind: 'promise', id: 'p2.3' }] },
      waiters: {
        count: 4,
        first: [
          { kind: 'part', answer: 'p2.3', owner: 1 },
          { kind: 'message', owner: 1 },
          { kind: 'message', answer: 'p2.1', owner: 1 },
          { kind: 'when', fulfilled: 'o1.0', answer: 'p2.2', owner: 1 },
        ],
      },
    });
    expect(list().promises[0]).toMatchObject({
      waiters: { count: 4, first: [{}, {}, {}] },
      holders: { count: 1, first: [MINE] },
    });
    expect(list().totals).toEqual({ pending: 5, fitting: 5, stuck: 0, cycles: 0 });
  });

  it('Q8 an answer is told to be in the inbox as long as its message waits there', () => {
    play([['promise'], ['keep', 1], ['keep', 2]]);
    stage.one.setScript(() => undefined);
    play([], 10);
    stage.one.halt();
    const db = openByHand(stage.one.path);
    // Rows like the one that a turn made, whatever columns they have.
    db.exec(`
      CREATE TEMP TABLE one AS SELECT * FROM promise;
      UPDATE one SET id = 'p1.5', kind = 'answer', made_ms = 5, deadline_ms = 7000;
      INSERT INTO promise SELECT * FROM one;
      UPDATE one SET id = 'p1.6', made_ms = 6, deadline_ms = NULL;
      INSERT INTO promise SELECT * FROM one;
      UPDATE inbox SET answer = 'p1.5'`);
    db.close();
    expect(deciders()).toMatchObject({
      'p1.5': { by: 'message', target: 'o1.0', trace: TRACE },
      'p1.6': { by: 'nobody' },
    });
    expect(show('p1.5')).toMatchObject({ deadlineMs: 7_000, madeMs: 5 });
    expect(stuckOnes()).toEqual(['p1.6']);
  });

  it('Q8 a promise whose resolver nobody holds is stuck, and so is what waits for it alone', () => {
    play([
      ['promise'],
      ['keep', 1],
      ['promise'],
      ['keep', 3],
      ['keep', 4],
      ['when', 1, { fulfilled: 0 }],
      ['keep', 5],
      ['first', [1, 3]],
      ['keep', 6],
      ['settled', [1, 3]],
      ['keep', 7],
      ['all', [1, 5]],
      ['keep', 8],
    ]);
    expect(stuckOnes()).toEqual(['p2.0', 'p2.2', 'p2.4', 'p2.5']);
    expect(deciders()['p2.0']).toEqual({ by: 'resolver', heldBy: { count: 0, first: [] } });
    // Stuck ones come first.
    expect(list({ limit: 4 }).promises.every(({ isStuck }) => isStuck)).toBe(true);
    // What waits for it without end holds it, until collection comes.
    play([['forget']]);
    expect(stuckOnes()).toEqual(['p2.0']);
  });

  it('Q8 a promise whose resolver is held only by what waits for it is a cycle by itself', () => {
    play([['promise'], ['keep', 1], ['send', 1, [], [2]]]);
    expect(list().cycles).toEqual([
      {
        ...{ cycle: 1, promises: 1, isStuck: true },
        ring: { count: 1, first: [{ id: 'p2.0', decider: expect.anything() }] },
      },
    ]);
  });

  it('Q8 promises that follow, combine and continue each other in a ring are told as one', () => {
    play([
      ['promise'],
      ['ask', 1, []],
      ['when', 3, { fulfilled: 0 }],
      ['settled', [4]],
      ['keep', 5],
      // It was used, so it settles nothing any more.
      ['keep', 2],
      ['give', 2, '{"value":{"$":0}}', [5]],
      // Another one, which waits for that ring and is in none.
      ['when', 1, { fulfilled: 0 }],
      ['keep', 6],
    ]);
    const { cycles, promises, totals } = list();
    expect(totals).toEqual({ pending: 5, fitting: 5, stuck: 5, cycles: 1 });
    expect(cycles.map((cycle) => ({ ...cycle, ring: idsOf(cycle) }))).toEqual([
      { cycle: 1, promises: 4, isStuck: true, ring: ['p2.0', 'p2.3', 'p2.2', 'p2.1'] },
    ]);
    expect(promises.filter(({ cycle }) => cycle === undefined).map(({ id }) => id)).toEqual([
      'p2.4',
    ]);
  });

  it('Q8 a ring that a deadline ends is no stuck one', () => {
    play(
      [
        ['promise'],
        ['ask', 1, [], [], { deadlineMs: 60_000 }],
        ['keep', 3],
        ['give', 2, '{"value":{"$":0}}', [3]],
      ],
      1_000,
    );
    expect(list()).toMatchObject({ totals: { stuck: 0, cycles: 1 }, cycles: [{ isStuck: false }] });
    stage.world.run(120_000);
    expect(list()).toEqual(NOTHING);
  });

  it('Q8 a list is narrowed by age, goes on where it ended, and tells of the first cycles', () => {
    const ring: Step[] = [
      ['promise'],
      ['ask', 1, []],
      ['keep', 3],
      ['give', 2, '{"value":{"$":0}}', [3]],
    ];
    for (let n = 0; n < CYCLES_SHOWN_MAX + 1; n += 1) {
      play(ring);
      stage.world.stall(1_000);
    }
    const { promises, cycles, totals } = list({ limit: 5 });
    const all = 2 * (CYCLES_SHOWN_MAX + 1);
    expect(totals).toEqual({
      ...{ pending: all, fitting: all, stuck: all },
      cycles: CYCLES_SHOWN_MAX + 1,
    });
    expect(cycles).toHaveLength(CYCLES_SHOWN_MAX);
    expect(promises.map(({ cycle }) => cycle)).toEqual([1, 1, 2, 2, 3]);
    const rest = list({ skip: 5, limit: 100 });
    expect(rest.promises).toHaveLength(all - 5);
    expect(rest.promises[0]).toMatchObject({ cycle: 3 });
    const untilMs = promises[3]!.madeMs;
    const old = list({ untilMs });
    expect(old.promises.map(({ cycle }) => cycle)).toEqual([1, 1, 2, 2]);
    expect(old.totals).toMatchObject({ pending: all, fitting: 4, stuck: 4 });
    expect(old.cycles.map(({ cycle }) => cycle)).toEqual([1, 2]);
    // Beyond what is looked at, everything counts as such that will be settled.
    expect(list({}, 3)).toMatchObject({ totals: { pending: all, fitting: 3, stuck: 2 } });
  });

  it('a database that no node of this version has opened yet has no promises', () => {
    stage.one.halt();
    const db = openByHand(stage.one.path);
    db.exec('DROP TABLE pending; DROP TABLE promise; DROP TABLE holding');
    db.close();
    expect(list()).toEqual(NOTHING);
  });
});

const idsOf = ({ ring }: WaitCycle): readonly string[] => ring.first.map(({ id }) => id);
