// What two histories have in common: after clones and rollbacks of both sides, each name still
// means one thing, and those that were given before the histories parted go on.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { copyAllBack } from '../sim/copy-back.ts';
import { resendAll } from '../sim/resend-all.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { someOf } from '../thorough.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;

beforeEach(() => {
  world = makeWorld();
  [one, two] = [world.vat('one'), world.vat('two')];
  [ofOne, ofTwo] = [one.install(), two.install()];
});
afterEach(() => world.close());

const note = (value: unknown): Step[] => [['note', value]];
const keep: Step[] = [['keep', 0]];
const tell = (kept: number, value: unknown): Step[] => [['tell', kept, note(value)]];

/** Both vats, as at another moment. */
const putBack = (...restores: readonly (() => void)[]): void => copyAllBack([one, two], restores);

/** Both operators have everything sent again; the world comes to rest and is well. */
function settleAll(): void {
  resendAll(world, [one, two]);
  expect(disagreements(world)).toEqual([]);
}

function meet(): void {
  one.send(ofTwo, note('hello'));
  two.send(ofOne, note('hello'));
  world.run();
}

/** Plain messages, which make no names. */
function talk(from: TestVat, to: Qrid, count: number): void {
  for (let index = 0; index < count; index += 1) from.send(to, note(`talk ${index}`));
  world.run();
}

describe('two histories under the same numbers', () => {
  it('a thing that was given in one of them is not what the other calls so', () => {
    meet();
    const begin = [one.backup(), two.backup()];
    one.send(ofTwo, keep, { slots: [one.install()] });
    world.run();
    const first = two.backup();
    putBack(...begin);
    const [v, w] = [one.install(), one.install()];
    one.send(ofTwo, keep, { slots: [w] });
    world.run();
    // The second history's giver, and the receiver of the first one.
    putBack(first);
    one.send(ofTwo, note('noticed'));
    settleAll();
    two.send(ofTwo, tell(0, 'for what was given'));
    world.run();
    expect(notesOf(one, w)).toEqual([]);
    expect(notesOf(one, v)).toEqual([]);
    expect(notesOf(two, ofTwo)).toContain('noticed');
  });

  it('a thing that was redeemed in one of them is not what the other redeemed', () => {
    meet();
    const [x, y] = [two.install(), two.install()];
    const begin = [one.backup(), two.backup()];
    one.send(x, note('in the first'));
    world.run();
    const first = two.backup();
    putBack(...begin);
    one.send(y, note('in the second'));
    world.run();
    putBack(first);
    one.send(y, note('after'));
    settleAll();
    one.send(y, note('at last'));
    world.run();
    expect(notesOf(two, x)).toEqual(['in the first']);
    expect(notesOf(two, y).at(-1)).toBe('at last');
  });

  it('what was given before they parted goes on, whatever came between', () => {
    meet();
    const kept = one.install();
    one.send(ofTwo, keep, { slots: [kept] });
    world.run();
    talk(one, ofTwo, 5);
    const begin = [one.backup(), two.backup()];
    talk(one, ofTwo, 20);
    one.send(ofTwo, keep, { slots: [one.install()] });
    talk(one, ofTwo, 3);
    const first = two.backup();
    putBack(...begin);
    for (let index = 0; index < 4; index += 1) {
      one.send(ofTwo, keep, { slots: [one.install()] });
      talk(one, ofTwo, 2);
    }
    putBack(first);
    one.send(ofTwo, note('noticed'));
    settleAll();
    two.send(ofTwo, tell(0, 'still there'));
    world.run();
    expect(notesOf(one, kept)).toEqual(['still there']);
  });
});

describe('the search for the last common name', () => {
  // The steps of the first question are longer than one: it misses the last common name of either.
  it.each(someOf([82, 83], 2))(
    'finds it among many: %i',
    (common) => {
      meet();
      const give = (count: number): Qrid[] => {
        const things = Array.from({ length: count }, () => one.install());
        for (const thing of things) one.send(ofTwo, keep, { slots: [thing] });
        world.run();
        return things;
      };
      const shared = give(common);
      const begin = [one.backup(), two.backup()];
      give(50);
      const first = two.backup();
      putBack(...begin);
      const later = give(100);
      putBack(first);
      one.send(ofTwo, note('noticed'));
      settleAll();
      for (const index of shared.keys()) two.send(ofTwo, tell(index, `number ${index}`));
      for (const index of [0, 30, 49])
        two.send(ofTwo, tell(common + index, 'of the first history'));
      world.run();
      for (const [index, thing] of shared.entries()) {
        expect(notesOf(one, thing)).toEqual([`number ${index}`]);
      }
      for (const thing of later) expect(notesOf(one, thing)).toEqual([]);
    },
    60_000,
  );
});
