// Keyring: the keys of all runs, the same in each run.

import type { Entropy, Sealer } from '../../src/kernel/ports.ts';
import { makeKnownSealer } from '../sim/known-keys.ts';
import { makeEntropy, streamOf } from './chance.ts';

const KEY_BYTES = 32;
const KEYS_SEED = 1;

const seeds: Uint8Array[] = [];

/** The sealer of key number `index`, which draws from `entropy`, and its secret. */
export function takeKey(
  index: number,
  entropy: Entropy,
): { readonly sealer: Sealer; readonly seed: Uint8Array } {
  seeds[index] ??= makeEntropy(streamOf(KEYS_SEED, 'key', index))(KEY_BYTES);
  const seed = seeds[index];
  return { seed, sealer: makeKnownSealer({ seed, entropy }) };
}
