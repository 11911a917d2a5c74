// The map of the sources lists the files that are there.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAP, withFiles } from '../scripts/lib/map.mjs';

describe('src/README.md', () => {
  it('lists every file with its first sentence (`node scripts/map.mjs` writes it)', () => {
    const text = readFileSync(MAP, 'utf8');
    expect(text).toBe(withFiles(text));
  });
});
