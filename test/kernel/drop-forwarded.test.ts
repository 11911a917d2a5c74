// Dropped peers and third vats: what was passed on through a link that is dropped.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid, VatId } from '../../src/core/ids.ts';
import { drop, peerOf } from '../sim/keeper.ts';
import { honestWire, type Wire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
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

const note = (value: unknown): Step[] => [['note', value]];
const texts = (vat: TestVat): string[] =>
  vat.log().map(({ text }) => text.replace(/ \(trace.*/, ''));
const cutOff =
  (id: VatId): Wire =>
  (bytes, passage) =>
    passage.from === id || passage.to === id ? [] : honestWire(bytes, passage);

/** One and two have sent to each other and are at rest. */
function meet(): void {
  two.send(ofOne, note('from two'));
  world.run();
  one.send(ofTwo, note('from one'));
  world.run();
}

describe('what third vats passed through a dropped link', () => {
  it('is refused to them if it waits, and so is what they send to it later', () => {
    meet();
    one.send(ofThree, [['keep', 0]], { slots: [ofTwo] });
    world.run();
    world.setWire(cutOff(two.id));
    three.send(ofThree, [
      ['tell', 0, note('waits')],
      ['tell', 0, note('waits, too')],
    ]);
    one.send(ofTwo, note('own'));
    world.run(30_000);
    expect(drop(one, two.id)).toMatchObject({ rows: 3, refused: 2 });
    world.setWire(honestWire);
    expect(world.run()).toBe(true);
    const refused = texts(three).filter((text) => text.includes('QRT_LINK_DROPPED'));
    expect(refused).toHaveLength(2);
    three.send(ofThree, [['tell', 0, note('later')]]);
    expect(world.run()).toBe(true);
    expect(three.status().links[0]).toMatchObject({
      refusals: 3,
      lastRefusal: 'QRT_LINK_DROPPED',
      state: 'ok',
    });
    expect(notesOf(two, ofTwo)).toEqual(['from one']);
    expect(one.status().outbox).toEqual({ rows: 0, bytes: 0 });
  });

  it('goes on if the dropped peer sent it, and nobody is told when it is refused', () => {
    meet();
    const gone = three.install();
    one.send(gone);
    one.send(
      ofTwo,
      [
        ['keep', 0],
        ['keep', 1],
      ],
      { slots: [ofThree, gone] },
    );
    world.run();
    world.setWire(cutOff(three.id));
    two.send(ofTwo, [
      ['tell', 0, note('from two')],
      ['tell', 1, note('to nobody')],
    ]);
    world.run(5_000);
    expect(peerOf(one, two).holds.outbox.rows).toBe(2);
    drop(one, two.id);
    three.control({ type: 'delete', id: 'd', object: 'o2.0' });
    world.setWire(honestWire);
    expect(world.run()).toBe(true);
    expect(notesOf(three, ofThree)).toEqual(['from two']);
    expect(texts(one).at(-1)).toMatch(/^item \d+ was refused by this peer: QRT_NO_OBJECT$/);
    expect(one.status().outbox).toEqual({ rows: 0, bytes: 0 });
    expect(peerOf(one, two)).toMatchObject({
      waiting: { rows: 0 },
      holds: { outbox: { rows: 0 } },
    });
  });
});
