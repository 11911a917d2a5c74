// Shown data: every value comes out as it is, and no data can pass for a reference.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode } from '../../src/core/capdata.ts';
import { showData } from '../../src/core/shown-data.ts';

const MARK = Object.freeze({});
const written = (value: unknown) =>
  encode(value, {
    what: 'value',
    bytesMax: 10_000,
    isProxy: () => false,
    slotOf: (object) => (object === MARK ? 'o5.0' : undefined),
  });

describe('shown data', () => {
  it('is the value, with the id of each reference in its place', () => {
    expect(showData(written(MARK))).toEqual({ $: 'o5.0' });
    const value = { list: [MARK, 1, { to: MARK }], text: 'x' };
    const shown = { list: [{ $: 'o5.0' }, 1, { to: { $: 'o5.0' } }], text: 'x' };
    expect(showData(written(value))).toEqual(shown);
  });

  it('data in the shape of a reference has one more $', () => {
    expect(showData(written({ $: 'o5.0' }))).toEqual({ $$: 'o5.0' });
    expect(showData(written({ $: 0 }))).toEqual({ $$: 0 });
    expect(showData(written({ $$: MARK }))).toEqual({ $$$: { $: 'o5.0' } });
  });

  it('is what was written, whatever it is', () => {
    const plain = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('$'));
    fc.assert(
      fc.property(plain, (value) => {
        const data = JSON.parse(JSON.stringify(value)) as unknown;
        expect(JSON.stringify(showData(written(data)))).toBe(JSON.stringify(data));
      }),
    );
    const own = JSON.parse('{"__proto__":{"$x":1}}') as unknown;
    expect(JSON.stringify(showData(written(own)))).toBe('{"__proto__":{"$$x":1}}');
  });
});
