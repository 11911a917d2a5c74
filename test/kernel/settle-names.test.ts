// Names after a settling: none means two things, and what was passed on finds its way back.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { copyBack } from '../sim/copy-back.ts';
import { doubtOf, settle } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import { resendAll } from '../sim/resend-all.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let three: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;
let ofThree: Qrid;

beforeEach(() => {
  world = makeWorld();
  [one, two, three] = [world.vat('one'), world.vat('two'), world.vat('three')];
  [ofOne, ofTwo, ofThree] = [one.install(), two.install(), three.install()];
});
afterEach(() => world.close());

const note = (value: unknown): Step[] => [['note', value]];
const keep: Step[] = [['keep', 0]];
const tell = (kept: number, value: unknown): Step[] => [['tell', kept, note(value)]];
const texts = (vat: TestVat): string[] =>
  vat.log().map(({ text }) => text.replace(/ \(trace.*/, ''));
function meet(): void {
  one.send(ofTwo, note('hello'));
  two.send(ofOne, note('hello'));
  world.run();
}
/** Both operators have everything sent again; the world comes to rest and is well. */
function settleAll(): void {
  resendAll(world, [one, two], 1);
  expect(disagreements(world)).toEqual([]);
}

describe('names after a settling', () => {
  it('a name that its giver forgot never comes to mean another thing', () => {
    meet();
    const [x, y] = [one.install(), one.install()];
    const restore = one.backup();
    one.send(ofTwo, keep, { slots: [x] });
    world.run();
    world.setWire(cutWire);
    copyBack(one, restore);
    // The same number is given to another thing, but has not left yet.
    one.send(ofTwo, keep, { slots: [y] });
    world.setWire(honestWire);
    settleAll();
    two.send(ofTwo, tell(0, 'for x'));
    two.send(ofTwo, tell(1, 'for y'));
    world.run();
    expect(notesOf(one, y)).toEqual(['for y']);
    expect(notesOf(one, x)).toEqual([]);
    expect(texts(two).at(-1)).toMatch(/^no object behind i\d+: QRT_NO_OBJECT$/);
  });

  it('a name that both know goes on to mean what it meant, both ways', () => {
    meet();
    one.send(ofTwo, keep, { slots: [ofOne] });
    two.send(ofOne, keep, { slots: [ofTwo] });
    world.run();
    const restore = one.backup();
    one.send(ofTwo, note('lost'));
    two.send(ofOne, note('lost, too'));
    world.run();
    copyBack(one, restore);
    settleAll();
    two.send(ofTwo, tell(0, 'home'));
    one.send(ofOne, tell(0, 'home'));
    world.run();
    expect(notesOf(one, ofOne).at(-1)).toBe('home');
    expect(notesOf(two, ofTwo).at(-1)).toBe('home');
  });

  it('a QRID that the peer forgot is redeemed anew, and what the old one named is dead', () => {
    meet();
    const other = two.install();
    const restore = two.backup();
    one.send(ofOne, keep, { slots: [other] });
    one.send(other, note('lost'));
    world.run();
    copyBack(two, restore);
    one.send(ofTwo, note('noticed'));
    settleAll();
    one.send(other, note('by a new name'));
    one.send(ofOne, tell(0, 'by the old one'));
    world.run();
    expect(notesOf(two, other)).toEqual(['by a new name']);
    expect(texts(one).at(-1)).toContain('QRT_NO_OBJECT');
    expect(disagreements(world)).toEqual([]);
  });

  it('a redeem that is held takes what stands on it along', () => {
    meet();
    const other = two.install();
    const restore = one.backup();
    one.send(ofTwo, note('lost'));
    world.run();
    world.setWire(cutWire);
    copyBack(one, restore);
    one.send(other, keep, { slots: [other] });
    one.send(ofTwo, keep, { slots: [other] });
    world.setWire(honestWire);
    settleAll();
    two.send(other, tell(0, 'to itself'));
    two.send(ofTwo, tell(0, 'by its neighbour'));
    one.send(other, note('by one'));
    world.run();
    expect(notesOf(two, other).toSorted()).toEqual(['by its neighbour', 'by one', 'to itself']);
  });

  it('a redeem that is discarded kills what stands on it, and the QRID can be used again', () => {
    meet();
    const other = two.install();
    world.setWire(cutWire);
    one.send(other, note('stands on it'));
    const restore = one.backup();
    world.setWire(honestWire);
    world.run();
    copyBack(one, restore);
    // What one holds two has had; it went back behind its receipts, so all of it fits.
    world.run();
    expect(disagreements(world)).toEqual([]);
    const later = one.backup();
    one.send(ofTwo, note('lost'));
    world.run();
    world.setWire(cutWire);
    const last = two.install();
    copyBack(one, later);
    one.send(last, note('stands on another'));
    // A copy of it with the two in its outbox: they may have left.
    one.crash();
    world.setWire(honestWire);
    world.run(60_000);
    const { items = [] } = doubtOf(one, two);
    const redeem = items.find(({ kind }) => kind === 'redeem')!;
    const choices = [{ from: redeem.number, to: redeem.number, choice: 'discard' as const }];
    settle(one, two, { choices, rest: 'resend' });
    world.run();
    expect(notesOf(two, last)).toEqual([]);
    expect(texts(one).slice(-2)).toEqual([
      expect.stringMatching(/given up: QRT_ITEM_DISCARDED$/),
      expect.stringMatching(/given up: QRT_NO_OBJECT$/),
    ]);
    one.send(last, note('again'));
    world.run();
    expect(notesOf(two, last)).toEqual(['again']);
    expect(disagreements(world)).toEqual([]);
  });
});

describe('what one vat passes on to a peer in doubt', () => {
  /** Three holds a thing of two through one; one is behind two, and holds what three sent. */
  const holdForwarded = (): void => {
    meet();
    one.send(ofThree, keep, { slots: [ofTwo] });
    world.run();
    const restore = one.backup();
    one.send(ofTwo, note('lost'));
    world.run();
    world.setWire((bytes, passage) =>
      [passage.from, passage.to].includes(two.id) ? [] : honestWire(bytes, passage),
    );
    copyBack(one, restore);
    three.send(ofThree, tell(0, 'passed on'));
    world.run(5_000);
    // It may have left, for all that one knows.
    one.crash();
  };

  it('arrives under its new number, and a refusal of it finds its way back', () => {
    holdForwarded();
    two.control({ type: 'delete', id: 'd', object: localIdOf(two, ofTwo) });
    world.setWire(honestWire);
    settleAll();
    expect(texts(three).at(-1)).toMatch(/^item \d+ was refused by this peer: QRT_NO_OBJECT$/);
    expect(three.log()).toHaveLength(1);
    expect(one.status().outbox).toEqual({ rows: 0, bytes: 0 });
  });

  it('is told to its sender when the operator discards it', () => {
    holdForwarded();
    world.setWire(honestWire);
    world.run(60_000);
    settle(one, two, { rest: 'discard' });
    expect(world.run()).toBe(true);
    expect(texts(three)).toEqual([
      expect.stringMatching(/^item \d+ was refused by this peer: QRT_ITEM_DISCARDED$/),
    ]);
    expect(notesOf(two, ofTwo)).not.toContain('passed on');
    expect(disagreements(world)).toEqual([]);
  });
});

describe('a client that waits for an item in doubt', () => {
  it('hears when it is stored under its new number, or that it was discarded', () => {
    meet();
    const restore = one.backup();
    one.send(ofTwo, note('lost'));
    world.run();
    world.setWire(cutWire);
    copyBack(one, restore);
    const ask = (id: string) =>
      one.ask({
        ...{ type: 'send', id, target: ofTwo, wait: true },
        args: { body: JSON.stringify(note(id)), slots: [] },
      });
    const replies = [ask('first'), ask('second')];
    world.setWire(honestWire);
    world.run(60_000);
    expect(replies.map((reply) => reply())).toEqual([undefined, undefined]);
    // Both were queued in this life and never left; what the operator says of one by one counts.
    settle(one, two, { rest: 'resend' });
    world.run();
    expect(replies.map((reply) => reply())).toMatchObject([
      { ok: true, value: { stored: true, number: 6 } },
      { ok: true, value: { stored: true, number: 7 } },
    ]);
    // The same number is told to whoever asks again by the same id.
    expect(ask('first')()).toMatchObject({ ok: true, value: { stored: true, number: 6 } });
  });
});
