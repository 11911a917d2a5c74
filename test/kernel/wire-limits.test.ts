// Limits of the wire as a kernel keeps them: each at its value and one beyond.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatContact, ITEM_KINDS } from '../../src/core/contact.ts';
import { makeVatId, type Qrid } from '../../src/core/ids.ts';
import { CONTACT_AHEAD_MS_MAX, CONTACTS_MAX, ITEM_BYTES_MAX } from '../../src/core/limits.ts';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import { messageTo, redeemOf, type Stranger } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let vat: TestVat;
let object: Qrid;
let stranger: Stranger;

beforeEach(() => {
  world = makeWorld();
  vat = world.vat('one');
  object = vat.install();
  stranger = world.stranger();
});
afterEach(() => world.close());

describe('an item', () => {
  const lastRefusal = (): string | undefined =>
    vat
      .log()
      .filter(({ level }) => level === 'link')
      .at(-1)?.text;

  it(`of ${ITEM_BYTES_MAX} bytes is read, one byte more is refused unread, and the lane goes on`, () => {
    stranger.send(vat, { one: [redeemOf(object)] });
    world.run();
    // Of no kind, as only text within an item could make it so long: which kind, a reader says.
    const unknown = (bytes: number) => Buffer.from(`["nothing","${'x'.repeat(bytes - 14)}"]`);
    expect(unknown(ITEM_BYTES_MAX)).toHaveLength(ITEM_BYTES_MAX);
    stranger.send(vat, { one: [unknown(ITEM_BYTES_MAX)] });
    world.run();
    const readable = lastRefusal();
    expect(readable).toBeDefined();
    expect(readable).not.toContain('too large');
    stranger.send(vat, { one: [unknown(ITEM_BYTES_MAX + 1)] });
    world.run();
    expect(lastRefusal()).not.toBe(readable);
    const body = JSON.stringify([['note', 'after']]);
    stranger.send(vat, { one: [messageTo({ side: 'q', number: 1 }, { body })] });
    world.run();
    expect(notesOf(vat, object)).toEqual(['after']);
  });
});

describe('a contact record', () => {
  const recordOf = (serial: number): string => {
    const sealer = makeSealer({ seed: systemEntropy(32), entropy: systemEntropy });
    const contact = { vat: sealer.vat, urls: ['http://127.0.0.1:9'], serial, kinds: ITEM_KINDS };
    return formatContact(contact, sealer.sign);
  };
  const learn = (serial: number): unknown =>
    vat.control({ type: 'learn', records: [recordOf(serial)] });

  it(`${CONTACT_AHEAD_MS_MAX} ms ahead is learnt, one more is refused`, () => {
    const now = world.nowMs();
    expect(learn(now + CONTACT_AHEAD_MS_MAX)).toMatchObject({ value: { learnt: 1, refused: 0 } });
    expect(learn(now + CONTACT_AHEAD_MS_MAX + 1)).toMatchObject({ value: { refused: 1 } });
  });

  it(`is the last of ${CONTACTS_MAX}, and one more is refused`, () => {
    const store = vat.store();
    const rows = CONTACTS_MAX - store.countContacts() - 1;
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
    expect(learn(1)).toMatchObject({ value: { learnt: 1 } });
    expect(store.countContacts()).toBe(CONTACTS_MAX);
    expect(learn(1)).toMatchObject({ value: { learnt: 0, refused: 1 } });
  }, 60_000);
});
