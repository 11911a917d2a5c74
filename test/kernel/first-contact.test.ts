// First contact: how two vats that know nothing of each other come to a link, or do not.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSwissnum, type Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { cutWire, honestWire, type Wire } from '../sim/network.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  ofOne = one.install();
  ofTwo = two.install();
});
afterEach(() => world.close());

const wrong = (qrid: Qrid, mark = 0): Qrid => ({
  ...qrid,
  swissnum: makeSwissnum(new Uint8Array(32).fill(mark)),
});
const logOf = (vat: TestVat): string[] =>
  vat.log().map(({ level, text }) => `${level}: ${text.replace(/ \(trace.*/, '')}`);

/** Holds back what `isHeld` says, until it is let go. */
function holdBack(isHeld: Parameters<typeof makeHold>[0]): () => void {
  const { wire, release } = makeHold(isHeld);
  world.setWire(wire);
  return release;
}
function makeHold(isHeld: (passage: Parameters<Wire>[1]) => boolean) {
  let isOn = true;
  const wire: Wire = (bytes, passage) =>
    isOn && isHeld(passage)
      ? [{ type: 'arrive', bytes, delayMs: 5_000 }]
      : honestWire(bytes, passage);
  return {
    wire,
    release: () => {
      isOn = false;
    },
  };
}

describe('first contact', () => {
  it('a QRID with a URL is enough', () => {
    expect(ofTwo.hint).toBe(two.url);
    one.send(ofTwo, [['note', 1]]);
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual([1]);
    expect(disagreements(world)).toEqual([]);
  });

  it('a vat that is asked in vain keeps nothing of the asker', () => {
    const before = two.status();
    one.send(wrong(ofTwo), [['note', 1]]);
    expect(world.run()).toBe(true);
    expect(two.status()).toMatchObject({ links: [], objects: before.objects });
    expect(two.store().countContacts()).toBe(1);
    expect(notesOf(two, ofTwo)).toEqual([]);
  });

  it('a wrong QRID is QRT_NO_OBJECT in the log and the status of the asker', () => {
    one.send(wrong(ofTwo), [['note', 1]]);
    world.run();
    expect(logOf(one)).toEqual([
      'link: item 1 was refused by this peer: QRT_NO_OBJECT',
      'link: item 2 was refused by this peer: QRT_NO_OBJECT',
    ]);
    expect(one.status()).toMatchObject({
      outbox: { rows: 0 },
      links: [{ state: 'ok', refusals: 2, lastRefusal: 'QRT_NO_OBJECT', sent: [2, 0] }],
    });
  });

  it('after a wrong QRID a right one works on the same link, with numbers running on', () => {
    one.send(wrong(ofTwo), [['note', 'never']]);
    world.run();
    one.send(ofTwo, [['note', 'first']]);
    one.send(ofTwo, [['note', 'second']]);
    world.run();
    expect(notesOf(two, ofTwo)).toEqual(['first', 'second']);
    expect(two.status().links).toMatchObject([{ received: [5, 0] }]);
    expect(disagreements(world)).toEqual([]);
  });

  it('wrong QRIDs and a right one that wait together are told apart', () => {
    world.setWire(cutWire);
    one.send(wrong(ofTwo, 1), [['note', 'never']]);
    one.send(wrong(ofTwo, 2), [['note', 'never']]);
    one.send(ofTwo, [['note', 'ever']]);
    one.send(wrong(ofTwo, 1), [['note', 'never']]);
    one.send(wrong(ofTwo, 3), [['note', 'never']]);
    world.setWire(honestWire);
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual(['ever']);
    expect(disagreements(world)).toEqual([]);
    expect(one.log().filter(({ text }) => text.includes('QRT_NO_OBJECT'))).toHaveLength(7);
  });

  it('the same QRID again is the same reference, a wrong one may be tried again', () => {
    one.send(ofTwo);
    world.run();
    one.send(ofTwo);
    world.run();
    expect(one.status().links).toMatchObject([{ sent: [3, 0] }]);
    two.send(wrong(ofOne));
    world.run();
    two.send(wrong(ofOne));
    world.run();
    expect(two.log().filter(({ text }) => text.includes('QRT_NO_OBJECT')).length).toBeGreaterThan(
      1,
    );
    expect(disagreements(world)).toEqual([]);
  });

  it('two vats that redeem at each other at the same time get one link', () => {
    one.send(ofTwo, [['note', 'from one']]);
    two.send(ofOne, [['note', 'from two']]);
    expect(world.run()).toBe(true);
    expect(notesOf(one, ofOne)).toEqual(['from two']);
    expect(notesOf(two, ofTwo)).toEqual(['from one']);
    expect(disagreements(world)).toEqual([]);
  });

  it.each([
    { name: 'the boxes of one', held: { kind: 'box', from: 'one' } },
    { name: 'the boxes of two', held: { kind: 'box', from: 'two' } },
    { name: 'the receipts of one', held: { kind: 'receipt', from: 'one' } },
    { name: 'the receipts of two', held: { kind: 'receipt', from: 'two' } },
  ])('the same while $name are late', ({ held }) => {
    const ids = { one: one.id, two: two.id };
    for (const [first, second] of [
      [ofTwo, ofOne],
      [wrong(ofTwo), ofOne],
      [ofTwo, wrong(ofOne)],
    ] as const) {
      const release = holdBack(
        ({ kind, from }) => kind === held.kind && from === ids[held.from as 'one'],
      );
      one.send(first, [['note', 'from one']]);
      two.send(second, [['note', 'from two']]);
      world.run(20_000);
      release();
      expect(world.run()).toBe(true);
      expect(disagreements(world)).toEqual([]);
    }
    expect(notesOf(one, ofOne)).toEqual(['from two', 'from two']);
    expect(notesOf(two, ofTwo)).toEqual(['from one', 'from one']);
  });

  it('a vat that asked in vain is told so although the other has asked it meanwhile', () => {
    const release = holdBack(({ kind, from }) => kind === 'receipt' && from === two.id);
    one.send(wrong(ofTwo), [['note', 'never']]);
    world.run(1_000);
    two.send(ofOne, [['note', 'ever']]);
    world.run(1_000);
    expect(notesOf(one, ofOne)).toEqual(['ever']);
    release();
    expect(world.run()).toBe(true);
    expect(disagreements(world)).toEqual([]);
    expect(logOf(one)).toContain('link: item 2 was refused by this peer: QRT_NO_OBJECT');
    one.send(ofTwo, [['note', 'later']]);
    world.run();
    expect(notesOf(two, ofTwo)).toEqual(['later']);
  });

  it('what is sent while an empty box is answered is not refused with it', () => {
    one.send(wrong(ofTwo), [['note', 'never']]);
    world.run();
    const release = holdBack(({ kind }) => kind === 'receipt');
    // A greeting, to a peer that knows of no link.
    one.crash();
    world.run(1_000);
    one.send(ofTwo, [['note', 'first']]);
    world.run(1_000);
    release();
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual(['first']);
    expect(disagreements(world)).toEqual([]);
  });

  it('a vat that moved is found again by its own greeting', () => {
    one.send(ofTwo, [['note', 1]]);
    world.run();
    two.halt();
    one.send(ofTwo, [['note', 2]]);
    world.run(60_000);
    expect(one.status().outbox.rows).toBe(1);
    two.revive('http://127.0.0.1:30000');
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual([1, 2]);
    expect(one.status().links).toMatchObject([{ urls: ['http://127.0.0.1:30000', ofTwo.hint] }]);
  });

  it('Q44 a peer that is down for days gets each message once, whoever restarts', () => {
    two.halt();
    one.send(ofTwo, [['note', 1]]);
    for (let day = 0; day < 3; day += 1) {
      world.run(24 * 3_600_000);
      one.crash();
    }
    one.send(ofTwo, [['note', 2]]);
    world.run(24 * 3_600_000);
    two.revive();
    expect(world.run(120_000)).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual([1, 2]);
  });

  it('another vat behind the URL of a hint gets no box', () => {
    const three = world.vat('three');
    three.install();
    one.send({ ...ofTwo, hint: three.url }, [['note', 1]]);
    world.run(60_000);
    expect(one.status().links[0]?.lastError).toContain('does not serve this vat');
    expect(one.outputs.filter(({ type }) => type === 'post')).toEqual([]);
    one.send(ofTwo, [['note', 2]]);
    world.run();
    expect(notesOf(two, ofTwo)).toEqual([1, 2]);
  });
});
