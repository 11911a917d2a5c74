// Boxes, receipts and envelopes as bytes: what is written is read, and nothing else is.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import {
  BOX_ITEMS_MAX,
  CONTACTS_PER_BOX_MAX,
  STATED_NUMBER_MAX,
  WIRE_NUMBER_MAX,
} from '../../src/core/limits.ts';
import { WAITS_MAX } from '../../src/core/standstill-limits.ts';
import {
  type Box,
  ENVELOPE_BYTES,
  encodeBox,
  encodeEnvelope,
  encodeReceipt,
  parseBox,
  parseEnvelope,
  parseReceipt,
  type Receipt,
  SEAL_BYTES,
} from '../../src/core/wire.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const vatId = bytes(32).map(makeVatId);
const contacts = fc.array(fc.string(), { maxLength: CONTACTS_PER_BOX_MAX });
const wireNumber = fc.integer({ min: 1, max: WIRE_NUMBER_MAX });
const boxLane = fc.record({
  first: wireNumber,
  tail: bytes(32),
  items: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }),
});
const box: fc.Arbitrary<Box> = fc.record({
  from: vatId,
  to: vatId,
  isLinked: fc.boolean(),
  lanes: fc.tuple(boxLane, boxLane),
  contacts,
});
const receiptLane = fc.record({
  next: fc.nat(WIRE_NUMBER_MAX),
  tail: bytes(32),
  stop: fc.constantFrom('nothing' as const, 'gap' as const, 'busy' as const, 'doubt' as const),
});
const receiptHead = {
  from: vatId,
  to: vatId,
  request: bytes(24),
  lanes: fc.tuple(receiptLane, receiptLane),
  contacts,
};
const receipt: fc.Arbitrary<Receipt> = fc.oneof(
  fc.record(receiptHead),
  fc.record({ ...receiptHead, waits: fc.nat(WAITS_MAX) }),
);
const envelope = fc.record({
  from: vatId,
  to: vatId,
  nonce: bytes(24),
  boxed: fc.uint8Array({ minLength: SEAL_BYTES, maxLength: 80 }),
});

/** Equal whatever kind of array the bytes are in. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, each: unknown) =>
      each instanceof Uint8Array ? Buffer.from(each).toString('hex') : each,
    ),
  );
/** Buffers have a toJSON of their own, which would come first. */
const bare = (value: Uint8Array): Uint8Array => new Uint8Array(value);

describe('envelope', () => {
  it('what is written is read', () => {
    fc.assert(
      fc.property(envelope, (value) => {
        const read = parseEnvelope(encodeEnvelope(value))!;
        const { from, to } = read;
        expect({ from, to, nonce: bare(read.nonce), boxed: bare(read.boxed) }).toEqual(value);
      }),
    );
  });

  it('anything shorter than an empty sealed text is none', () => {
    const whole = new Uint8Array(ENVELOPE_BYTES + SEAL_BYTES);
    whole[0] = 1;
    expect(parseEnvelope(whole)).toBeDefined();
    for (let length = 0; length < whole.length; length += 1) {
      expect(parseEnvelope(whole.subarray(0, length))).toBeUndefined();
    }
  });

  it('another version is none', () => {
    const whole = new Uint8Array(ENVELOPE_BYTES + SEAL_BYTES);
    for (let version = 0; version < 256; version += 1) {
      whole[0] = version;
      expect(parseEnvelope(whole) !== undefined).toBe(version === 1);
    }
  });
});

describe('box', () => {
  const same = (one: Box | undefined, other: Box): void => {
    const lanes = one?.lanes.map((lane) => ({ ...lane, items: lane.items.map(bare) }));
    expect(plain({ ...one, lanes })).toEqual(plain(other));
  };

  it('what is written is read', () => {
    fc.assert(fc.property(box, (value) => same(parseBox(encodeBox(value)), value)));
  });

  it('cut at any byte it is none', () => {
    fc.assert(
      fc.property(box, (value) => {
        const whole = encodeBox(value);
        for (let length = 0; length < whole.length; length += 1) {
          expect(parseBox(whole.subarray(0, length))).toBeUndefined();
        }
      }),
      { numRuns: 20 },
    );
  });

  it('with any bit flipped it is read or not, and nothing is thrown', () => {
    fc.assert(
      fc.property(box, (value) => {
        const whole = encodeBox(value);
        for (let bit = 0; bit < whole.length * 8; bit += 1) {
          const flipped = Uint8Array.from(whole);
          flipped[bit >> 3]! ^= 1 << (bit & 7);
          parseBox(flipped);
          parseReceipt(flipped);
        }
      }),
      { numRuns: 5 },
    );
  });

  it('any bytes and any JSON are read or not, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (value) => {
        parseBox(value);
        parseReceipt(value);
        parseEnvelope(value);
      }),
    );
  });

  const smallBox: Box = {
    from: makeVatId(new Uint8Array(32)),
    to: makeVatId(new Uint8Array(32)),
    isLinked: false,
    lanes: [
      { first: 1, tail: new Uint8Array(32), items: [] },
      { first: 1, tail: new Uint8Array(32), items: [] },
    ],
    contacts: [],
  };
  const withItems = (one: number, two: number): Box => ({
    ...smallBox,
    lanes: [
      { ...smallBox.lanes[0], items: Array(one).fill(new Uint8Array(0)) },
      { ...smallBox.lanes[1], items: Array(two).fill(new Uint8Array(0)) },
    ],
  });

  it(`${BOX_ITEMS_MAX} items of both lanes together are read, one more is not`, () => {
    expect(parseBox(encodeBox(withItems(BOX_ITEMS_MAX - 1, 1)))).toBeDefined();
    expect(parseBox(encodeBox(withItems(BOX_ITEMS_MAX, 1)))).toBeUndefined();
  });

  it(`${CONTACTS_PER_BOX_MAX} records are read, one more is not`, () => {
    const of = (count: number): Box => ({ ...smallBox, contacts: Array(count).fill('record') });
    expect(parseBox(encodeBox(of(CONTACTS_PER_BOX_MAX)))).toBeDefined();
    expect(parseBox(encodeBox(of(CONTACTS_PER_BOX_MAX + 1)))).toBeUndefined();
  });

  it('a link that was lost cannot be begun where its numbers would soon be used up', () => {
    const tail = new Uint8Array(32);
    const at = (one: number, two: number, exports: number): Box => ({
      ...smallBox,
      above: {
        lanes: [
          { next: one, tail },
          { next: two, tail },
        ],
        exports,
      },
    });
    const [most, more] = [STATED_NUMBER_MAX, STATED_NUMBER_MAX + 1];
    expect(parseBox(encodeBox(at(most, most, most)))).toBeDefined();
    for (const box of [at(more, 1, 1), at(1, more, 1), at(1, 1, more)]) {
      expect(parseBox(encodeBox(box))).toBeUndefined();
    }
  });

  it('a lane cannot begin where its numbers would soon be no whole numbers', () => {
    const at = (first: number): Box => ({
      ...smallBox,
      lanes: [{ ...smallBox.lanes[0], first }, smallBox.lanes[1]],
    });
    expect(parseBox(encodeBox(at(WIRE_NUMBER_MAX)))).toBeDefined();
    expect(parseBox(encodeBox(at(WIRE_NUMBER_MAX + 1)))).toBeUndefined();
    expect(parseBox(encodeBox(at(0)))).toBeUndefined();
  });
});

describe('receipt', () => {
  it('what is written is read', () => {
    fc.assert(
      fc.property(receipt, (value) => {
        const read = parseReceipt(encodeReceipt(value))!;
        expect(plain({ ...read, request: bare(read.request) })).toEqual(plain(value));
      }),
    );
  });

  it('cut at any byte it is none', () => {
    fc.assert(
      fc.property(receipt, (value) => {
        const whole = encodeReceipt(value);
        for (let length = 0; length < whole.length; length += 1) {
          expect(parseReceipt(whole.subarray(0, length))).toBeUndefined();
        }
      }),
      { numRuns: 20 },
    );
  });

  it(`tells of at most ${WAITS_MAX} vats in a row that wait`, () => {
    const at = (waits: number): Receipt => ({ ...fc.sample(receipt, 1)[0]!, waits });
    expect(parseReceipt(encodeReceipt(at(WAITS_MAX)))).toMatchObject({ waits: WAITS_MAX });
    expect(parseReceipt(encodeReceipt(at(WAITS_MAX + 1)))).toBeUndefined();
    expect(parseReceipt(encodeReceipt(at(-1)))).toBeUndefined();
    expect(parseReceipt(encodeReceipt(at(0.5)))).toBeUndefined();
  });

  it('a box is no receipt and a receipt is no box', () => {
    fc.assert(
      fc.property(box, receipt, (one, other) => {
        expect(parseReceipt(encodeBox(one))).toBeUndefined();
        expect(parseBox(encodeReceipt(other))).toBeUndefined();
      }),
    );
  });
});
