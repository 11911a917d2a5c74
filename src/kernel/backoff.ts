// Backoff: how long to wait before the next attempt, for ever.
//
// Capped exponential backoff with full jitter (Brooker, 2015): a random part of a delay that
// doubles up to a cap, so that many senders do not return to a recovered peer at one moment.

import { RETRY_FIRST_MS, RETRY_LAST_MS } from '../core/limits.ts';
import type { Entropy } from './ports.ts';

/** Milliseconds to wait after `failures` failures in a row (1 or more). */
export function retryDelayMs(failures: number, entropy: Entropy): number {
  const cap = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** Math.min(failures - 1, 30));
  const random = Buffer.from(entropy(4)).readUInt32BE(0) / 2 ** 32;
  return Math.ceil(cap * random);
}
