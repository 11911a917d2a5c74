// Handshakes: how many TLS connections may begin, decided before any curve work for them.
//
// A handshake costs the listener 0.2 to 2 ms, and nothing is known of who asks for it but the
// address. So addresses at which no peer is known have little in all, and each has less.

import { makeBuckets } from '../core/buckets.ts';
import { ADDRESSES_MAX } from '../core/flood-limits.ts';
import {
  HANDSHAKES_PER_ADDRESS_BURST,
  HANDSHAKES_PER_ADDRESS_SECOND,
  HANDSHAKES_PER_SECOND,
} from '../core/tls-limits.ts';
import { PROXY } from './client-address.ts';

export interface HandshakesInput {
  /** Milliseconds that never run backwards. */
  readonly nowMs: () => number;
  /** Whether a peer is known to be at that address. */
  readonly isProven: (address: string) => boolean;
}

/** Whether a connection from that address may begin one. A trusted proxy always may. */
export function makeHandshakes({ nowMs, isProven }: HandshakesInput): (address: string) => boolean {
  const all = makeBuckets({
    ...{ nowMs, keysMax: 1 },
    ...{ burst: HANDSHAKES_PER_SECOND, perSecond: HANDSHAKES_PER_SECOND },
  });
  const own = makeBuckets({
    ...{ nowMs, keysMax: ADDRESSES_MAX },
    ...{ burst: HANDSHAKES_PER_ADDRESS_BURST, perSecond: HANDSHAKES_PER_ADDRESS_SECOND },
  });
  return (address) => {
    if (address === PROXY) return true;
    // The address first: one alone MUST not use up what all have together.
    return own.take(address) && (isProven(address) || all.take(''));
  };
}
