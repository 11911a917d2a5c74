// Entropy: random bytes of the operating system, the only chance in qrt.
//
// Nonces, swissnums, keys and the seeds of turns come from here; tests put a generator in its place.

import { randomBytes } from 'node:crypto';
import type { Entropy } from '../kernel/ports.ts';

/** Fresh bytes from the operating system's generator. */
export const systemEntropy: Entropy = (count) => new Uint8Array(randomBytes(count));
