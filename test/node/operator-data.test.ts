import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatQrid, makeSwissnum, makeVatId } from '../../src/core/ids.ts';
import { makeOperatorData } from '../../src/node/operator-data.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const QRID = { vat: makeVatId(key(1)), swissnum: makeSwissnum(key(2)) };
const TEXT = formatQrid(QRID);

const make = (json: string, refs: readonly string[] = [], bytesMax = 1_000) =>
  makeOperatorData({ what: 'ARGSJSON', json, refs, bytesMax });

const codeOf = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'nothing';
};

describe('operator data', () => {
  it('carries JSON as it was typed', () => {
    expect(make('{"method":"record","value":[1,2.5,true,null,"x"]}')).toEqual({
      body: '{"method":"record","value":[1,2.5,true,null,"x"]}',
      slots: [],
    });
  });

  it('keeps an own __proto__ key', () => {
    expect(make('{"__proto__":{"admin":true}}').body).toBe('{"__proto__":{"admin":true}}');
  });

  it('text that only looks like a reference stays text, and so does data that looks like a slot', () => {
    expect(make(JSON.stringify({ to: TEXT }))).toEqual({
      body: JSON.stringify({ to: TEXT }),
      slots: [],
    });
    expect(make('{"$":0}')).toEqual({ body: '{"$$":0}', slots: [] });
  });

  it.each([
    ['{}', 'to', '{"to":{"$":0}}'],
    ['{"to":"here"}', 'to', '{"to":{"$":0}}'],
    ['[1,2]', '[1]', '[1,{"$":0}]'],
    ['{"a":{"b":[0,{}]}}', 'a.b[1].c', '{"a":{"b":[0,{"c":{"$":0}}]}}'],
    ['{"a b":{}}', '["a b"].c', '{"a b":{"c":{"$":0}}}'],
    ['{"a=b":1}', 'a=b', '{"a=b":{"$":0}}'],
    ['{}', '__proto__', '{"__proto__":{"$":0}}'],
    ['7', '', '{"$":0}'],
  ])('in %s a reference at %j gives %s', (json, path, body) => {
    expect(make(json, [`${path}=${TEXT}`])).toEqual({ body, slots: [QRID] });
  });

  it('the same reference twice is one slot', () => {
    const { body, slots } = make('{}', [`a=${TEXT}`, `b=${TEXT}`]);
    expect(body).toBe('{"a":{"$":0},"b":{"$":0}}');
    expect(slots).toHaveLength(1);
  });

  it.each([
    'a.b',
    'list[2]',
    'list.x',
    'list[01]',
    'text.x',
    '.to',
    'to..x',
    'list[-1]',
    'a[',
    ']',
  ])('a path that names no place is refused: %s', (path) => {
    const json = '{"list":[1,2],"text":"x"}';
    expect(codeOf(() => make(json, [`${path}=${TEXT}`]))).toBe('QRT_PATH_UNKNOWN');
  });

  it('nothing is placed inside of a reference', () => {
    const refs = [`a=${TEXT}`, `a.b=${TEXT}`];
    expect(codeOf(() => make('{}', refs))).toBe('QRT_PATH_UNKNOWN');
  });

  it('a place that is given twice is refused', () => {
    expect(codeOf(() => make('{}', [`a=${TEXT}`, `["a"]=${TEXT}`]))).toBe('QRT_ARGUMENT_INVALID');
  });

  it('a reference that is none is refused without repeating it', () => {
    expect(() => make('{}', ['to=qrt:x'])).toThrow(
      expect.objectContaining({
        code: 'QRT_QRID_MALFORMED',
        message: expect.stringMatching(/^--ref to is no QRID\. (?!.*qrt:x)/),
      }),
    );
    expect(codeOf(() => make('{}', ['to']))).toBe('QRT_ARGUMENT_INVALID');
  });

  it.each([
    '',
    '{',
    '{a:1}',
    "{'a':1}",
    '{"a":1,}',
    'undefined',
    'NaN',
    '01',
    '1e999',
    '-1e999',
    '1e-999',
    '-0',
    '-0.0',
    '9007199254740993',
    '0.1000000000000000000001',
    '{"a":[12345678901234567890]}',
    '"\\ud800"',
  ])('%j is refused as JSON', (json) => {
    expect(codeOf(() => make(json))).toBe('QRT_JSON_MALFORMED');
  });

  it.each([
    '9007199254740992',
    '9007199254740994',
    '1e23',
    '1E+2',
    '100.00',
    '0.10',
    '0e7',
    '"-0"',
    '"1e999"',
    '"a\\"-0"',
    '5e-324',
  ])('%s is exact and taken', (json) => {
    expect(codeOf(() => make(json))).toBe('nothing');
  });

  it('whatever JSON.stringify writes of plain data is taken and means the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const json = JSON.stringify(value);
        if (/-0(?![.\d])|\\ud[89a-f]/.test(json)) return;
        const { body } = make(json, [], 100_000);
        expect(JSON.parse(body.replaceAll('"$$', '"$'))).toEqual(JSON.parse(json));
      }),
    );
  });

  it('the bound of bytes holds at its edge', () => {
    const edge = `"${'x'.repeat(998)}"`;
    expect(codeOf(() => make(edge))).toBe('nothing');
    expect(codeOf(() => make(`"${'x'.repeat(999)}"`))).toBe('QRT_REQUEST_OVERSIZE');
  });

  it('nesting beyond the bound is refused', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => make(nested(64)))).toBe('nothing');
    expect(codeOf(() => make(nested(65)))).toBe('QRT_JSON_MALFORMED');
  });
});
