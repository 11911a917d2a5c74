// Shares of a queue: parts of one whole, in which whoever comes later finds room.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeQueueUsage } from '../../src/core/shares.ts';
import { STANDSTILL_PART } from '../../src/core/standstill-limits.ts';

const BOUNDS = { rows: 100_000, bytes: 10_000_000 };

type Step = { readonly share: number; readonly rows: number; readonly bytes: number };

const step: fc.Arbitrary<Step> = fc.record({
  share: fc.nat(9),
  rows: fc.integer({ min: 1, max: 40_000 }),
  bytes: fc.nat(4_000_000),
});

/** Adds what there is room for, as everyone does who asks before. */
function fill(steps: readonly Step[]) {
  const usage = makeQueueUsage(BOUNDS);
  for (const { share, rows, bytes } of steps) {
    const room = usage.roomFor(`${share}`);
    if (rows <= room.rows && bytes <= room.bytes) usage.add(`${share}`, rows, bytes);
  }
  return usage;
}

describe('shares', () => {
  it('all shares together never pass the bounds of the queue', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const usage = fill(steps);
        expect(usage.rows).toBeLessThanOrEqual(BOUNDS.rows);
        expect(usage.bytes).toBeLessThanOrEqual(BOUNDS.bytes);
      }),
    );
  });

  it('a newcomer has room after ten others took all they could, half of it for each of them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const room = fill(steps).roomFor('newcomer');
        expect(room.rows).toBeGreaterThanOrEqual(Math.floor(BOUNDS.rows / 2 ** 11) - 1);
        expect(room.bytes).toBeGreaterThanOrEqual(Math.floor(BOUNDS.bytes / 2 ** 11) - 1);
      }),
    );
    const usage = makeQueueUsage(BOUNDS);
    for (let share = 0; share < 10; share += 1) {
      const room = () => usage.roomFor(`${share}`);
      while (room().rows > 0) usage.add(`${share}`, room().rows, 0);
      expect(usage.roomFor('newcomer').rows).toBeGreaterThan(BOUNDS.rows / 2 ** (share + 2) - 10);
    }
  });

  it('one share alone gets half, and a second one gets as much room as the first has left', () => {
    const usage = makeQueueUsage(BOUNDS);
    for (let room = usage.roomFor('one'); room.rows > 0; room = usage.roomFor('one')) {
      usage.add('one', room.rows, 0);
    }
    expect(usage.rows).toBeGreaterThanOrEqual(BOUNDS.rows / 2 - 1);
    expect(usage.rows).toBeLessThanOrEqual(BOUNDS.rows / 2);
    expect(usage.roomFor('one').rows).toBe(0);
    expect(usage.roomFor('two').rows).toBeGreaterThanOrEqual(BOUNDS.rows / 4);
  });

  it('room shrinks with what is added and comes back with what is removed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const usage = fill(steps);
        const before = usage.roomFor('mine');
        usage.add('mine', 3, 50);
        const less = usage.roomFor('mine');
        expect(less.rows).toBeLessThanOrEqual(before.rows);
        expect(less.bytes).toBeLessThanOrEqual(before.bytes);
        usage.remove('mine', 3, 50);
        expect(usage.roomFor('mine')).toEqual(before);
      }),
    );
  });

  it('a queue that is overfull has room for nobody, never less than none', () => {
    const usage = makeQueueUsage(BOUNDS);
    usage.add('one', BOUNDS.rows * 2, BOUNDS.bytes * 2);
    expect(usage.roomFor('one')).toEqual({ rows: 0, bytes: 0 });
    expect(usage.roomFor('two')).toEqual({ rows: 0, bytes: 0 });
  });
});

describe('what is lent at a standstill', () => {
  const SPARE = { rows: BOUNDS.rows / STANDSTILL_PART, bytes: BOUNDS.bytes / STANDSTILL_PART };
  /** One share that has all it can have. */
  const full = () => {
    const usage = makeQueueUsage(BOUNDS);
    usage.add('one', BOUNDS.rows / 2, BOUNDS.bytes / 2);
    return usage;
  };

  it('is so much and no more, in addition to the whole', () => {
    const usage = full();
    expect(usage.roomToLend()).toEqual(SPARE);
    usage.lend('one', SPARE.rows, SPARE.bytes);
    expect(usage.roomToLend()).toEqual({ rows: 0, bytes: 0 });
    usage.add('two', BOUNDS.rows / 2 - 1, BOUNDS.bytes / 2 - 1);
    expect(usage.hasRest()).toBe(true);
    usage.add('two', 1, 0);
    expect(usage.hasRest()).toBe(false);
  });

  it('takes no room from a newcomer, and none is given to who holds it', () => {
    const usage = full();
    const before = usage.roomFor('newcomer');
    usage.lend('one', SPARE.rows, SPARE.bytes);
    expect(usage.roomFor('newcomer')).toEqual(before);
    expect(usage.roomFor('one')).toEqual({ rows: 0, bytes: 0 });
  });

  it('is paid back first, and not by what came without room', () => {
    const usage = full();
    usage.lend('one', SPARE.rows, SPARE.bytes);
    usage.add('one', 5, 50);
    usage.remove('one', 5, 50);
    expect(usage.roomToLend()).toEqual({ rows: 0, bytes: 0 });
    usage.remove('one', 5, 50);
    usage.repay('one', 5, 50);
    expect(usage.roomToLend()).toEqual({ rows: 5, bytes: 50 });
    usage.remove('one', BOUNDS.rows / 2 + SPARE.rows - 5, BOUNDS.bytes / 2 + SPARE.bytes - 50);
    expect(usage.roomToLend()).toEqual(SPARE);
    expect(usage.roomFor('one')).toEqual(makeQueueUsage(BOUNDS).roomFor('one'));
  });

  it('is no more after a restart, when nothing is known of it', () => {
    const usage = makeQueueUsage(BOUNDS);
    usage.add('one', BOUNDS.rows + SPARE.rows - 3, BOUNDS.bytes + SPARE.bytes - 30);
    expect(usage.roomToLend()).toEqual({ rows: 3, bytes: 30 });
  });
});
