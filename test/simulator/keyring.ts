// Keyring: the keys of all runs. They are the same in each run, and what was once computed of them
// is kept, because signatures and curve work would take most of the time.
//
// Boxes are sealed and opened anew each time; only what gives the same result for ever is kept.

import { makeSealer } from '../../src/crypto/sealer.ts';
import type { Entropy, Sealer } from '../../src/kernel/ports.ts';
import { makeEntropy, streamOf } from './chance.ts';

const KEY_BYTES = 32;
const KEPT_MAX = 20_000;
const KEYS_SEED = 1;

interface Key {
  readonly seed: Uint8Array;
  readonly sealer: Sealer;
  entropy: Entropy;
}

const keys: Key[] = [];
const signatures = new Map<string, Uint8Array>();
const verdicts = new Map<string, boolean>();

/** The sealer of key number `index`, which draws from `entropy` from now on, and its secret. */
export function takeKey(index: number, entropy: Entropy): Pick<Key, 'sealer' | 'seed'> {
  const key = keyAt(index);
  key.entropy = entropy;
  return key;
}

function keyAt(index: number): Key {
  const known = keys[index];
  if (known) return known;
  const seed = makeEntropy(streamOf(KEYS_SEED, 'key', index))(KEY_BYTES);
  const noEntropy: Entropy = () => {
    throw new Error('a key without a run');
  };
  const key: Key = {
    seed,
    entropy: noEntropy,
    sealer: remember(makeSealer({ seed, entropy: (count) => key.entropy(count) })),
  };
  keys[index] = key;
  return key;
}

function remember(sealer: Sealer): Sealer {
  return Object.freeze<Sealer>({
    ...sealer,
    sign: (bytes) => recall(signatures, `${sealer.vat} ${text(bytes)}`, () => sealer.sign(bytes)),
    verify(input) {
      const name = `${input.vat} ${text(input.signature)} ${text(input.bytes)}`;
      return recall(verdicts, name, () => sealer.verify(input));
    },
  });
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function recall<T>(kept: Map<string, T>, name: string, compute: () => T): T {
  const known = kept.get(name);
  if (known !== undefined) return known;
  if (kept.size >= KEPT_MAX) kept.clear();
  const value = compute();
  kept.set(name, value);
  return value;
}
