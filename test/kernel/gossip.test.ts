// Gossip: what a vat says of where third vats are, so that one that moved is found by way of others.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatContact, ITEM_KINDS } from '../../src/core/contact.ts';
import {
  GOSSIP_AGAIN_MS,
  GOSSIP_BYTES_MAX,
  GOSSIP_CHECKS_BURST,
  GOSSIP_CHECKS_PER_SECOND,
  GOSSIP_KEPT_MAX,
  GOSSIP_PAUSE_MS,
  GOSSIP_PER_BOX_MAX,
} from '../../src/core/gossip-limits.ts';
import { makeVatId, type Qrid } from '../../src/core/ids.ts';
import { CONTACTS_MAX, CONTACTS_PER_BOX_MAX } from '../../src/core/limits.ts';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import { redeemOf, type Stranger } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let vats: readonly [TestVat, TestVat, TestVat];
let objects: readonly [Qrid, Qrid, Qrid];

beforeEach(() => {
  world = makeWorld();
  vats = [world.vat('one'), world.vat('two'), world.vat('three')];
  objects = [vats[0].install(), vats[1].install(), vats[2].install()];
});
afterEach(() => world.close());

const sealerOf = () => makeSealer({ seed: systemEntropy(32), entropy: systemEntropy });
const recordOf = ({ vat, sign } = sealerOf(), serial = world.nowMs(), port = 9): string =>
  formatContact({ vat, urls: [`http://127.0.0.1:${port}`], serial, kinds: ITEM_KINDS }, sign);

describe('a vat that moved', () => {
  it('is found by a peer that moved as well, by way of one that stayed', () => {
    const [one, two, three] = vats;
    one.send(objects[1], [['note', 'met']]);
    one.send(objects[2], [['note', 'met']]);
    two.send(objects[2], [['note', 'met']]);
    world.run();
    for (const vat of [one, two]) vat.halt();
    one.revive('http://127.0.0.1:7101');
    two.revive('http://127.0.0.1:7102');
    one.send(objects[1], [['note', 'from the new place']]);
    two.send(objects[0], [['note', 'from the other one']]);
    world.run(600_000);
    expect(notesOf(two, objects[1])).toEqual(['met', 'from the new place']);
    expect(notesOf(one, objects[0])).toEqual(['from the other one']);
    expect(three.status().contacts).toMatchObject({ refused: 0 });
  });

  it('is known to vats that never asked for it, and found there by a QRID without a URL', () => {
    const [one, two, three] = vats;
    one.send(objects[1], [['note', 'met']]);
    two.send(objects[2], [['note', 'met']]);
    world.run();
    one.send(objects[1], [['note', 'and told']]);
    world.run(60_000);
    expect(one.store().contact(three.id)).toMatchObject({ via: expect.any(Number) });
    const { vat, swissnum } = objects[2];
    one.send({ vat, swissnum } as Qrid, [['note', 'found']]);
    world.run();
    expect(notesOf(three, objects[2])).toEqual(['met', 'found']);
    for (const each of vats) expect(damagesOf(each, each.path)).toEqual([]);
  });
});

describe('what a peer says of third vats', () => {
  let one: TestVat;
  let two: TestVat;
  let stranger: Stranger;
  beforeEach(() => {
    [one, two] = vats;
    one.send(objects[1], [['note', 'met']]);
    stranger = world.stranger();
    stranger.send(one, { one: [redeemOf(objects[0])] });
    world.run();
  });
  const hear = (contacts: readonly string[]): void => {
    stranger.send(one, { change: (box) => ({ ...box, contacts }) });
    world.run(10);
  };
  const counts = () => one.status().contacts;
  const known = () => one.store().contacts();

  it('is taken when that vat signed it, later than what is known', () => {
    const serial = world.nowMs() + 5;
    const record = recordOf(two.sealer, serial, 7103);
    hear([record]);
    expect(one.store().contact(two.id)).toMatchObject({ record, serial, via: undefined });
    hear([recordOf(two.sealer, serial - 1, 7104)]);
    expect(one.store().contact(two.id)).toMatchObject({ record });
    expect(counts()).toMatchObject({ refused: 0, ignored: 1 });
  });

  it.each<readonly [string, () => string, 'refused' | 'ignored']>([
    ['forged', () => recordOf({ ...sealerOf(), vat: two.id }, world.nowMs() + 1), 'refused'],
    ['from the far future', () => recordOf(two.sealer, world.nowMs() + 10 ** 9), 'refused'],
    ['stale', () => recordOf(two.sealer, 1), 'ignored'],
    ['of no form', () => '{}', 'refused'],
    ['of this vat, older', () => recordOf(one.sealer, 1), 'ignored'],
  ])('%s changes a counter, and nothing else', (_, make, counter) => {
    const rows = known();
    for (let n = 1; n <= 3; n += 1) {
      hear([make()]);
      expect(counts()).toEqual({ known: rows.length, refused: 0, ignored: 0, [counter]: n });
    }
    expect(known()).toEqual(rows);
  });

  it('costs few signatures: so many at once, and then so many a second', () => {
    const forged = () => recordOf({ ...sealerOf(), vat: two.id }, world.nowMs() + 1);
    const some = () => Array.from({ length: CONTACTS_PER_BOX_MAX }, forged);
    const checked = () => counts().refused;
    for (let n = 0; n < 5; n += 1) hear(some());
    expect(checked()).toBe(GOSSIP_CHECKS_BURST);
    expect(counts().ignored).toBe(5 * CONTACTS_PER_BOX_MAX - GOSSIP_CHECKS_BURST);
    world.stall(1_000);
    hear(some());
    expect(checked()).toBe(GOSSIP_CHECKS_BURST + GOSSIP_CHECKS_PER_SECOND);
    // Who speaks for itself is not held up by it.
    const record = stranger.record({ serial: world.nowMs() + 1 });
    hear([record]);
    expect(one.store().contact(stranger.id)).toMatchObject({ record });
  });

  it(`is kept of ${GOSSIP_KEPT_MAX} vats that nobody asks for, until somebody does`, () => {
    const many = Array.from({ length: GOSSIP_KEPT_MAX + 1 }, () => recordOf());
    const { length } = known();
    for (const record of many) {
      hear([record]);
      world.stall(1_000);
    }
    expect(known()).toHaveLength(length + GOSSIP_KEPT_MAX);
    expect(counts().refused).toBe(1);
    // The operator's word for one of them makes room for another.
    one.control({ type: 'learn', records: [many[0]!] });
    hear([many.at(-1)!]);
    expect(known()).toHaveLength(length + GOSSIP_KEPT_MAX + 1);
    one.crash();
    hear([recordOf()]);
    expect(known()).toHaveLength(length + GOSSIP_KEPT_MAX + 1);
  });

  it('gives way to what is asked for when the book is full', () => {
    hear([recordOf()]);
    const store = one.store();
    const unknown = { serial: 0, record: '', urls: [], hint: undefined, via: undefined };
    store.begin();
    for (let n = store.countContacts(); n < CONTACTS_MAX; n += 1) {
      const key = Buffer.alloc(32);
      key.writeUInt32BE(n + 1);
      store.putContact({ vat: makeVatId(key), ...unknown });
    }
    store.commit();
    hear([recordOf()]);
    expect(counts()).toMatchObject({ known: CONTACTS_MAX, refused: 1 });
    one.control({ type: 'learn', records: [recordOf()] });
    expect([store.countContacts(), store.countGossip()]).toEqual([CONTACTS_MAX, 0]);
    one.control({ type: 'learn', records: [recordOf()] });
    expect(counts()).toMatchObject({ known: CONTACTS_MAX, refused: 2 });
  });
});

describe('what a peer is told', () => {
  let one: TestVat;
  let stranger: Stranger;
  beforeEach(() => {
    [one] = vats;
    stranger = world.stranger();
    stranger.send(one, { one: [redeemOf(objects[0])] });
    world.run();
  });
  /** What stands beside the receipt for one more box, and is not of the vat itself. */
  const told = (): readonly string[] => {
    const own = one.store().contact(one.id)!.record;
    return stranger.send(one)!.contacts.filter((record) => record !== own);
  };
  const learn = (records: readonly string[]): void =>
    void one.control({ type: 'learn', records: [...records] });

  it(`is all there is, ${GOSSIP_PER_BOX_MAX} at a time, then what is news, and all again at last`, () => {
    const records = Array.from({ length: GOSSIP_PER_BOX_MAX + 3 }, () => recordOf());
    learn(records);
    world.stall(GOSSIP_PAUSE_MS);
    const first = told();
    expect(first).toHaveLength(GOSSIP_PER_BOX_MAX);
    expect(told()).toEqual([]);
    world.stall(GOSSIP_PAUSE_MS);
    expect([...first, ...told()]).toEqual(records);
    world.stall(GOSSIP_PAUSE_MS);
    expect(told()).toEqual([]);
    const news = recordOf();
    learn([news]);
    expect(told()).toEqual([news]);
    world.stall(GOSSIP_AGAIN_MS);
    expect(told()).toEqual(first);
  });

  it('is as much as the operator allows, which may be nothing', () => {
    const records = [recordOf(), recordOf(), recordOf()];
    for (const gossipRecords of [0, 2]) {
      one.setLimits({ gossipRecords });
      learn(records);
      world.stall(GOSSIP_PAUSE_MS);
      const some = told();
      expect(some).toHaveLength(gossipRecords);
      expect(records).toEqual(expect.arrayContaining([...some]));
    }
  });

  it('is never its own record, nor more bytes than may be', () => {
    const urls = Array.from({ length: 8 }, (_, n) => `http://${'x'.repeat(400)}${n}.org`);
    const large = () => {
      const { vat, sign } = sealerOf();
      return formatContact({ vat, urls, serial: world.nowMs(), kinds: ITEM_KINDS }, sign);
    };
    const records = [large(), large(), large()];
    const size = Buffer.byteLength(JSON.stringify(records[0]));
    expect(3 * size).toBeGreaterThan(GOSSIP_BYTES_MAX);
    learn([stranger.record({ serial: world.nowMs() + 1 }), ...records]);
    world.stall(GOSSIP_PAUSE_MS);
    expect(told()).toEqual(records.slice(0, 2));
    world.stall(GOSSIP_PAUSE_MS);
    expect(told()).toEqual(records.slice(2));
  });
});
