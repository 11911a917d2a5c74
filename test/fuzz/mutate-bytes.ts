// Mutate bytes: one or a few changes to a run of bytes.

import { pick } from '../sim/random.ts';
import type { Random } from './target.ts';

/** A copy with one change, seldom more. It is another run of bytes than before. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  let changed = bytes;
  do changed = pick(random, CHANGES)(changed, random);
  while (random() < 0.3 || Buffer.compare(changed, bytes) === 0);
  return changed;
}

type Change = (bytes: Uint8Array, random: Random) => Uint8Array;

const placeIn = (bytes: Uint8Array, random: Random): number =>
  Math.floor(random() * (bytes.length + 1));

function splice(bytes: Uint8Array, at: number, out: number, put: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + out)]);
}

const CHANGES: readonly Change[] = [
  (bytes, random) => {
    const copy = Uint8Array.from(bytes);
    const at = Math.floor(random() * bytes.length);
    if (at < bytes.length) copy[at]! ^= 1 << Math.floor(random() * 8);
    return copy;
  },
  (bytes, random) => bytes.subarray(0, placeIn(bytes, random)),
  (bytes, random) => bytes.subarray(placeIn(bytes, random)),
  (bytes, random) =>
    splice(bytes, placeIn(bytes, random), Math.floor(random() * 8), new Uint8Array(0)),
  (bytes, random) => {
    const put = Uint8Array.from({ length: 1 + Math.floor(random() * 8) }, () => random() * 256);
    return splice(bytes, placeIn(bytes, random), Math.floor(random() * 3), put);
  },
  (bytes, random) => {
    const at = placeIn(bytes, random);
    return splice(bytes, at, 0, bytes.subarray(at, at + Math.floor(random() * 64)));
  },
  (bytes, random) => {
    const at = placeIn(bytes, random);
    const fill = new Uint8Array(Math.floor(random() * 40)).fill(
      pick(random, [0, 0x20, 0x7b, 0xff]),
    );
    return splice(bytes, at, fill.length, fill);
  },
];
