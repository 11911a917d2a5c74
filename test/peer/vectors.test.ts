// The second implementation of the wire reads and makes every test vector as the first one does.

import { describe, expect, it } from 'vitest';
import { findPython, runPython } from './python-peer.ts';

const python = findPython();

describe('the second implementation', () => {
  it.skipIf(python === undefined)('agrees with all test vectors (needs python3-nacl)', () => {
    const said = runPython(python!, 'vectors.py');
    for (const file of ['keys', 'items', 'tails', 'boxes', 'receipts', 'envelopes', 'contacts']) {
      expect(said).toMatch(new RegExp(`\\b${file} [1-9]`));
    }
  });
});
