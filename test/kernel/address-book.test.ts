// Address book: what strangers say of where vats are, and how little it can do.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatContact, ITEM_KINDS } from '../../src/core/contact.ts';
import { makeVatId, type Qrid } from '../../src/core/ids.ts';
import { CONTACT_AHEAD_MS_MAX, CONTACTS_MAX, CONTACTS_PER_BOX_MAX } from '../../src/core/limits.ts';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import { redeemOf, type Stranger } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;
let stranger: Stranger;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  ofOne = one.install();
  ofTwo = two.install();
  stranger = world.stranger();
  one.send(ofTwo, [['note', 1]]);
  stranger.send(one, { one: [redeemOf(ofOne)] });
  world.run();
});
afterEach(() => world.close());

const sealerOf = () => makeSealer({ seed: systemEntropy(32), entropy: systemEntropy });
const urls = ['http://127.0.0.1:9'];
const recordOf = ({ vat, sign } = sealerOf(), serial = world.nowMs()): string =>
  formatContact({ vat, urls, serial, kinds: ITEM_KINDS }, sign);
const hear = (contacts: readonly string[]): void => {
  stranger.send(one, { change: (box) => ({ ...box, contacts }) });
  world.run(10);
};
const counts = () => one.status().contacts;

describe('a record that cannot be used', () => {
  /** How many are refused, and how many ignored, of what comes beside the items of a box. */
  const BOXES: readonly {
    readonly name: string;
    readonly contacts: () => readonly string[];
    readonly refused?: number;
    readonly ignored?: number;
  }[] = [
    { name: 'of no form', contacts: () => ['', '{}', '[1]', 'x'.repeat(4_000)], refused: 4 },
    {
      name: 'of another peer, forged',
      contacts: () => [recordOf({ ...sealerOf(), vat: two.id }, world.nowMs() + 1)],
      refused: 1,
    },
    {
      name: 'of this vat',
      contacts: () => [recordOf({ ...one.sealer, sign: sealerOf().sign }, world.nowMs() + 1)],
      ignored: 1,
    },
    {
      name: 'of its sender, signed by another',
      contacts: () => [recordOf({ ...sealerOf(), vat: stranger.id }, world.nowMs() + 1)],
      refused: 1,
    },
    {
      name: 'of its sender, changed afterwards',
      contacts: () => [stranger.record({ serial: world.nowMs() + 1 }).replace(':20000', ':20001')],
      refused: 1,
    },
    {
      name: 'of its sender, from the far future',
      contacts: () => [stranger.record({ serial: world.nowMs() + CONTACT_AHEAD_MS_MAX + 100 })],
      refused: 1,
    },
    { name: 'of its sender, stale', contacts: () => [stranger.record({ serial: 1 })], ignored: 1 },
    {
      name: 'of its sender, stale, and seven of others',
      contacts: () => [
        stranger.record({ serial: 1 }),
        ...Array.from({ length: 7 }, () => recordOf(two.sealer, 1)),
      ],
      ignored: 8,
    },
    { name: 'of its sender, as before', contacts: () => [stranger.record()] },
  ];

  it.each(BOXES)('$name changes a counter, and nothing else', (box) => {
    const { contacts, refused = 0, ignored = 0 } = box;
    const before = one.store().contacts();
    for (let n = 1; n <= 3; n += 1) {
      hear(contacts());
      const known = before.length;
      expect(counts()).toEqual({ known, refused: n * refused, ignored: n * ignored });
    }
    expect(one.store().contacts()).toEqual(before);
    one.send(ofTwo, [['note', 2]]);
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual([1, 2]);
  });

  it('makes no difference where its vat is asked for it', () => {
    const before = one.store().contacts();
    for (const record of [recordOf(), recordOf({ ...sealerOf(), vat: two.id }), '']) {
      one.control({ type: 'learn', records: [record] });
    }
    expect(counts()).toEqual({ known: before.length + 1, refused: 2, ignored: 0 });
    expect(one.store().contact(two.id)).toEqual(before.find(({ vat }) => vat === two.id));
  });
});

it('what a statement says of third vats is counted and not taken', () => {
  const before = one.store().contacts();
  const contacts = [
    ...Array.from({ length: 3 }, () => recordOf()),
    stranger.record({ serial: world.nowMs() + 1 }),
    recordOf(),
  ];
  const head = { kind: 'settle', from: stranger.id, to: one.id, contacts } as const;
  const bare = { facts: undefined, checkpoints: [], match: undefined, request: undefined } as const;
  const mark = new Uint8Array(16);
  stranger.tell(one, { ...head, mark, yours: undefined, stage: 'asked', ...bare });
  expect(counts()).toEqual({ known: before.length, refused: 0, ignored: 4 });
  expect(one.store().contact(stranger.id)?.record).toBe(contacts[3]);
  expect(
    one
      .store()
      .contacts()
      .map(({ vat }) => vat),
  ).toEqual(before.map(({ vat }) => vat));
});

it('of more records than a box may have none is read', () => {
  const before = one.store().contacts();
  const news = stranger.record({ serial: world.nowMs() + 1 });
  hear(Array.from({ length: CONTACTS_PER_BOX_MAX + 1 }, () => news));
  expect(one.store().contacts()).toEqual(before);
  hear(Array.from({ length: CONTACTS_PER_BOX_MAX }, () => news));
  expect(one.store().contact(stranger.id)?.record).toBe(news);
});

it('a peer that moves with each box has one record', () => {
  const known = counts().known;
  for (let n = 1; n <= 20; n += 1) {
    hear([stranger.record({ serial: world.nowMs() + n, urls: [`http://127.0.0.1:${n}`] })]);
  }
  expect(counts()).toEqual({ known, refused: 0, ignored: 0 });
  expect(one.store().contact(stranger.id)?.urls).toEqual(['http://127.0.0.1:20']);
});

describe('a book that is full', () => {
  beforeEach(() => {
    const store = one.store();
    const rows = CONTACTS_MAX - store.countContacts();
    store.begin();
    for (let n = 0; n < rows; n += 1) {
      const key = Buffer.alloc(32);
      key.writeUInt32BE(n + 1);
      store.putContact({
        vat: makeVatId(key),
        serial: 1,
        record: '',
        urls: [],
        hint: undefined,
        via: undefined,
      });
    }
    store.commit();
    expect(store.countContacts()).toBe(CONTACTS_MAX);
  });

  it('takes no record of a vat without a link, whoever passes it on', () => {
    const records = [recordOf(), recordOf()];
    const reply = one.control({ type: 'learn', records });
    expect(reply).toMatchObject({ value: { learnt: 0, refused: 2 } });
    expect(counts()).toEqual({ known: CONTACTS_MAX, refused: 2, ignored: 0 });
  });

  it('has room for the URL of a QRID, and for the record of its vat', () => {
    const three = world.vat('three');
    const ofThree = three.install();
    one.send(ofThree, [['note', 'found']]);
    expect(world.run()).toBe(true);
    expect(notesOf(three, ofThree)).toEqual(['found']);
    expect(one.status().links.find(({ vat }) => vat === three.id)?.urls).toEqual([three.url]);
  });

  it('has room for the record of a vat that opens a link, so that it is answered', () => {
    const three = world.vat('three');
    three.send(ofOne, [['note', 'here']]);
    expect(world.run()).toBe(true);
    expect(notesOf(one, ofOne)).toEqual(['here']);
    expect(one.store().contact(three.id)?.urls).toEqual([three.url]);
  });
});
