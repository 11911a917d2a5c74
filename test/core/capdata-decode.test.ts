import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/core/capdata-decode.ts';
import { isQrtError } from '../../src/core/errors.ts';
import { DATA_DEPTH_MAX, DATA_NODES_MAX } from '../../src/core/limits.ts';
import type { Capdata } from '../../src/core/power.ts';

const read = (capdata: Capdata): unknown =>
  decode(capdata, { makeReference: (slot) => ({ slot }) });

const nest = (depth: number): unknown => {
  let value: unknown = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
};

describe('reading capdata', () => {
  const slots = ['o1.0'];
  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['a slot beyond the list', '{"$":1}'],
    ['a negative slot', '{"$":-1}'],
    ['a broken slot', '{"$":0.5}'],
    ['a slot that is text', '{"$":"0"}'],
    ['a slot that is null', '{"$":null}'],
    ['a slot with company', '{"$":0,"a":1}'],
    ['a single $ in a key', '{"$a":1}'],
    ['an escaped $', '{"\\u0024a":1}'],
    ['-0', '[-0]'],
    ['-0 with an exponent', '-0e1'],
    ['a number out of range', '1e400'],
    ['a lone surrogate', '"\\ud800"'],
    ['a lone surrogate in a key', '{"\\udfff":1}'],
    ['a raw lone surrogate', '"\ud800"'],
    ['too many levels', JSON.stringify(nest(DATA_DEPTH_MAX + 1))],
    ['far too many levels', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['too many values', JSON.stringify(Array(DATA_NODES_MAX).fill(0))],
  ])('refuses %s', (_name, body) => {
    try {
      read({ body, slots });
    } catch (error) {
      expect(isQrtError(error, 'QRT_DATA_MALFORMED')).toBe(true);
      return;
    }
    throw new Error('it was read');
  });

  it('takes unused slots, white space and escapes that mean something', () => {
    expect(read({ body: ' {"a" : "\\u20ac\\ud83d\\ude00"} ', slots })).toEqual({ a: '€😀' });
  });

  it('tells the index of a reference, and freezes everything when asked', () => {
    const seen: [string, number][] = [];
    const value = decode(
      { body: '{"a":[{"$":1}],"$$b":{}}', slots: ['o1.0', 'o2.0'] },
      { freeze: true, makeReference: (slot, index) => seen.push([slot, index]) },
    ) as Record<string, object>;
    expect(seen).toEqual([['o2.0', 1]]);
    expect([value, value['a'], value['$b']].map((part) => Object.isFrozen(part))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('never throws anything but a coded error, whatever the body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.json(), (noise, json) => {
        for (const body of [noise, json, json.replace('"', '"$')]) {
          try {
            read({ body, slots });
          } catch (error) {
            expect(isQrtError(error, 'QRT_DATA_MALFORMED')).toBe(true);
          }
        }
      }),
    );
  });
});
