// Items as bytes: what is written is read, and what cannot be read is still an item.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSwissnum } from '../../src/core/ids.ts';
import { encodeItem, FULFILLED, type Item, parseItem, THREW } from '../../src/core/item.ts';
import { HOPS_MAX, REFERENCES_MAX, WIRE_NUMBER_MAX } from '../../src/core/limits.ts';

type SendableItem = Exclude<Item, { kind: 'malformed' }>;

const trace = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const wireNumber = fc.integer({ min: 1, max: WIRE_NUMBER_MAX });
const wireName = fc.record({
  side: fc.constantFrom('x' as const, 'y' as const, 'q' as const, 'p' as const),
  number: wireNumber,
});
const message: fc.Arbitrary<SendableItem> = fc.record({
  kind: fc.constant('message' as const),
  target: wireName,
  slots: fc.array(wireName, { maxLength: 5 }),
  isAnswerWanted: fc.boolean(),
  hops: fc.nat(HOPS_MAX),
  trace,
  body: fc.string({ unit: 'grapheme' }),
});
const item: fc.Arbitrary<SendableItem> = fc.oneof(
  message,
  fc.record({
    kind: fc.constant('redeem' as const),
    swissnum: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(makeSwissnum),
    trace,
  }),
  fc.record({
    kind: fc.constant('resolve' as const),
    of: fc.record({ side: fc.constantFrom('p' as const, 'x' as const), number: wireNumber }),
    code: fc.stringMatching(/^[A-Z_]{1,64}$/).filter((code) => code !== THREW),
    trace,
    slots: fc.constant([]),
    body: fc.constant(''),
  }),
  fc.record({
    kind: fc.constant('resolve' as const),
    of: fc.record({ side: fc.constantFrom('p' as const, 'x' as const), number: wireNumber }),
    code: fc.constantFrom(FULFILLED, THREW),
    trace,
    slots: fc.array(wireName, { maxLength: 5 }),
    body: fc.string({ unit: 'grapheme' }),
  }),
  fc.record({
    kind: fc.constant('give' as const),
    slots: fc.array(wireName, { maxLength: 5 }),
    trace,
  }),
  fc.record({
    kind: fc.constant('want' as const),
    names: fc.array(wireName, { maxLength: 5 }),
    trace,
  }),
  fc.record({
    kind: fc.constant('drop' as const),
    names: fc.array(fc.record({ name: wireName, received: wireNumber }), { maxLength: 5 }),
    trace,
  }),
);

describe('item', () => {
  it('what is written is read', () => {
    fc.assert(
      fc.property(item, (value) => {
        expect(parseItem(encodeItem(value))).toEqual(value);
      }),
    );
  });

  it('with any bit flipped or cut anywhere it is an item, and nothing is thrown', () => {
    fc.assert(
      fc.property(item, (value) => {
        const whole = encodeItem(value);
        for (let bit = 0; bit < whole.length * 8; bit += 1) {
          const flipped = Uint8Array.from(whole);
          flipped[bit >> 3]! ^= 1 << (bit & 7);
          expect(parseItem(flipped).kind).toBeTypeOf('string');
        }
        for (let length = 0; length < whole.length; length += 1) {
          expect(parseItem(whole.subarray(0, length)).kind).toBeTypeOf('string');
        }
      }),
      { numRuns: 30 },
    );
  });

  it('any bytes and any JSON are an item', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (value) => {
        expect(parseItem(value).kind).toBeTypeOf('string');
      }),
    );
  });

  const head = {
    kind: 'message' as const,
    target: { side: 'x' as const, number: 1 },
    slots: [],
    isAnswerWanted: false,
    hops: 0,
    trace: '0'.repeat(32),
    body: '{}',
  };

  it(`${REFERENCES_MAX} references are read, one more is malformed`, () => {
    const of = (count: number) => ({ ...head, slots: Array(count).fill(head.target) });
    expect(parseItem(encodeItem(of(REFERENCES_MAX))).kind).toBe('message');
    expect(parseItem(encodeItem(of(REFERENCES_MAX + 1))).kind).toBe('malformed');
  });

  it(`${HOPS_MAX} hops are read, one more is malformed`, () => {
    expect(parseItem(encodeItem({ ...head, hops: HOPS_MAX })).kind).toBe('message');
    expect(parseItem(encodeItem({ ...head, hops: HOPS_MAX + 1 })).kind).toBe('malformed');
  });

  it('a name has one spelling', () => {
    const named = (name: string): Item =>
      parseItem(Buffer.from(`${JSON.stringify(['message', name, [], 0, 0, head.trace])}\n{}`));
    expect(named('x1').kind).toBe('message');
    expect(named(`y${WIRE_NUMBER_MAX}`).kind).toBe('message');
    for (const name of ['x0', 'x01', 'x', '1', 'z1', 'x1 ', 'x-1', 'x1.0', 'x1e3', 'X1']) {
      expect(named(name).kind, name).toBe('malformed');
    }
    expect(named(`x${WIRE_NUMBER_MAX + 1}`).kind).toBe('malformed');
    expect(named('x99999999999999999999').kind).toBe('malformed');
  });

  it('a body that is no UTF-8 is malformed', () => {
    const whole = encodeItem(head);
    const bytes = Buffer.concat([whole.subarray(0, whole.length - 2), Buffer.from([0xff, 0xfe])]);
    expect(parseItem(bytes).kind).toBe('malformed');
  });
});
