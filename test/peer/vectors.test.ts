// The second implementation of the wire reads and makes every test vector as the first one does.

import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPython, runPython } from './python-peer.ts';

const VECTORS = join(import.meta.dirname, '..', 'vectors');
const python = findPython();

describe('the second implementation', () => {
  it.skipIf(python === undefined)('agrees with all test vectors (needs python3-nacl)', () => {
    const said = runPython(python!, 'vectors.py');
    const files = readdirSync(VECTORS).filter((name) => name.endsWith('.json'));
    for (const file of files)
      expect(said).toMatch(new RegExp(`\\b${basename(file, '.json')} [1-9]`));
  });
});
