import { describe, expect, it } from 'vitest';
import { type BucketsInput, makeBuckets } from '../../src/core/buckets.ts';

function makeTimed(more: Partial<BucketsInput> = {}) {
  const time = { ms: 0 };
  const nowMs = (): number => time.ms;
  return { time, buckets: makeBuckets({ nowMs, burst: 3, perSecond: 2, keysMax: 2, ...more }) };
}

const takenOf = (take: () => boolean, tries: number): number =>
  Array.from({ length: tries }, take).filter(Boolean).length;

describe('buckets', () => {
  it('a full one gives its burst, then as many a second as it gets, and never more than full', () => {
    const { time, buckets } = makeTimed();
    expect(takenOf(() => buckets.take('a'), 10)).toBe(3);
    expect(buckets.has('a')).toBe(false);
    time.ms += 499;
    expect(buckets.take('a')).toBe(false);
    time.ms += 501;
    expect(takenOf(() => buckets.take('a'), 10)).toBe(2);
    time.ms += 3_600_000;
    expect(takenOf(() => buckets.take('a'), 10)).toBe(3);
  });

  it('who keeps trying gets no less than who waits', () => {
    const { time, buckets } = makeTimed();
    let taken = 0;
    for (; time.ms < 10_000; time.ms += 10) if (buckets.take('a')) taken += 1;
    expect(taken).toBe(3 + 19);
  });

  it('one key takes nothing from another', () => {
    const { buckets } = makeTimed();
    takenOf(() => buckets.take('a'), 10);
    expect(takenOf(() => buckets.take('b'), 10)).toBe(3);
  });

  it('a token that is given back is there again, and never beyond a full bucket', () => {
    const { buckets } = makeTimed();
    expect(takenOf(() => buckets.take('a'), 3)).toBe(3);
    buckets.give('a');
    expect(takenOf(() => buckets.take('a'), 9)).toBe(1);
    buckets.give('b');
    expect(takenOf(() => buckets.take('b'), 9)).toBe(3);
  });

  it('only so many are remembered: the one used longest ago goes', () => {
    const { buckets } = makeTimed();
    for (const key of ['a', 'b', 'a']) buckets.take(key);
    expect(['a', 'b'].map(buckets.holds)).toEqual([true, true]);
    buckets.take('c');
    expect(['a', 'b', 'c'].map(buckets.holds)).toEqual([true, false, true]);
  });
});
