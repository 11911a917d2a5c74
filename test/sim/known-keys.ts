// Known keys: sealers of which what was once computed is kept for all worlds of the process, because
// key pairs, curve work and signatures would take most of the time of many tests.
//
// Worlds of the same seed have the same keys and records. Boxes are sealed and opened anew each time;
// only what gives the same result for ever is kept.

import { makeSealer } from '../../src/crypto/sealer.ts';
import type { Entropy, Sealer } from '../../src/kernel/ports.ts';

const KEPT_MAX = 20_000;
const KEYS_MAX = 1_000;

interface Key {
  readonly sealer: Sealer;
  entropy: Entropy;
}

const keys = new Map<string, Key>();
const signatures = new Map<string, Uint8Array>();
const verdicts = new Map<string, boolean>();

/** The sealer of one key: each of those with the same `seed` draws from its own `entropy`. */
export function makeKnownSealer({
  seed,
  entropy,
}: {
  readonly seed: Uint8Array;
  readonly entropy: Entropy;
}): Sealer {
  const key = recall({ kept: keys, max: KEYS_MAX, name: text(seed), compute: () => makeKey(seed) });
  const { sealer } = key;
  return Object.freeze<Sealer>({
    ...sealer,
    seal(input) {
      key.entropy = entropy;
      try {
        return sealer.seal(input);
      } finally {
        // Keys outlive worlds, and an entropy would hold its whole world.
        key.entropy = noEntropy;
      }
    },
    sign(bytes) {
      const name = `${sealer.vat} ${text(bytes)}`;
      const compute = () => sealer.sign(bytes);
      return recall({ kept: signatures, max: KEPT_MAX, name, compute }).slice();
    },
    verify(input) {
      const name = `${input.vat} ${text(input.signature)} ${text(input.bytes)}`;
      const compute = () => sealer.verify(input);
      return recall({ kept: verdicts, max: KEPT_MAX, name, compute });
    },
  });
}

function makeKey(seed: Uint8Array): Key {
  const key: Key = {
    sealer: makeSealer({ seed, entropy: (count) => key.entropy(count) }),
    entropy: noEntropy,
  };
  return key;
}

const noEntropy: Entropy = () => {
  throw new Error('a key without a world');
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

interface Recalling<T> {
  readonly kept: Map<string, T>;
  readonly max: number;
  readonly name: string;
  readonly compute: () => T;
}

function recall<T>({ kept, max, name, compute }: Recalling<T>): T {
  const known = kept.get(name);
  if (known !== undefined) return known;
  if (kept.size >= max) kept.clear();
  const value = compute();
  kept.set(name, value);
  return value;
}
