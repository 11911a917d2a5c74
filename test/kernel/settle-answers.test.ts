// Answers after a settling: a disk goes back at any moment of their history, and none is left open.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { copyAllBack, copyBack } from '../sim/copy-back.ts';
import { doubtOf, settle as keep } from '../sim/keeper.ts';
import { miscounts } from '../sim/mentions.ts';
import { resendAll } from '../sim/resend-all.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
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
  one.send(ofTwo, [['note', 'hello']]);
  two.send(ofOne, [['note', 'hello']]);
  world.run();
});
afterEach(() => world.close());

/** A history of two promises; each step is followed by as much time as it needs. */
const HISTORY: readonly (() => void)[] = [
  // Vat two answers with a promise of its own, whose resolver it keeps.
  () =>
    one.send(
      ofOne,
      [
        ['ask', 1, [['promise'], ['keep', 1], ['return', '{"$":0}', [0]]]],
        ['when', 2, { fulfilled: 0, rejected: 0 }],
      ],
      { slots: [ofOne, ofTwo] },
    ),
  // Vat one sends a promise of its own along.
  () =>
    one.send(
      ofOne,
      [['promise'], ['keep', 3], ['send', 1, [['when', 0, { fulfilled: 1, rejected: 1 }]], [2, 1]]],
      { slots: [ofOne, ofTwo] },
    ),
  () => one.send(ofTwo, [['note', 'between']]),
  () =>
    two.send(ofTwo, [
      ['take', 0],
      ['give', 0, '{"value":"by two"}'],
    ]),
  () =>
    one.send(ofOne, [
      ['take', 0],
      ['give', 0, '{"value":"by one"}'],
    ]),
];
const [, , , RESOLVE_TWO, RESOLVE_ONE] = HISTORY;

const SPANS = HISTORY.flatMap((_, from) =>
  HISTORY.flatMap((_step, to) => (to > from ? [{ from, to }] : [])),
);
const CASES = (['one', 'two'] as const).flatMap((victim) =>
  SPANS.map((span) => ({ victim, ...span })),
);

/** Plays the history up to a step; returns what puts the disk of each vat back to after another one. */
function play({ from, to }: { readonly from: number; readonly to: number }) {
  const restores = { one: (): void => undefined, two: (): void => undefined };
  for (const [at, step] of HISTORY.slice(0, to).entries()) {
    if (at === from) Object.assign(restores, { one: one.backup(), two: two.backup() });
    step();
    world.run();
  }
  return restores;
}

/** The operator has everything sent again, if there is something to say. */
function decideAll(side: TestVat): void {
  const peer = side === one ? two : one;
  const [link] = doubtOf(side, peer).links;
  if (link?.isDecided === false) keep(side, peer, { rest: 'resend' });
}

/** Both vats see that they are in doubt, and settle it. */
function settle(): void {
  one.send(ofTwo, [['note', 'noticed']]);
  two.send(ofOne, [['note', 'noticed']]);
  resendAll(world, [one, two], 2);
  // Both count alike what is still open.
  expect(miscounts([one, two])).toEqual([]);
}

/** All ended by what `codes` allow, and nothing is left of it at either end. */
function expectEnds(): void {
  expect(disagreements(world)).toEqual([]);
  for (const vat of [one, two]) {
    expect(vat.status().promises).toMatchObject({ pending: 0, settled: 0, waiting: { rows: 0 } });
    expect(vat.store().promisesOfPeers()).toEqual([]);
    expect(vat.store().hasPromiseExports()).toBe(false);
    expect(damagesOf(vat, vat.path)).toEqual([]);
  }
  const codes = ['QRT_ANSWER_LOST', 'QRT_ITEM_DISCARDED', 'QRT_NO_OBJECT'];
  for (const each of told(one, ofOne)) expect(['by two', ...codes]).toContain(each);
  for (const each of told(two, ofTwo)) expect(['by one', ...codes]).toContain(each);
}

/** What a continuation was told, as far as a settling may have a say in it. */
const told = (vat: TestVat, object: Qrid): readonly string[] =>
  notesOf(vat, object)
    .filter((each) => typeof each === 'object')
    .map((each) => {
      const { value, error } = each as { value?: string; error?: { code: string } };
      return value ?? error?.code ?? 'nothing';
    });

describe('answers after a settling', () => {
  it.each(CASES)(
    'Q20 the disk of vat $victim goes back from after step $to to after step $from',
    ({ victim, from, to }) => {
      const restores = play({ from, to });
      copyBack({ one, two }[victim], restores[victim]);
      settle();
      // Who still knows a resolver uses it, if it was not used before.
      if (victim !== 'two' || from > 0) RESOLVE_TWO!();
      if (to > 1 && (victim !== 'one' || from > 1)) RESOLVE_ONE!();
      world.run();
      expectEnds();
    },
  );

  it.each(someOf(SPANS, 5))(
    'Q20 both disks go back from after step $to, that of vat one to after step $from',
    ({ from, to }) => {
      const restore = play({ from, to }).one;
      const newer = two.backup();
      HISTORY[to]!();
      world.run();
      copyAllBack([one, two], [restore, newer]);
      settle();
      RESOLVE_TWO!();
      if (from > 1) RESOLVE_ONE!();
      world.run();
      expectEnds();
    },
  );

  it.each(someOf(CASES, 8))(
    'Q20 vat $victim goes on with the disk of after step $from, and then with that of step $to',
    ({ victim, from, to }) => {
      const vat = { one, two }[victim];
      const restores = play({ from, to });
      const newer = vat.backup();
      copyBack(vat, restores[victim]);
      settle();
      HISTORY[0]!();
      world.run();
      copyBack(vat, newer);
      settle();
      RESOLVE_TWO!();
      if (to > 1) RESOLVE_ONE!();
      world.run();
      expectEnds();
    },
  );

  it.each(someOf(CASES, 8))(
    'Q20 vat $victim goes back from step $to to $from once more in the middle of its settling',
    ({ victim, from, to }) => {
      const vat = { one, two }[victim];
      const restores = play({ from, to });
      copyBack(vat, restores[victim]);
      one.send(ofTwo, [['note', 'noticed']]);
      two.send(ofOne, [['note', 'noticed']]);
      // One end has begun anew, and what it says of names is on its way, or half of it has come.
      for (const ms of [500, 900, 1_100]) {
        world.run(ms);
        for (const side of [one, two]) decideAll(side);
      }
      copyBack(vat, restores[victim]);
      settle();
      if (victim !== 'two' || from > 0) RESOLVE_TWO!();
      if (to > 1 && (victim !== 'one' || from > 1)) RESOLVE_ONE!();
      world.run();
      expectEnds();
    },
  );

  it('Q20 what is asked after the last word of a doubt is answered when it is settled', () => {
    one.send(ofOne, [['keep', 0]], { slots: [ofTwo] });
    const restore = one.backup();
    two.send(ofOne, [['note', 'lost']]);
    world.run();
    copyBack(one, restore);
    two.send(ofOne, [['note', 'noticed']]);
    world.run(60_000);
    // Vat one has nothing to decide, and has said where its numbers go on: these are above that.
    expect(one.store().settlings()).toMatchObject([{ stage: 'ready' }]);
    expect(doubtOf(two, one).links[0]?.isDecided).toBe(false);
    const values = ['a', 'b', 'c', 'd'];
    for (const value of values) {
      const asked = ['ask', 1, [['return', JSON.stringify(value)]]] as const;
      const told = ['when', 2, { fulfilled: 0, rejected: 0 }] as const;
      one.send(ofOne, [['take', 0], asked, told], { slots: [ofOne] });
    }
    world.run(1_000);
    expect(one.store().promisesOfPeers()).toHaveLength(values.length);
    keep(two, one, { rest: 'resend' });
    world.run();
    expect(told(one, ofOne)).toEqual(values);
    expect(disagreements(world)).toEqual([]);
    expect(one.store().promisesOfPeers()).toEqual([]);
    expect(damagesOf(one, one.path)).toEqual([]);
  });
});
