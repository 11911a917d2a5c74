// Revoked QRIDs with their links: what a peer that redeemed passed on to others through this vat.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalId, Qrid } from '../../src/core/ids.ts';
import { listed, newQrid, revoke } from '../sim/keeper.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let three: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;
let ofThree: Qrid;
let given: Qrid;

beforeEach(() => {
  world = makeWorld();
  [one, two, three] = [world.vat('one'), world.vat('two'), world.vat('three')];
  [ofOne, ofTwo, ofThree] = [one.install(), two.install(), three.install()];
  given = one.install();
  // Links that no QRID in question opened, and an introduction: each knows the other's object by way of one.
  two.send(newQrid(one, ofOne), [['note', 'link']]);
  three.send(newQrid(one, ofOne), [['note', 'link']]);
  world.run();
  one.send(ofTwo, [['keep', 0]], { slots: [ofThree] });
  world.run();
  one.send(ofThree, [['keep', 0]], { slots: [ofTwo] });
  world.run();
});
afterEach(() => world.close());

const note = (value: unknown): Step[] => [['note', value]];
/** What the object behind `given` noted, which has no QRID any more. */
const notedBy = (object: LocalId): string =>
  one.store().memory(one.store().object(object)!.power.memory!)!.body;

/** Two redeems the QRID, and passes the reference to three, through one: no object of one sees it. */
function passOn(): void {
  two.send(ofTwo, [['keep', 0]], { slots: [given] });
  world.run();
  two.send(ofTwo, [['tell', 0, [['keep', 0]], [1]]]);
  world.run();
}

describe('what a peer passed on of what it redeemed', () => {
  it('is withdrawn from whom it was passed to, who does not count as having redeemed', () => {
    const object = localIdOf(one, given);
    passOn();
    three.send(ofThree, [['tell', 1, note('before')]]);
    world.run();
    expect(listed(one, given).peers).toBe(1);
    expect(revoke(one, given, true).links).toEqual({ withdrawn: 2, kept: 0, dropped: [] });
    three.send(ofThree, [['tell', 1, note('after')]]);
    expect(world.run()).toBe(true);
    expect(notedBy(object)).toBe('{"notes":["before"]}');
    expect(three.status().links[0]).toMatchObject({ lastRefusal: 'QRT_NO_OBJECT' });
  });

  it('does not keep the name that it redeemed, if it comes back by the same way', () => {
    const object = localIdOf(one, given);
    passOn();
    three.send(ofThree, [['tell', 0, [['keep', 0]], [1]]]);
    world.run();
    expect(revoke(one, given, true).links).toMatchObject({ withdrawn: 2, kept: 0 });
    two.send(ofTwo, [
      ['tell', 1, note('redeemed')],
      ['tell', 2, note('came back')],
    ]);
    expect(world.run()).toBe(true);
    expect(notedBy(object)).toBe('{}');
  });

  it('stays where an object handed it on by itself as well', () => {
    const object = localIdOf(one, given);
    passOn();
    one.send(ofThree, [['keep', 0]], { slots: [given] });
    world.run();
    expect(revoke(one, given, true).links).toMatchObject({ withdrawn: 1, kept: 1 });
    three.send(ofThree, [['tell', 1, note('by right')]]);
    world.run();
    expect(notedBy(object)).toBe('{"notes":["by right"]}');
  });

  it('stays if an object had handed it to who passed it on', () => {
    const object = localIdOf(one, given);
    two.send(given);
    world.run();
    one.send(ofTwo, [['keep', 0]], { slots: [given] });
    world.run();
    two.send(ofTwo, [['tell', 0, [['keep', 0]], [1]]]);
    world.run();
    expect(revoke(one, given, true).links).toMatchObject({ withdrawn: 0, kept: 1 });
    three.send(ofThree, [['tell', 1, note('by right')]]);
    world.run();
    expect(notedBy(object)).toBe('{"notes":["by right"]}');
  });
});
