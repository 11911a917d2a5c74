// Doubt: a disk that was copied back, or a vat that was cloned, is noticed; nothing is lost silently.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { copyBack, stateBetween } from '../sim/copy-back.ts';
import { cutWire, honestWire, type Passage } from '../sim/network.ts';
import { runProgram } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

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

const send = (from: TestVat, to: Qrid, values: readonly unknown[]): void => {
  for (const value of values) from.send(to, [['note', value]]);
};
/** All vats know each other, and `one` sent its first to `two`. */
function link(): void {
  send(one, ofTwo, ['first']);
  send(one, ofThree, ['first']);
  send(two, ofThree, ['first']);
  world.run();
}

/** The link is stopped at both ends, and says why; those with vat three go on. */
function expectDoubtOnlyBetweenOneAndTwo(): void {
  // Who had nothing to say to the other hears of the doubt when it has.
  one.send(ofTwo);
  two.send(ofOne);
  world.run();
  const ends = [stateBetween(one, two), stateBetween(two, one)];
  expect(ends.map((end) => end?.state)).toEqual(['doubt', 'doubt']);
  for (const end of ends) expect(end?.reason).toMatch(/\w+/);
  const before = { one: stateBetween(one, two), two: stateBetween(two, one) };
  const boxesBetween = (): number =>
    [one, two].flatMap((vat) =>
      vat.outputs.filter(
        (output) => output.type === 'post' && (output.peer === one.id || output.peer === two.id),
      ),
    ).length;
  const boxes = boxesBetween();
  send(one, ofThree, ['beside']);
  send(two, ofThree, ['beside']);
  expect(one.send(ofTwo)).toMatchObject({ ok: false, code: 'QRT_LINK_DOUBTED' });
  world.run();
  expect(notesOf(three, ofThree).filter((note) => note === 'beside')).toHaveLength(2);
  // Nothing was sent, accepted or deleted on it.
  expect(boxesBetween()).toBe(boxes);
  const steady = ({ sent, receipted, received, outbox }: NonNullable<typeof before.one>) => ({
    sent,
    receipted,
    received,
    outbox,
  });
  expect(steady(stateBetween(one, two)!)).toEqual(steady(before.one!));
  expect(steady(stateBetween(two, one)!)).toEqual(steady(before.two!));
}

describe('a database that was copied back', () => {
  it('at the sender, after more was sent, puts the link in doubt', () => {
    link();
    const restore = one.backup();
    send(one, ofTwo, ['lost to the sender']);
    world.run();
    copyBack(one, restore);
    send(one, ofTwo, ['new']);
    world.run();
    expect(notesOf(two, ofTwo)).toEqual(['first', 'lost to the sender']);
    expect(stateBetween(one, two)?.outbox.rows).toBe(1);
    expectDoubtOnlyBetweenOneAndTwo();
  });

  it('at the sender is noticed by its greeting, before it sends anything', () => {
    link();
    const restore = one.backup();
    send(one, ofTwo, ['lost to the sender']);
    world.run();
    copyBack(one, restore);
    world.run();
    expect(stateBetween(one, two)).toMatchObject({
      state: 'doubt',
      reason: expect.stringContaining('the peer has items up to 3, ours end at 2'),
    });
  });

  it('at the sender, after as many other items were sent, is noticed by the tail', () => {
    link();
    const restore = one.backup();
    send(one, ofTwo, ['a', 'b']);
    world.run();
    world.setWire(cutWire);
    copyBack(one, restore);
    send(one, ofTwo, ['c', 'd', 'e']);
    world.setWire(honestWire);
    world.run();
    expect(notesOf(two, ofTwo)).toEqual(['first', 'a', 'b']);
    expect(stateBetween(one, two)?.outbox.rows).toBe(3);
    expectDoubtOnlyBetweenOneAndTwo();
  });

  it('at the receiver, after more was received, puts the link in doubt', () => {
    link();
    const restore = two.backup();
    send(one, ofTwo, ['lost to the receiver']);
    world.run();
    copyBack(two, restore);
    send(one, ofTwo, ['new']);
    world.run();
    expect(notesOf(two, ofTwo)).toEqual(['first']);
    expect(stateBetween(one, two)?.outbox.rows).toBe(1);
    expectDoubtOnlyBetweenOneAndTwo();
  });

  it('at the receiver is noticed by its greeting', () => {
    link();
    send(two, ofOne, ['back']);
    world.run();
    const restore = two.backup();
    send(two, ofOne, ['more']);
    world.run();
    copyBack(two, restore);
    world.run();
    expect(stateBetween(two, one)?.state).toBe('doubt');
  });

  it('from before the link, at the receiver, is noticed also when a redeem is next', () => {
    const other = two.install();
    const restore = two.backup();
    send(one, ofTwo, ['first']);
    world.run();
    world.setWire(cutWire);
    copyBack(two, restore);
    // What it sends next would make a link if it were a stranger's first.
    send(one, other, ['second']);
    world.setWire(honestWire);
    world.run();
    expect(notesOf(two, other)).toEqual([]);
    expect(stateBetween(one, two)?.state).toBe('doubt');
    expect(notesOf(two, ofTwo)).toEqual([]);
    expect(two.status().links).toEqual([]);
    expect(stateBetween(one, two)?.outbox.rows).toBeGreaterThan(0);
  });

  it('from before the link, at the receiver, is noticed although it makes one by itself', () => {
    const restore = two.backup();
    send(one, ofTwo, ['first']);
    world.run();
    copyBack(two, restore);
    world.run();
    world.setWire(cutWire);
    send(two, ofOne, ['anew']);
    world.setWire(honestWire);
    world.run();
    send(one, ofTwo, ['second']);
    world.run();
    expect(stateBetween(one, two)?.state).toBe('doubt');
    expect(notesOf(two, ofTwo)).toEqual([]);
  });

  it('from before the link, at a peer that had only sent: nothing is taken for a wrong QRID', () => {
    const restore = two.backup();
    const late = two.install();
    const isFromOne = ({ kind, from }: Passage): boolean => kind === 'box' && from === one.id;
    world.setWire((bytes, passage) => (isFromOne(passage) ? [] : honestWire(bytes, passage)));
    send(one, late, ['kept']);
    send(two, ofOne, ['heard']);
    world.run(60_000);
    expect(notesOf(one, ofOne)).toEqual(['heard']);
    world.setWire(honestWire);
    copyBack(two, restore);
    world.run();
    expect(stateBetween(one, two)).toMatchObject({ state: 'doubt', outbox: { rows: 2 } });
    expect(one.log()).toEqual([]);
  });

  it('from before the link, at the sender, is noticed', () => {
    const restore = one.backup();
    send(one, ofTwo, ['first', 'second']);
    world.run();
    copyBack(one, restore);
    send(one, ofTwo, ['other']);
    world.run();
    expect(stateBetween(one, two)?.state).toBe('doubt');
    expect(notesOf(two, ofTwo)).toEqual(['first', 'second']);
  });

  it('at both ends to one moment is no doubt', () => {
    link();
    const restores = [one.backup(), two.backup(), three.backup()];
    send(one, ofTwo, ['forgotten by all']);
    world.run();
    for (const vat of [one, two, three]) vat.halt();
    for (const restore of restores) restore();
    for (const vat of [one, two, three]) vat.revive();
    send(one, ofTwo, ['again']);
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual(['first', 'again']);
    expect(disagreements(world)).toEqual([]);
  });

  it('at both ends to different moments is noticed', () => {
    link();
    const restoreOne = one.backup();
    send(one, ofTwo, ['between']);
    world.run();
    const restoreTwo = two.backup();
    send(one, ofTwo, ['after']);
    world.run();
    copyBack(one, restoreOne);
    copyBack(two, restoreTwo);
    world.run();
    expectDoubtOnlyBetweenOneAndTwo();
  });

  it('that only misses receipts is no doubt: what was sent again is receipted again', () => {
    link();
    world.setWire(cutWire);
    send(one, ofTwo, ['a', 'b']);
    const restore = one.backup();
    world.setWire(honestWire);
    world.run();
    copyBack(one, restore);
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual(['first', 'a', 'b']);
    expect(disagreements(world)).toEqual([]);
  });

  it('doubt stays over a restart, and what was accepted before it has run', () => {
    link();
    const restore = one.backup();
    two.setScript(() => undefined);
    send(one, ofTwo, ['accepted']);
    world.run(1_000);
    copyBack(one, restore);
    world.run(1_000);
    expect(stateBetween(one, two)?.state).toBe('doubt');
    expect(two.status().inbox.rows).toBe(1);
    two.setScript(runProgram);
    // Not noticed anew, but remembered.
    world.setWire(cutWire);
    one.crash();
    two.crash();
    world.run(1_000);
    expect(stateBetween(one, two)?.state).toBe('doubt');
    expect(notesOf(two, ofTwo)).toEqual(['first', 'accepted']);
  });
});

describe('a cloned vat', () => {
  it('is noticed at the first common peer, and nothing of the clone takes effect there', () => {
    link();
    const clone = world.clone(one, 'clone');
    send(one, ofTwo, ['original']);
    world.run();
    expect(stateBetween(clone, two)?.state).toBe('doubt');
    const reply = clone.send(ofTwo, [['note', 'clone']]);
    expect(reply).toMatchObject({ ok: false, code: 'QRT_LINK_DOUBTED' });
    world.run();
    expect(notesOf(two, ofTwo)).toEqual(['first', 'original']);
  });

  it('that speaks first stops the original: one of the two is heard, never both', () => {
    link();
    const clone = world.clone(one, 'clone');
    clone.send(ofTwo, [['note', 'clone']]);
    world.run();
    send(one, ofTwo, ['original', 'more']);
    world.run();
    expect(notesOf(two, ofTwo)).toEqual(['first', 'clone']);
    expect(stateBetween(one, two)).toMatchObject({ state: 'doubt', outbox: { rows: 2 } });
  });
});
