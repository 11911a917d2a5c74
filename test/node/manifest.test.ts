// What a manifest may say, and how a wrong field is named.

import { describe, expect, it } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import { BUNDLE_REFS_MAX, MANIFEST_LINE_CHARACTERS_MAX } from '../../src/core/limits.ts';
import { parseManifest } from '../../src/node/manifest.ts';

const readManifest = (manifest: unknown) =>
  parseManifest({
    json: typeof manifest === 'string' ? JSON.parse(manifest) : manifest,
    fail: (reason) => new QrtError('QRT_BUNDLE_INVALID', { path: 'chat/qrt.json', reason }),
  });

const refusal = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message}`;
  }
  return 'nothing';
};
const INVALID = 'QRT_BUNDLE_INVALID: The bundle cannot be installed.';

describe('manifest', () => {
  const LINE = `one line of 1 to ${MANIFEST_LINE_CHARACTERS_MAX} characters`;
  const long = 'x'.repeat(MANIFEST_LINE_CHARACTERS_MAX + 1);

  it.each([
    [[], 'it must be an object'],
    ['7', 'it must be an object'],
    ['null', 'it must be an object'],
    [{ version: 1 }, 'the field "version" is unknown; there are name, description, grants, refs'],
    ['{"__proto__":{}}', 'the field "__proto__" is unknown'],
    [{ name: 7 }, `"name" must be ${LINE}`],
    [{ name: '' }, `"name" must be ${LINE}`],
    [{ name: 'a\nb' }, `"name" must be ${LINE}`],
    [{ name: 'a\u202eb' }, `"name" must be ${LINE}`],
    [{ name: 'a\u2066b' }, `"name" must be ${LINE}`],
    [{ description: 'a\u2028b' }, `"description" must be ${LINE}`],
    [{ refs: { server: 'a\u2029b' } }, `"refs.server" must be what it is for, ${LINE}`],
    [{ description: long }, `"description" must be ${LINE}`],
    [{ grants: 'log' }, '"grants" must be a list'],
    [{ grants: ['log', 'fs'] }, '"grants[1]" must be one of: log'],
    [{ grants: [['log']] }, '"grants[0]" must be one of: log'],
    [{ grants: ['make_object'] }, '"grants[0]" must be one of: log'],
    [{ grants: Array(17).fill('log') }, '"grants" has more than 16 items'],
    [{ refs: ['server'] }, '"refs" must be an object'],
    [{ refs: { server: 7 } }, `"refs.server" must be what it is for, ${LINE}`],
    [{ refs: { server: '' } }, `"refs.server" must be what it is for, ${LINE}`],
    [{ refs: { server: 'a\u001b[2J' } }, `"refs.server" must be what it is for, ${LINE}`],
    [{ refs: { 'a b': 'x' } }, '"refs" names "a b": use letters'],
    [{ refs: { 'a.b': 'x' } }, '"refs" names "a.b": use letters'],
    [{ refs: { '': 'x' } }, '"refs" names "": use letters'],
    [{ refs: { memory: 'x' } }, '"refs.memory" is put into the power by qrt'],
    [{ refs: { make_object: 'x' } }, '"refs.make_object" is put into the power by qrt'],
    [{ refs: { log: 'x' } }, '"refs.log" is put into the power by qrt'],
  ])('%j is refused: %s', (manifest, reason) => {
    expect(refusal(() => readManifest(manifest))).toContain(`${INVALID} chat/qrt.json: ${reason}`);
  });

  it(`may ask for ${BUNDLE_REFS_MAX} references and not one more, each under any plain name`, () => {
    const refs = Object.fromEntries(
      Array.from({ length: BUNDLE_REFS_MAX - 1 }, (_, n) => [`r${n}`, 'x']),
    );
    const text = JSON.stringify({ refs }).replace('{"r0"', '{"__proto__":"p","r0"');
    expect(readManifest(text).refs).toHaveLength(BUNDLE_REFS_MAX);
    expect(readManifest(text).refs[0]).toEqual({ name: '__proto__', purpose: 'p' });
    const more = text.replace('"__proto__"', '"one_more":"x","__proto__"');
    expect(refusal(() => readManifest(more))).toContain(
      `"refs" has more than ${BUNDLE_REFS_MAX} references`,
    );
  });

  it('a grant named twice is asked for once', () => {
    expect(readManifest({ grants: ['log', 'log'] }).grants).toEqual(['log']);
  });
});
