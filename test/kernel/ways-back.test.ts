// Ways back: how long a forwarder remembers where an item came from, to tell of its refusal.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid, VatId } from '../../src/core/ids.ts';
import { FORWARDS_REMEMBERED_MAX } from '../../src/core/limits.ts';
import { drop } from '../sim/keeper.ts';
import { honestWire, type Wire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, type World } from '../sim/world.ts';
import { someOf } from '../thorough.ts';

const SENDS = 1_000;
const MESSAGES = FORWARDS_REMEMBERED_MAX / SENDS + 1;
const COUNT = MESSAGES * SENDS;

let world: World;
let one: TestVat;
let two: TestVat;
let three: TestVat;
let ofThree: Qrid;

beforeEach(() => {
  world = makeWorld();
  [one, two, three] = [world.vat('one'), world.vat('two'), world.vat('three')];
  ofThree = three.install();
  const ofTwo = two.install();
  one.send(ofTwo);
  one.send(ofThree, [['keep', 0]], { slots: [ofTwo] });
  world.run();
});
afterEach(() => world.close());

const cutOff =
  (id: VatId): Wire =>
  (bytes, passage) =>
    passage.from === id || passage.to === id ? [] : honestWire(bytes, passage);

/** Three sends more items to two, by way of one, than one remembers when they are stored. */
function forwardMany(): void {
  const many = Array.from({ length: SENDS }, (): Step => ['tell', 0, [['note', 1]]]);
  for (let k = 0; k < MESSAGES; k += 1) three.send(ofThree, many);
}

/** Each takes ten thousand items: a run in part tries one of the two. */
const tried = someOf(['kept', 'forgotten'], 2);

describe('the way back of a forwarded item', { timeout: 120_000 }, () => {
  it.runIf(tried.includes('kept'))('is kept while the item waits, however many follow it', () => {
    world.setWire(cutOff(two.id));
    forwardMany();
    world.run(60_000);
    expect(drop(one, two.id)).toMatchObject({ rows: COUNT, refused: COUNT });
    expect(world.run()).toBe(true);
    expect(three.status().links).toMatchObject([{ refusals: COUNT, state: 'ok' }]);
  });

  it.runIf(tried.includes('forgotten'))(
    'is forgotten when the item is stored and enough follow it',
    () => {
      forwardMany();
      expect(world.run(60_000)).toBe(true);
      const link = one
        .store()
        .links()
        .find(({ vat }) => vat === two.id)!;
      const [first, last] = [link.sending[0].next - COUNT, link.sending[0].next - 1];
      const originOf = (number: number) => one.store().forwardOrigin(link.id, number);
      expect(originOf(last - FORWARDS_REMEMBERED_MAX + 100)).toBeDefined();
      expect(originOf(first)).toBeUndefined();
    },
  );
});
