// Thinning: which checkpoints of a lane are kept, so that they are few however long it gets.
//
// The last ones are all kept; the further back, the fewer: of each block of 2^n numbers only the
// highest. Blocks depend on numbers alone, and so on both ends the same ones are left, but for the
// end that has seen more of the lane: what it keeps of older numbers is a part of what the other does.

/** Checkpoints as far back as this many items are all kept, at least; of older ones ever fewer. */
export const CHECKPOINTS_DENSE = 1024;

/** Of each block of `size` numbers from `from` to below `below` only the highest checkpoint stays. */
export interface Thinned {
  readonly from: number;
  readonly below: number;
  readonly size: number;
}

/** Numbers of a lane that has come to `reached` and are this far back are in blocks of `size`. */
const boundOf = (reached: number, size: number): number => {
  const step = CHECKPOINTS_DENSE * size;
  return Math.floor(reached / step) * step - step;
};

/** What is to be thinned when a lane that had come to `from` comes to `to`, in this order. */
export function thinnedBetween(from: number, to: number): readonly Thinned[] {
  const thinned: Thinned[] = [];
  for (let size = 2; boundOf(to, size) > boundOf(from, size); size *= 2) {
    thinned.push({ from: Math.max(0, boundOf(from, size)), below: boundOf(to, size), size });
  }
  return thinned.filter((each) => each.below > each.from);
}

/** The block that a number is in, once the lane has come to `reached`: its first and its last one. */
export function blockOf(number: number, reached: number): readonly [first: number, last: number] {
  let size = 1;
  while (number < boundOf(reached, size * 2)) size *= 2;
  const first = Math.floor(number / size) * size;
  return [first, first + size - 1];
}
