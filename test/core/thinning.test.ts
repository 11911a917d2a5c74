// Which checkpoints are kept: the rule, step by step and at once.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WIRE_NUMBER_MAX } from '../../src/core/limits.ts';
import { blockOf, CHECKPOINTS_DENSE, thinnedBetween } from '../../src/core/thinning.ts';

/** Of these, those that are left once the lane has come to `reached`: the highest of each block. */
const left = (numbers: readonly number[], reached: number): readonly number[] =>
  numbers.filter((each, index) => {
    const later = numbers[index + 1];
    return later === undefined || later > blockOf(each, reached)[1];
  });

/** The same as a vat does it, with what is to be thinned. */
function thin(numbers: readonly number[], from: number, to: number): readonly number[] {
  let kept = numbers;
  for (const { from: first, below, size } of thinnedBetween(from, to)) {
    const block = (each: number) => Math.floor(each / size);
    kept = kept.filter((each, index) => {
      const later = kept[index + 1];
      if (each < first || each >= below) return true;
      return later === undefined || block(later) !== block(each);
    });
  }
  return kept;
}

const near = fc.integer({ min: 1, max: 40 * CHECKPOINTS_DENSE });
const number = fc.oneof(near, near, fc.integer({ min: 1, max: WIRE_NUMBER_MAX }));
const sorted = (numbers: readonly number[]) => numbers.toSorted((one, other) => one - other);

describe('thinning', () => {
  it('leaves the same in whatever steps a lane has come so far', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(number, { minLength: 1, maxLength: 300, size: 'max' }),
        fc.array(number, { maxLength: 20, size: 'max' }),
        (numbers, stops) => {
          let kept: readonly number[] = sorted(numbers);
          let from = 1;
          for (const to of sorted([...stops, Math.max(...numbers) + 1])) {
            kept = thin(kept, from, to);
            from = to;
          }
          expect(kept).toEqual(left(sorted(numbers), from));
        },
      ),
    );
  });

  it('leaves to whoever has come further a part of what the other has, and the highest', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(number, { minLength: 1, maxLength: 300, size: 'max' }),
        number,
        number,
        (numbers, one, other) => {
          const [less, more] = sorted([one, other]) as [number, number];
          const all = sorted(numbers);
          const far = left(all, more);
          const near = new Set(left(all, less));
          expect(far.filter((each) => !near.has(each))).toEqual([]);
          expect(far.at(-1)).toBe(all.at(-1));
        },
      ),
    );
  });

  it(`keeps all of the last ${CHECKPOINTS_DENSE} and ever fewer of those before`, () => {
    let kept: number[] = [];
    const counts: number[] = [];
    for (let next = 2; next <= 2 ** 15; next += 1) {
      kept.push(next);
      kept = thinnedBetween(next - 1, next).length > 0 ? [...thin(kept, next - 1, next)] : kept;
      if (Math.log2(next) % 1 === 0) counts.push(kept.length);
    }
    expect(kept.slice(-CHECKPOINTS_DENSE)).toEqual(
      Array.from(
        { length: CHECKPOINTS_DENSE },
        (_, index) => 2 ** 15 - CHECKPOINTS_DENSE + 1 + index,
      ),
    );
    // Each doubling of the lane adds as many at most as are kept of one size of blocks.
    for (const [index, count] of counts.entries()) {
      expect(count - (counts[index - 1] ?? 0)).toBeLessThanOrEqual(2 * CHECKPOINTS_DENSE);
    }
    // A gap of a block is no more than a 1024th of how far back it is.
    for (const [index, each] of kept.entries()) {
      const gap = each - (kept[index - 1] ?? each);
      expect(gap).toBeLessThanOrEqual(Math.max(1, (2 ** 15 - each) / (CHECKPOINTS_DENSE / 2)));
    }
  });
});
