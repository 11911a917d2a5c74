// What an operator may write beside a QRID.

import { describe, expect, it } from 'vitest';
import { LABEL_CHARACTERS_MAX } from '../../src/core/limits.ts';
import { parseLabel } from '../../src/node/label.ts';

describe('label', () => {
  it.each(['for Bob', 'für Ömer', 'לבוב', 'x'.repeat(LABEL_CHARACTERS_MAX)])(
    '%s is one',
    (text) => {
      expect(parseLabel(text)).toBe(text);
    },
  );

  it.each(['', 'a\nb', 'a\u009bb', 'a\u202eb', 'a\u2066b', 'a\u061cb', 'a\u2028b', 'a\u2029b'])(
    '%j is none: it could look like another one, or like two',
    (text) => {
      expect(() => parseLabel(text)).toThrow(/--label: give one line/);
    },
  );

  it('a character more than allowed is refused', () => {
    expect(() => parseLabel('x'.repeat(LABEL_CHARACTERS_MAX + 1))).toThrow(/--label/);
  });
});
