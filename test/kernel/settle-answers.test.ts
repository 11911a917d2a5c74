// Answers after a settling: a disk goes back at any moment of their history, and none is left open.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { copyBack } from '../sim/copy-back.ts';
import { resendAll } from '../sim/resend-all.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
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

const CASES = (['one', 'two'] as const).flatMap((victim) =>
  HISTORY.flatMap((_, from) =>
    HISTORY.flatMap((_step, to) => (to > from ? [{ victim, from, to }] : [])),
  ),
);

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
      const vats = { one, two };
      let restore = (): void => undefined;
      for (const [at, step] of HISTORY.slice(0, to).entries()) {
        if (at === from) restore = vats[victim].backup();
        step();
        world.run();
      }
      copyBack(vats[victim], restore);
      one.send(ofTwo, [['note', 'noticed']]);
      two.send(ofOne, [['note', 'noticed']]);
      resendAll(world, [one, two], 1);
      // Who still knows a resolver uses it, if it was not used before.
      if (victim !== 'two' || from > 0) RESOLVE_TWO!();
      if (to > 1 && (victim !== 'one' || from > 1)) RESOLVE_ONE!();
      world.run();
      expect(disagreements(world)).toEqual([]);
      for (const vat of [one, two]) {
        expect(vat.status().promises.pending).toBe(0);
        expect(vat.status().promises.settled).toBe(0);
        expect(vat.store().promisesOfPeers()).toEqual([]);
        expect(vat.store().hasPromiseExports()).toBe(false);
        expect(damagesOf(vat, vat.path)).toEqual([]);
      }
      const codes = ['QRT_ANSWER_LOST', 'QRT_ITEM_DISCARDED', 'QRT_NO_OBJECT'];
      for (const each of told(one, ofOne)) expect(['by two', ...codes]).toContain(each);
      for (const each of told(two, ofTwo)) expect(['by one', ...codes]).toContain(each);
    },
  );
});
