// Settling: two vats that remember different histories come to go on from one they share.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { SETTLE_AGAIN_MS } from '../../src/core/limits.ts';
import { disagreements } from '../sim/checks.ts';
import { copyBack, stateBetween } from '../sim/copy-back.ts';
import { doubtOf, settle } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

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

const send = (from: TestVat, to: Qrid, values: readonly unknown[]): void => {
  for (const value of values) from.send(to, [['note', value]]);
};

/** All is well again, and both ends go on. */
function expectWell(): void {
  world.run();
  expect(disagreements(world)).toEqual([]);
  send(one, ofTwo, ['again']);
  send(two, ofOne, ['again']);
  expect(world.run()).toBe(true);
  expect(disagreements(world)).toEqual([]);
  expect(notesOf(two, ofTwo).at(-1)).toBe('again');
  expect(notesOf(one, ofOne).at(-1)).toBe('again');
}

describe('a sender that went back', () => {
  it('is asked once, and what it held is sent or not as its operator says', () => {
    send(one, ofTwo, ['first']);
    send(two, ofOne, ['first']);
    world.run();
    world.setWire(cutWire);
    send(one, ofTwo, ['held', 'held, too']);
    const restore = one.backup();
    world.setWire(honestWire);
    world.run();
    send(one, ofTwo, ['lost to the sender']);
    world.run();
    copyBack(one, restore);
    world.run();
    expect(stateBetween(one, two)?.state).toBe('doubt');
    expect(stateBetween(two, one)?.state).toBe('doubt');
    const { links, items } = doubtOf(one, two);
    expect(links).toMatchObject([{ peer: 'ready', held: 2, isDecided: false }]);
    expect(items?.map(({ peerHas }) => peerHas)).toEqual(['unknown', 'unknown']);
    expect(doubtOf(two, one).links).toMatchObject([{ peer: 'doubt', isDecided: true }]);
    const choices = [
      { from: items![0]!.number, to: items![0]!.number, choice: 'discard' as const },
    ];
    expect(settle(one, two, { choices, rest: 'resend' })).toMatchObject({ decided: 2, left: 0 });
    expectWell();
    expect(notesOf(two, ofTwo)).toEqual([
      'first',
      'held',
      'held, too',
      'lost to the sender',
      'held, too',
      'again',
    ]);
    expect(one.log().map(({ text }) => text)).toEqual([
      expect.stringMatching(/^item 3 for this peer was given up: QRT_ITEM_DISCARDED/),
    ]);
  });
});

describe('a receiver that went back', () => {
  it('is told nothing twice: what it lost stays lost unless its peer still holds it', () => {
    send(one, ofTwo, ['first']);
    send(two, ofOne, ['first']);
    world.run();
    const restore = two.backup();
    send(one, ofTwo, ['lost to the receiver']);
    world.run();
    copyBack(two, restore);
    send(one, ofTwo, ['queued']);
    world.run();
    expect(doubtOf(one, two).links).toMatchObject([{ lostByPeer: { from: 3, to: 3 } }]);
    expect(doubtOf(two, one).links).toMatchObject([
      { lostByUs: { from: 3, to: 3 }, isDecided: true },
    ]);
    settle(one, two, { rest: 'resend' });
    expectWell();
    expect(notesOf(two, ofTwo)).toEqual(['first', 'queued', 'again']);
  });
});

describe('a decision', () => {
  /** Vat one went back behind what vat two took. */
  const doubt = (): void => {
    send(one, ofTwo, ['first']);
    send(two, ofOne, ['first']);
    world.run();
    const restore = one.backup();
    send(one, ofTwo, ['lost']);
    world.run();
    copyBack(one, restore);
    world.run(60_000);
  };

  it('is final as soon as the peer may count on it', () => {
    doubt();
    world.setWire(cutWire);
    settle(one, two, { rest: 'resend' });
    expect(() => settle(one, two, { rest: 'discard' })).toThrow('QRT_LINK_UNDOUBTED');
    expect(stateBetween(one, two)).toMatchObject({
      state: 'unchecked',
      reason: 'settled, and the peer has not confirmed it yet',
    });
    world.setWire(honestWire);
    expectWell();
  });

  it('made by both is final at the first that makes it', () => {
    send(one, ofTwo, ['first']);
    send(two, ofOne, ['first']);
    world.run();
    const restore = one.backup();
    send(one, ofTwo, ['lost']);
    send(two, ofOne, ['lost']);
    world.run();
    copyBack(one, restore);
    world.run(60_000);
    settle(one, two, { rest: 'resend' });
    world.run(60_000);
    expect(stateBetween(one, two)?.state).toBe('doubt');
    expect(() => settle(one, two, { rest: 'discard' })).toThrow('QRT_LINK_DECIDED');
    settle(two, one, { rest: 'resend' });
    expectWell();
  });

  it('is asked for again by a peer that nobody can reach', () => {
    doubt();
    // From now on two reaches nobody, but answers.
    world.setWire((bytes, passage) =>
      passage.kind === 'box' && passage.from === one.id ? [] : honestWire(bytes, passage),
    );
    settle(one, two, { rest: 'resend' });
    world.run(SETTLE_AGAIN_MS - 60_000);
    expect(stateBetween(two, one)?.state).toBe('doubt');
    world.run(120_000);
    expect(stateBetween(two, one)?.state).toBe('ok');
  });
});
