// The planted bugs apply, and the table in README.md says of each what is wrong and who notices it.
//
// That each is noticed says `npm run planted`, which takes minutes.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { applyEdit } from './plant.ts';
import { PLANTS } from './plants.ts';
import { formatTable } from './table.ts';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

describe('planted bugs', () => {
  it.each(PLANTS)('$name applies, and its test is there', ({ edits, test }) => {
    const texts = new Map<string, string>();
    for (const edit of edits) {
      texts.set(edit.file, applyEdit(texts.get(edit.file) ?? read(edit.file), edit));
    }
    const [, ...inner] = test.name.split(' ');
    // The name of a test, or of its group and itself.
    expect([test.name, inner.join(' ')].some((name) => read(test.file).includes(name))).toBe(true);
  });

  it('are at least 25, each with a name of its own', () => {
    const names = PLANTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(25);
  });

  it('are the rows of the table', () => {
    expect(read('test/planted/README.md')).toContain(formatTable(PLANTS));
  });

  it('one that does not apply is an error', () => {
    const edit = { file: 'a.ts', find: 'here', replace: 'there' };
    expect(applyEdit('only here', edit)).toBe('only there');
    expect(() => applyEdit('here and here', edit)).toThrow('2 places');
    expect(() => applyEdit('gone', edit)).toThrow('0 places');
  });
});
