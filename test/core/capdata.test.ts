import { types } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode } from '../../src/core/capdata.ts';
import { decode } from '../../src/core/capdata-decode.ts';
import { isQrtError, QrtError } from '../../src/core/errors.ts';
import { DATA_DEPTH_MAX, DATA_NODES_MAX, REFERENCES_MAX } from '../../src/core/limits.ts';
import type { Capdata } from '../../src/core/power.ts';

const KIB = 1024;
const { isProxy } = types;

class Ref {
  readonly slot: string;
  constructor(slot: string) {
    this.slot = slot;
  }
}
const slotOf = (value: object) => (value instanceof Ref ? value.slot : undefined);

function write(value: unknown, bytesMax = 4 * KIB * KIB): Capdata {
  return encode(value, { what: 'args', bytesMax, isProxy, slotOf });
}

function read(capdata: Capdata): unknown {
  return decode(capdata, { makeReference: (slot) => new Ref(slot) });
}

function refusalOf(value: unknown, bytesMax?: number): QrtError {
  try {
    write(value, bytesMax);
  } catch (error) {
    if (isQrtError(error)) return error;
    throw error;
  }
  throw new Error('it was written');
}

const nest = (depth: number): unknown => {
  let value: unknown = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
};

/** Any JSON data, with references, own `__proto__` keys and keys that look like slots. */
const carried = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('o1.0', 'o2.3', 'i7').map((slot) => new Ref(slot)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(
        fc.tuple(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.constantFrom('__proto__', '$', '$$', '$0', '1'),
          ),
          tie('value'),
        ),
        { maxLength: 4 },
      )
      .map((entries) => {
        const made = {};
        for (const [key, value] of entries) {
          Object.defineProperty(made, key, {
            value,
            writable: true,
            enumerable: true,
            configurable: true,
          });
        }
        return made;
      }),
  ),
})).value;

describe('capdata', () => {
  it('Q10 what is written is read back exactly, references and own __proto__ keys included', () => {
    fc.assert(
      fc.property(carried, (value) => {
        const capdata = write(value);
        const back = read(capdata);
        expect(back).toStrictEqual(value);
        expect(write(back)).toEqual(capdata);
        // Order of keys is data, too.
        expect(JSON.stringify(back)).toBe(JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });

  it('a body without references and $ keys is what JSON.stringify gives', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const json = JSON.stringify(value);
        fc.pre(!json.includes('"$') && !Object.is(value, -0) && !/\\ud[89a-f]/i.test(json));
        expect(write(JSON.parse(json))).toEqual({ body: json, slots: [] });
      }),
    );
  });

  it('Q11 data that looks like a reference arrives as data', () => {
    const lookalikes = [
      { $: 0 },
      { $$: 0 },
      { $slot: 0, '@ref': 0 },
      JSON.parse('{"__proto__":{"$":0}}'),
    ];
    for (const value of lookalikes) {
      const capdata = write(value);
      expect(capdata.slots).toEqual([]);
      expect(read(capdata)).toStrictEqual(value);
    }
    expect(write({ $: 0 }).body).toBe('{"$$":0}');
  });

  it('an own __proto__ key never becomes a prototype', () => {
    const value = read(write(JSON.parse('{"a":{"__proto__":{"admin":true}}}'))) as { a: object };
    expect(Object.getPrototypeOf(value.a)).toBe(Object.prototype);
    expect('admin' in value.a).toBe(false);
    const renamed = read({ body: '{"$$x":1,"__proto__":{"admin":true}}', slots: [] }) as object;
    expect('admin' in renamed).toBe(false);
    expect(Object.keys(renamed)).toEqual(['$x', '__proto__']);
  });

  it('the same reference twice uses one slot, also among many', () => {
    const refs = Array.from({ length: 20 }, (_, index) => new Ref(`o1.${index}`));
    const capdata = write([...refs, ...refs]);
    expect(capdata.slots).toEqual(refs.map(({ slot }) => slot));
    expect(capdata.body).toBe(`[${[...refs, ...refs].map((_, at) => `{"$":${at % 20}}`).join()}]`);
  });

  it('a shared sub-tree is written twice', () => {
    const shared = { a: 1 };
    expect(write([shared, shared]).body).toBe('[{"a":1},{"a":1}]');
  });

  describe('refuses with the path', () => {
    const holed = [1, 2];
    delete holed[0];
    const withExtra = Object.assign([1], { extra: 1 });
    const hidden = Object.defineProperty({}, 'x', { value: 1, enumerable: false });
    const cycle: Record<string, unknown> = {};
    cycle['again'] = { deep: cycle };
    const toJson = { toJSON: () => 1 };
    const cases: [string, unknown, string, RegExp][] = [
      ['undefined', { items: [0, undefined] }, 'args.items[1]', /undefined/],
      ['undefined itself', undefined, 'args', /undefined/],
      ['NaN', [Number.NaN], 'args[0]', /NaN/],
      ['Infinity', { a: Number.NEGATIVE_INFINITY }, 'args.a', /-Infinity/],
      ['-0', { a: -0 }, 'args.a', /-0/],
      ['bigint', { a: 1n }, 'args.a', /bigint/],
      ['symbol', { a: Symbol('x') }, 'args.a', /symbol/],
      ['symbol key', { a: { [Symbol('x')]: 1 } }, 'args.a', /symbol as a key/],
      ['function', { a: () => 1 }, 'args.a', /function/],
      ['method toJSON', toJson, 'args.toJSON', /function/],
      ['Date', { items: [{ when: new Date(0) }] }, 'args.items[0].when', /Date/],
      ['Map', { m: new Map() }, 'args.m', /Map/],
      ['Set', { m: new Set() }, 'args.m', /Set/],
      ['RegExp', { m: /x/ }, 'args.m', /RegExp/],
      ['Error', { m: new Error('x') }, 'args.m', /an Error/],
      ['boxed number', { m: Object(1) }, 'args.m', /prototype/],
      ['no prototype', { m: Object.create(null) }, 'args.m', /without a prototype/],
      ['instance of a class', { m: new (class X {})() }, 'args.m', /prototype/],
      ['array of a class', { m: new (class X extends Array {})() }, 'args.m', /prototype/],
      ['hole', { m: holed }, 'args.m[0]', /hole/],
      ['array with a property', { m: withExtra }, 'args.m', /properties of its own/],
      [
        'getter',
        {
          get m() {
            throw new Error('it ran');
          },
        },
        'args.m',
        /accessor/,
      ],
      ['setter', { set m(_value: number) {} }, 'args.m', /accessor/],
      ['hidden property', hidden, 'args.x', /enumerable/],
      ['cycle', cycle, 'args.again.deep', /contains itself/],
      ['lone surrogate', { a: 'x\ud800' }, 'args.a', /surrogate/],
      ['lone surrogate in a key', { '\udc00': 1 }, 'args["\\udc00"]', /surrogate/],
      ['odd key', { 'a b': { '': Number.NaN } }, 'args["a b"][""]', /NaN/],
    ];
    it.each(cases)('%s', (_name, value, path, reason) => {
      const error = refusalOf(value);
      expect(error.code).toBe('QRT_DATA_UNCARRIED');
      expect(error.details['path']).toBe(path);
      expect(error.details['reason']).toMatch(reason);
    });

    it('a proxy, without running a trap', () => {
      const trap = () => {
        throw new Error('a trap ran');
      };
      const all = new Proxy({}, { get: () => trap });
      for (const target of [{}, [], () => 1]) {
        const error = refusalOf({ p: new Proxy(target, all) });
        expect(error.code).toBe('QRT_DATA_UNCARRIED');
      }
    });

    it('a function, with a better error when one is known', () => {
      const native = () => 1;
      const refuseFunction = (value: object, path: string) =>
        value === native ? new QrtError('QRT_POWER_INVALID', { reason: path }) : undefined;
      const options = { what: 'newpower', bytesMax: KIB, isProxy, slotOf, refuseFunction };
      expect(() => encode({ a: [native] }, options)).toThrow(/newpower\.a\[0\]/);
      expect(() => encode({ a: () => 2 }, options)).toThrow(/a function/);
    });
  });

  describe('has bounds', () => {
    const unitOf = (value: unknown, bytesMax?: number) => {
      const error = refusalOf(value, bytesMax);
      expect(error.code).toBe('QRT_DATA_OVERSIZE');
      return error.details['unit'];
    };

    it(`of ${DATA_DEPTH_MAX} levels`, () => {
      expect(read(write(nest(DATA_DEPTH_MAX)))).toStrictEqual(nest(DATA_DEPTH_MAX));
      expect(unitOf(nest(DATA_DEPTH_MAX + 1))).toBe('levels');
      expect(unitOf(nest(100_000))).toBe('levels');
    });

    it(`of ${DATA_NODES_MAX} values, counted after expansion`, () => {
      const many = Array(DATA_NODES_MAX - 1).fill(0);
      expect((read(write(many)) as unknown[]).length).toBe(DATA_NODES_MAX - 1);
      expect(unitOf(Array(DATA_NODES_MAX).fill(0))).toBe('values');
      let laughs: unknown = 'lol';
      for (let level = 0; level < 40; level += 1) laughs = [laughs, laughs];
      expect(unitOf(laughs)).toBe('values');
      expect(unitOf(Array(2 ** 32 - 1))).toBe('values');
    });

    it('of bytes, counted as UTF-8 and before a text is built', () => {
      const exactly = '"€"'.length + 2;
      expect(write('€', exactly).body).toBe('"€"');
      expect(unitOf('€', exactly - 1)).toBe('bytes');
      const record = { abc: [1, 2], d: { e: null } };
      const { length } = JSON.stringify(record);
      expect(write(record, length).body.length).toBe(length);
      expect(unitOf(record, length - 1)).toBe('bytes');
      expect(unitOf('\0'.repeat(2 ** 28), KIB)).toBe('bytes');
    });

    it(`of ${REFERENCES_MAX} references`, () => {
      const refs = Array.from({ length: REFERENCES_MAX + 1 }, (_, n) => new Ref(`i${n}`));
      expect(write(refs.slice(1)).slots).toHaveLength(REFERENCES_MAX);
      expect(unitOf(refs)).toBe('references');
    });
  });
});
