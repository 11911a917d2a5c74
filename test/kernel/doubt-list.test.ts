// Doubt, as the operator sees it: which links, which items, and what was chosen for them.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { doubtOf, settle } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let ofTwo: Qrid;

beforeEach(() => {
  world = makeWorld();
  [one, two] = [world.vat('one'), world.vat('two')];
  ofTwo = two.install();
});
afterEach(() => world.close());

/** Vat one went back behind what vat two took, and has sent `values` since. */
function doubt(values: readonly unknown[]): void {
  one.send(ofTwo, [['note', 'first']]);
  world.run();
  const restore = one.backup();
  for (const value of ['lost', 'lost, too']) one.send(ofTwo, [['note', value]]);
  world.run();
  world.setWire(cutWire);
  one.halt();
  restore();
  one.revive();
  for (const value of values) one.send(ofTwo, [['note', value]]);
  world.setWire(honestWire);
  world.run();
}

describe('the list of links in doubt', () => {
  it('is empty while all is well, and nothing can be decided then', () => {
    one.send(ofTwo);
    world.run();
    expect(one.control({ type: 'doubt' })).toEqual({ ok: true, value: { links: [] } });
    expect(doubtOf(one, two)).toEqual({ links: [], items: [], hasMore: false });
    expect(() => settle(one, two, { rest: 'resend' })).toThrow('QRT_LINK_UNDOUBTED');
    expect(one.control({ type: 'doubt', peer: 'nobody' })).toMatchObject({
      code: 'QRT_PEER_UNKNOWN',
    });
  });

  it('names each item with what it is for, page by page', () => {
    doubt(['a', 'b', 'c']);
    const { links, items = [], hasMore } = doubtOf(one, two);
    expect(links).toMatchObject([
      { vat: two.id, state: 'doubt', isDecided: false, held: 3, undecided: 3 },
    ]);
    expect(hasMore).toBe(false);
    expect(items.map(({ number, kind, target }) => [number, kind, target])).toEqual([
      [3, 'message', 'i1'],
      [4, 'message', 'i1'],
      [5, 'message', 'i1'],
    ]);
    for (const { bytes, trace } of items) {
      expect(bytes).toBeGreaterThan(20);
      expect(trace).toMatch(/^[0-9a-f]{32}$/);
    }
    const first = doubtOf(one, two, { limit: 2 });
    expect(first).toEqual({ links, items: items.slice(0, 2), hasMore: true });
    expect(doubtOf(one, two, { after: 4, limit: 2 }).items).toEqual(items.slice(2));
  });
});

describe('a decision', () => {
  it('is kept item by item, over restarts too, and a later one replaces an earlier one', () => {
    doubt(['a', 'b', 'c']);
    world.setWire(cutWire);
    expect(settle(one, two, { choices: [{ from: 1, to: 4, choice: 'discard' }] })).toMatchObject({
      vat: two.id,
      decided: 2,
      left: 1,
      state: 'doubt',
    });
    settle(one, two, { choices: [{ from: 4, to: 4, choice: 'resend' }] });
    one.crash();
    const { links, items } = doubtOf(one, two);
    expect(items?.map(({ choice }) => choice)).toEqual(['discard', 'resend', undefined]);
    expect(links).toMatchObject([{ isDecided: false, held: 3, undecided: 1 }]);
  });

  it('to begin anew is refused unless the peer has lost the link', () => {
    doubt(['a']);
    expect(() => settle(one, two, { reset: true })).toThrow('QRT_RESET_REFUSED');
  });
});
