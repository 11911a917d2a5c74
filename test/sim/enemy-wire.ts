// Enemy wire: a network that does with boxes and receipts whatever it likes, from a seed.

import type { VatId } from '../../src/core/ids.ts';
import { parseEnvelope } from '../../src/core/wire.ts';
import type { Fate, Wire } from './network.ts';
import { pick } from './random.ts';

/** How long the enemy holds something back at most: longer than an attempt lasts. */
const DELAY_MS_MAX = 30_000;

type Trick = (bytes: Uint8Array) => readonly Fate[];

/** A wire on which about half of what is sent fares badly. */
export function makeEnemyWire(input: {
  readonly random: () => number;
  readonly vats: () => readonly { readonly id: VatId }[];
}): Wire {
  const { random, vats } = input;
  const kept: Uint8Array[] = [];
  const below = (max: number): number => Math.floor(random() * max);
  const arrive = (bytes: Uint8Array, delayMs = 1, at?: VatId): Fate =>
    at === undefined ? { type: 'arrive', bytes, delayMs } : { type: 'arrive', bytes, delayMs, at };
  const flip = (bytes: Uint8Array): Uint8Array => {
    const flipped = Uint8Array.from(bytes);
    flipped[below(bytes.length)]! ^= 1 << below(8);
    return flipped;
  };
  /** Something from earlier, at whom it was for or at anyone. */
  const replay = (): readonly Fate[] => {
    const bytes = pick(random, kept);
    const to = random() < 0.8 ? parseEnvelope(bytes)!.to : pick(random, vats()).id;
    return [arrive(bytes, below(DELAY_MS_MAX), to)];
  };

  const tricks: readonly Trick[] = [
    (bytes) => [arrive(bytes)],
    (bytes) => [arrive(bytes)],
    () => [],
    (bytes) => [arrive(bytes), arrive(bytes, below(100)), arrive(bytes, below(DELAY_MS_MAX))],
    (bytes) => [arrive(bytes, below(DELAY_MS_MAX))],
    (bytes) => [arrive(bytes.subarray(0, below(bytes.length)))],
    (bytes) => [arrive(flip(bytes))],
    (bytes) => [arrive(bytes, 1, parseEnvelope(bytes)!.from)],
    (bytes) => [arrive(bytes, 1, pick(random, vats()).id)],
    (bytes) => [arrive(bytes), ...replay()],
    () => replay(),
    (bytes) => [{ type: 'answer', bytes: pick(random, kept), delayMs: below(100) }, arrive(bytes)],
    () => [{ type: 'answer', bytes: new Uint8Array(below(200)), delayMs: 1 }],
  ];
  return (bytes) => {
    kept.push(bytes);
    return pick(random, tricks)(bytes);
  };
}
