// docs/errors.md is the table of errors as it is now, with advice for each code.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ADVICE } from '../../scripts/lib/error-advice.mjs';
import { ERRORS_PAGE, makeErrorsPage, readCodes } from '../../scripts/lib/errors-page.mjs';
import { isErrorCode } from '../../src/core/errors.ts';
import { ROOT, readPages } from './markdown.ts';

const TABLE = new URL('../../src/core/error-table.ts', import.meta.url);

/** A whole code, not the beginning of several (`QRT_DATA_*`). */
const CODE = /\bQRT_[A-Z]+(?:_[A-Z]+)*\b(?![_*])/g;
/** Variables of the environment are no codes. */
const VARIABLES = ['QRT_DIR', 'QRT_BWRAP', 'QRT_TEST', 'QRT_TEST_NODE', 'QRT_TEST_SEED'];

describe('docs/errors.md', () => {
  it('every code in the table is found, and nothing else', () => {
    const named = [...readFileSync(TABLE, 'utf8').matchAll(/^\s*(QRT_[A-Z0-9_]+):/gm)];
    expect(readCodes()).toEqual(named.map(([, code]) => code));
    expect(readCodes().length).toBeGreaterThan(50);
    expect(readCodes().filter((code) => !isErrorCode(code))).toEqual([]);
  });

  it('every code has advice of a sentence or more, in scripts/lib/error-advice.mjs', () => {
    expect(readCodes().filter((code) => !Object.hasOwn(ADVICE, code))).toEqual([]);
    expect(Object.keys(ADVICE).filter((code) => !readCodes().includes(code))).toEqual([]);
    expect(Object.entries(ADVICE).filter(([, text]) => !/^.{40,}\.$/s.test(text))).toEqual([]);
  });

  it('every code that a page names is one', () => {
    const codes = new Set([...readCodes(), ...VARIABLES]);
    const unknown = readPages().flatMap(({ path }) =>
      [...readFileSync(join(ROOT, path), 'utf8').matchAll(CODE)]
        .filter(([code]) => !codes.has(code))
        .map(([code]) => `${path}: ${code}`),
    );
    expect(unknown).toEqual([]);
  });

  it('the page is what `node scripts/errors-page.mjs` writes', async () => {
    expect(readFileSync(ERRORS_PAGE, 'utf8')).toBe(await makeErrorsPage());
  });
});
