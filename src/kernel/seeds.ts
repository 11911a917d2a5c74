// Seeds: the entropy that comes with each turn, drawn for many turns at once.
//
// A call of the system's generator costs as much as all else that handing over a turn does.

import type { Entropy } from './ports.ts';

const SEED_BYTES = 32;
const SEED_DIGITS = 2 * SEED_BYTES;
const SEEDS_AT_ONCE = 64;

/** Returns a function that gives a new seed, as hexadecimal digits, each time it is called. */
export function makeSeeds(entropy: Entropy): () => string {
  let digits = '';
  let next = 0;
  return () => {
    if (next === digits.length) {
      digits = Buffer.from(entropy(SEEDS_AT_ONCE * SEED_BYTES)).toString('hex');
      next = 0;
    }
    next += SEED_DIGITS;
    return digits.slice(next - SEED_DIGITS, next);
  };
}
