// Petnames: what the operator of a vat calls its peers, and what hangs on it.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid, VatId } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { drop, keep, name, newQrid, peerOf } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let three: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;

beforeEach(() => {
  world = makeWorld();
  [one, two, three] = [world.vat('one'), world.vat('two'), world.vat('three')];
  ofOne = one.install();
  ofTwo = two.install();
  two.send(ofOne);
  three.send(ofOne);
  world.run();
});
afterEach(() => world.close());

const note = (value: unknown): Step[] => [['note', value]];

describe('a petname', () => {
  it('is shown in the list, the status, the reply to a send and the log, over restarts', () => {
    expect(name(one, two.id.slice(0, 6), 'bob')).toEqual({ vat: two.id, petname: 'bob' });
    for (const isAfter of [false, true]) {
      if (isAfter) one.crash();
      expect(peerOf(one, two)).toMatchObject({ petname: 'bob' });
      expect(one.status().links.map(({ petname }) => petname)).toEqual(['bob', undefined]);
      expect(one.send(ofTwo)).toMatchObject({ value: { peer: two.id, petname: 'bob' } });
    }
    one.send({ ...ofTwo, swissnum: ofOne.swissnum });
    world.run();
    expect(one.log().at(-1)).toMatchObject({ level: 'link', source: two.id, petname: 'bob' });
    // Nobody else is told.
    expect(two.status().links[0]).not.toHaveProperty('petname');
    expect(peerOf(one, three)).not.toHaveProperty('petname');
  });

  it('names again, and is free for another then, also within one transaction', () => {
    name(one, two.id, 'bob');
    const names = [
      [three.id, 'third'],
      ['bob', 'old-bob'],
      ['third', 'bob'],
    ] as const;
    // The rows are written in the order in which they were first changed: three's before two's.
    for (const [ticket, [peer, petname]] of names.entries()) {
      const request = { type: 'peer-name', id: petname, peer, name: petname } as const;
      one.handle({ type: 'control', ticket: -ticket - 1, request });
    }
    two.send(ofOne, note('more'));
    world.run();
    expect(one.lives()).toBe(1);
    expect(peerOf(one, two)).toMatchObject({ petname: 'old-bob' });
    expect(peerOf(one, three)).toMatchObject({ petname: 'bob' });
    expect(name(one, 'bob', 'carol')).toEqual({ vat: three.id, petname: 'carol', before: 'bob' });
    expect(name(one, 'carol', 'Carol')).toMatchObject({ petname: 'Carol' });
  });

  it('of another peer is QRT_PETNAME_TAKEN, in any capitals, also of a dropped one', () => {
    name(one, two.id, 'bob');
    expect(() => name(one, three.id, 'bob')).toThrow('QRT_PETNAME_TAKEN');
    expect(() => name(one, three.id, 'BOB')).toThrow('QRT_PETNAME_TAKEN');
    expect(drop(one, 'Bob')).toMatchObject({ vat: two.id, wasDropped: false });
    expect(() => name(one, three.id, 'bob')).toThrow(two.id);
    name(one, 'bob', 'former-bob');
    expect(name(one, three.id, 'bob')).toMatchObject({ vat: three.id });
  });

  it('that looks like a vat id, or like nothing, is QRT_PETNAME_INVALID', () => {
    for (const text of [two.id, 'a'.repeat(43), '', '-bob', 'b b']) {
      expect(() => name(one, two.id, text), text).toThrow('QRT_PETNAME_INVALID');
    }
  });

  it('for nobody is QRT_PEER_UNKNOWN, for several QRT_PEER_AMBIGUOUS', () => {
    for (const text of ['bob', two.id.slice(0, 5), one.id]) {
      expect(() => name(one, text, 'bob'), text).toThrow('QRT_PEER_UNKNOWN');
      expect(() => drop(one, text), text).toThrow('QRT_PEER_UNKNOWN');
    }
    const store = one.store();
    const [row] = store.links();
    store.begin();
    for (const id of [98, 99]) {
      store.insertLink({ ...row!, id, vat: `${'A'.repeat(41)}${id}` as VatId });
    }
    store.commit();
    one.crash();
    expect(() => drop(one, 'AAAAAA')).toThrow('QRT_PEER_AMBIGUOUS');
    expect(name(one, `${'A'.repeat(41)}99`, 'ninety-nine')).toMatchObject({
      petname: 'ninety-nine',
    });
  });
});

describe('the share of a peer', () => {
  it('is its own from its name on; what was counted before stays where it was counted', () => {
    one.setStarting(false);
    one.endWorker('unknown');
    two.send(ofOne, note('stranger'));
    world.run(3_000);
    name(one, two.id, 'bob');
    two.send(ofOne, note('bob'));
    three.send(ofOne, note('three'));
    world.run(3_000);
    const link = one
      .store()
      .links()
      .find(({ vat }) => vat === two.id)!;
    const shares = () =>
      one
        .store()
        .inboxUsage()
        .map(({ share, rows }) => [share, rows]);
    expect(shares().toSorted()).toEqual(
      [
        [`l${link.id}`, 1],
        ['strangers', 2],
      ].toSorted(),
    );
    expect(peerOf(one, two).holds.inbox.rows).toBe(2);
    expect(peerOf(one, three).holds.inbox.rows).toBe(1);
    one.setStarting(true);
    expect(world.run()).toBe(true);
    // Everything that was added was taken away again, from where it was added.
    expect(one.status()).toMatchObject({ inbox: { rows: 0, bytes: 0 } });
    expect(disagreements(world)).toEqual([]);
    expect(notesOf(one, ofOne)).toEqual(['stranger', 'bob', 'three']);
  });
});

describe('the list of peers', () => {
  it('says what waits for each, what it holds, and what is known of each other', () => {
    const quiet = { rows: 0, bytes: 0 };
    expect(peerOf(one, two)).toEqual({
      vat: two.id,
      state: 'ok',
      waiting: quiet,
      holds: { inbox: quiet, outbox: quiet },
      exports: 1,
      imports: 0,
    });
    one.send(ofTwo, [['keep', 0]], { slots: [newQrid(one, ofOne)] });
    world.run();
    // The object has one name there, whichever QRID brought it.
    expect(peerOf(one, two)).toMatchObject({ exports: 1, imports: 1 });
    // Three is given the object of two, by way of one, and sends to it while two is away.
    one.send(three.install(), [['keep', 0]], { slots: [ofTwo] });
    const ofThree = three.install();
    one.send(ofThree, [['keep', 0]], { slots: [ofTwo] });
    world.run();
    world.setWire((bytes, passage) =>
      [passage.from, passage.to].includes(two.id) ? [] : honestWire(bytes, passage),
    );
    three.send(ofThree, [['tell', 0, note('through one')]]);
    one.send(ofTwo, note('own'));
    world.run(30_000);
    const [waits, forwards] = [peerOf(one, two), peerOf(one, three)];
    expect(waits).toMatchObject({ waiting: { rows: 2 }, holds: { outbox: quiet } });
    expect(waits.oldestMs).toBeGreaterThan(20_000);
    expect(waits.lastError).toBe('timeout');
    expect(forwards).toMatchObject({ waiting: quiet, holds: { outbox: { rows: 1 } } });
    expect(forwards.holds.outbox.bytes).toBeGreaterThan(0);
    world.setWire(honestWire);
    expect(world.run()).toBe(true);
    expect(peerOf(one, three).holds.outbox).toEqual(quiet);
  });

  it('is one of reads: asking changes nothing', () => {
    world.setWire(cutWire);
    const before = one.store().readCounters();
    keep(one, { type: 'peer-list' });
    keep(one, { type: 'qrid-list' });
    expect(one.store().readCounters()).toEqual(before);
  });
});
