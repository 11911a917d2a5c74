// Chance: streams of numbers from one seed, each independent of what is drawn from the others.
//
// A fault has a stream of its own, named by its id: leaving one out changes nothing of the others.

import type { Entropy } from '../../src/kernel/ports.ts';
import { makeRandom } from '../sim/random.ts';

export type Random = () => number;

/** The stream of that name and number (FNV-1a over both, mixed with the seed). */
export function streamOf(seed: number, name: string, number = 0): Random {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (number >>> 0), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return makeRandom(hash ^ (hash >>> 13));
}

/** A whole number in [0, below). */
export function below(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** A whole number, small ones more often; `mean` on average. */
export function gap(random: Random, mean: number): number {
  return Math.floor(-Math.log(1 - random()) * mean);
}

/** Bytes that only the seed decides. */
export function makeEntropy(random: Random): Entropy {
  return (count) => {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += 2) {
      const drawn = Math.floor(random() * 65_536);
      bytes[at] = drawn & 255;
      if (at + 1 < count) bytes[at + 1] = drawn >>> 8;
    }
    return bytes;
  };
}
