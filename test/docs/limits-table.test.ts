// The bounds that the guides state are those of src/core/limits.ts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS_PAGE, makeLimitsPage } from '../../scripts/lib/limits-tables.mjs';
import * as limits from '../../src/core/limits.ts';
import { parsePage, ROOT } from './markdown.ts';

const VALUES = limits as unknown as Readonly<Record<string, number>>;
const ROW = /^\| ([^|]+) \| `([A-Z_]+)` \|/;

/** A bound as people write it. */
function written(name: string): string {
  const value = VALUES[name] ?? Number.NaN;
  if (/_MIB$/.test(name)) return `${value} MiB`;
  if (/BYTES/.test(name)) {
    return value % 2 ** 20 === 0 ? `${value / 2 ** 20} MiB` : `${value / 2 ** 10} KiB`;
  }
  if (/_MS(_|$)/.test(name)) return `${value / 1_000} s`;
  return value.toLocaleString('en-US');
}

/** Whether a bound stands in a text, and not only as part of another number. */
function hasWords(text: string, bound: string): boolean {
  return new RegExp(`(?<![\\d,.])${bound}(?![,.]?\\d|\\w)`).test(text);
}

describe('bounds in docs/writing-objects.md', () => {
  const path = 'docs/writing-objects.md';
  const page = parsePage(path, readFileSync(join(ROOT, path), 'utf8'));
  const rows = page.prose.flatMap((line) => {
    const [, what = '', name] = ROW.exec(line) ?? [];
    return name === undefined ? [] : [{ what, name }];
  });

  it('each row of the table has the number that its name stands for', () => {
    expect(rows.length).toBeGreaterThan(15);
    const wrong = rows.filter(({ what, name }) => !hasWords(what, written(name)));
    expect(wrong.map(({ what, name }) => `${what}: ${name} is ${written(name)}`)).toEqual([]);
  });

  it('a number is not taken for a part of another', () => {
    expect(hasWords('a memory, 1 MiB', '1 MiB')).toBe(true);
    expect(hasWords('a memory, 11 MiB', '1 MiB')).toBe(false);
    expect(hasWords('objects, 1,000', '1')).toBe(false);
  });
});

describe('limits in docs/running-nodes.md', () => {
  it('are those that can be chosen, and those of the wire', async () => {
    const page = readFileSync(LIMITS_PAGE, 'utf8');
    expect(page, 'run `node scripts/limits-tables.mjs`').toBe(await makeLimitsPage());
  });
});
