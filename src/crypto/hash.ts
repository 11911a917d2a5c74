// Hash: SHA-256, by which codes, swissnums and the history of lanes are known.

import { createHash, hash } from 'node:crypto';
import type { Sha256 } from '../kernel/ports.ts';

/** SHA-256 of the parts one after another. */
export const sha256: Sha256 = (...parts) => {
  // In one call: an object of Node's for each hash costs three times as much.
  const { buffer, byteOffset, length } = hash('sha256', Buffer.concat(parts), 'buffer');
  return new Uint8Array(buffer, byteOffset, length);
};

/** SHA-256 of more than fits into memory. */
export interface Hasher {
  add(bytes: Uint8Array): void;
  /** Of all that was added, in hex; nothing can be added after it. */
  hex(): string;
}

/** A hash that is made piece by piece. */
export function makeHasher(): Hasher {
  const digest = createHash('sha256');
  return Object.freeze<Hasher>({
    add: (bytes) => void digest.update(bytes),
    hex: () => digest.digest('hex'),
  });
}
