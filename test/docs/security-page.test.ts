// The tests that SECURITY.md names exist, and say what it says that they say.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './markdown.ts';

const ROW = /^\| [^|]+ \| \[[^\]]+\]\(([^)]+)\) \| `([^`]+)` \|$/;

describe('SECURITY.md', () => {
  const lines = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8').split('\n');
  const rows = lines.flatMap((line) => {
    const [, path = '', text = ''] = ROW.exec(line) ?? [];
    return path === '' ? [] : [{ path, text }];
  });

  it('names tests that exist', () => {
    expect(rows.length).toBeGreaterThan(15);
    const missing = rows.filter(({ path, text }) => {
      return (
        !existsSync(join(ROOT, path)) || !readFileSync(join(ROOT, path), 'utf8').includes(text)
      );
    });
    expect(missing).toEqual([]);
  });

  it('is a page that one can read', () => {
    expect(lines.length).toBeLessThanOrEqual(160);
    expect(lines.filter((line) => line.length > 100 && !line.startsWith('|'))).toEqual([]);
  });
});
