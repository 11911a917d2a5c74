// What is called growth, and what is not, of series that were made up.

import { describe, expect, it } from 'vitest';
import { makeRandom } from '../sim/random.ts';
import { judgeGrowth, median, SAMPLES_MIN } from './growth.ts';

const TOLERANCE = { absolute: 1, relative: 0.05 };
const EVERY_MS = 10_000;

const series = (count: number, valueAt: (at: number) => number) =>
  Array.from({ length: count }, (_, at) => ({ atMs: at * EVERY_MS, value: valueAt(at) }));
const verdict = (count: number, valueAt: (at: number) => number) =>
  judgeGrowth(series(count, valueAt), TOLERANCE).verdict;

describe('a series of samples', () => {
  it.each([SAMPLES_MIN, 9, 30, 200])('that is flat does not grow: %i of them', (count) => {
    expect(verdict(count, () => 20)).toBe('flat');
  });

  it('that is flat but for noise as large as the tolerance grows for no seed', () => {
    for (let seed = 1; seed <= 2_000; seed += 1) {
      const random = makeRandom(seed);
      expect(
        verdict(SAMPLES_MIN + (seed % 30), () => 20 + random()),
        `seed ${seed}`,
      ).toBe('flat');
    }
  });

  it('with noise far above the tolerance is hardly ever said to grow', () => {
    let alarms = 0;
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const random = makeRandom(seed);
      if (verdict(12, () => 20 + 8 * random()) === 'grows') alarms += 1;
    }
    expect(alarms).toBeLessThan(10);
  });

  it.each([9, 12, 30, 200])('with a slow leak and noise grows: %i samples', (count) => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = makeRandom(seed);
      // Seven from the first sample to the last.
      const leak = (at: number) => 20 + (7 * at) / (count - 1) + 0.5 * random();
      expect(verdict(count, leak), `seed ${seed}`).toBe('grows');
    }
  });

  it('that leaks a little for each of several events grows', () => {
    expect(verdict(18, (at) => 20 + 2 * Math.floor(at / 4))).toBe('grows');
  });

  it.each([1, 2, 4])('with a step at its start, at %i of 12, does not grow', (start) => {
    expect(verdict(12, (at) => (at < start ? 10 : 20))).toBe('flat');
  });

  it.each([5, 7, 8, 9, 11])('with one step later, at %i of 12, does not grow', (step) => {
    expect(verdict(12, (at) => (at < step ? 20 : 40))).toBe('flat');
  });

  it('that comes to its height in a warm-up does not grow', () => {
    expect(verdict(15, (at) => 30 - 15 * Math.exp(-at / 1.5))).toBe('flat');
  });

  it('that falls, or rises and falls, does not grow', () => {
    expect(verdict(12, (at) => 40 - at)).toBe('flat');
    expect(verdict(24, (at) => 20 + (at % 6) * 2)).toBe('flat');
  });

  it('may grow by its tolerance, whichever of the two is larger, and by no more', () => {
    // From the middle third to the last: five samples of 15.
    const rising = (level: number, grown: number) =>
      judgeGrowth(
        series(15, (at) => level + (grown * at) / 5),
        TOLERANCE,
      );
    expect(rising(2, 0.99).verdict).toBe('flat');
    expect(rising(2, 1.5).verdict).toBe('grows');
    expect(rising(200, 9).verdict).toBe('flat');
    expect(rising(200, 15).verdict).toBe('grows');
  });

  it('says by how much it grows, in all and by the minute', () => {
    const found = judgeGrowth(
      series(15, (at) => 20 + 2 * at + (at < 9 ? 0 : 3)),
      TOLERANCE,
    );
    expect(found.grown).toBe(13);
    expect(found.steady).toBe(8);
    expect(found.perMinute).toBeCloseTo(14.25);
    expect(found.allowed).toBeCloseTo(1.7);
  });

  it(`is too short to be judged with fewer than ${SAMPLES_MIN}`, () => {
    expect(verdict(SAMPLES_MIN - 1, (at) => 100 * at)).toBe('too short');
    expect(verdict(SAMPLES_MIN, (at) => 100 * at)).toBe('grows');
    expect(verdict(0, () => 0)).toBe('too short');
  });
});

describe('the median', () => {
  it('is the middle one, or between the two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBe(0);
  });
});
