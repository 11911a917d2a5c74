// Nonces: no key ever uses one twice, over all bytes that were put on the wire.
//
// NaCl's key is the same both ways, so the two directions of a pair share one set.

import { splitEnvelope } from '../../spec/wire.ts';

export interface NonceCheck {
  /** Takes an envelope; returns a complaint, if there is reason for one. */
  see(bytes: Uint8Array): string | undefined;
}

export function makeNonceCheck(): NonceCheck {
  const pairs = new Map<string, Set<string>>();
  return {
    see(bytes) {
      const { from, to, nonce } = splitEnvelope(bytes);
      const pair = [from, to].toSorted().join(' ');
      const used = pairs.get(pair) ?? new Set();
      pairs.set(pair, used);
      const text = Buffer.from(nonce).toString('latin1');
      if (used.has(text)) return `nonce: ${from} used one again towards ${to}`;
      used.add(text);
      return undefined;
    },
  };
}
