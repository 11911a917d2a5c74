// Answers across vats: promises that a peer decides, pipelining by way of it, and what is left after.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
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

/** Runs a program in the object of vat one, with the three objects at places 0 to 2. */
function play(steps: readonly Step[], ms?: number): void {
  one.send(ofOne, steps, { slots: [ofOne, ofTwo, ofThree] });
  world.run(ms);
}

const heard = (): readonly unknown[] => notesOf(one, ofOne);
const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };

/** Nothing is left of promises, and both ends of each link agree. */
function expectNothingLeft(): void {
  world.run();
  expect(disagreements(world)).toEqual([]);
  for (const vat of world.vats()) {
    expect([vat.name, vat.status().promises]).toEqual([vat.name, NOTHING]);
    const { store } = vat;
    expect([vat.name, store().hasPromiseExports(), store().promisesOfPeers()]).toEqual([
      ...[vat.name, false, []],
    ]);
  }
  for (const vat of world.vats()) vat.halt();
  for (const vat of world.vats()) expect(damagesOf(vat, vat.path)).toEqual([]);
}

describe('answers across vats', () => {
  it('Q8 the answer of an object in another vat comes to a continuation', () => {
    play([
      ['ask', 1, [['return', '"hello"']]],
      ['when', 3, { fulfilled: 0, context: '7' }],
    ]);
    expect(heard()).toEqual([{ value: 'hello', context: 7 }]);
    expectNothingLeft();
  });

  it('Q8 what an object of another vat throws rejects the promise', () => {
    play([
      ['ask', 1, [['throw', 'too little']]],
      ['when', 3, { fulfilled: 0, rejected: 0 }],
    ]);
    expect(heard()).toEqual([{ error: { name: 'Error', message: 'too little' } }]);
    expectNothingLeft();
  });

  it('Q26 a reference in an answer works, also one that no message has named', () => {
    play([
      ['ask', 1, [['return', '{"$":0}', [0]]], [1]],
      ['send', 3, [['note', 'home']]],
    ]);
    expect(notesOf(two, ofTwo)).toEqual(['home']);
    expectNothingLeft();
  });

  it('Q26 messages to an answer arrive in order, before and after it is there', () => {
    play([
      ['ask', 1, [['return', '{"$":0}', [0]]], [2]],
      ['send', 3, [['note', 1]]],
      ['send', 3, [['note', 2]]],
      ['keep', 3],
    ]);
    play([['take', 0], ['send', 3, [['note', 3]]], ['forget']]);
    expect(notesOf(three, ofThree)).toEqual([1, 2, 3]);
    expectNothingLeft();
  });

  it('Q8 a later message to an answer that is not there yet leaves its continuation alone', () => {
    play([
      ['ask', 1, [['promise'], ['keep', 1], ['return', '{"$":0}', [0]]]],
      ['when', 3, { fulfilled: 0, context: '7' }],
      ['keep', 3],
    ]);
    play([['take', 0], ['send', 3, [['note', 'passed on']]], ['forget']]);
    expect([heard(), notesOf(two, ofTwo)]).toEqual([[], []]);
    const end: readonly Step[] = [['take', 0], ['give', 1, '{"value":{"$":0}}', [0]], ['forget']];
    two.send(ofTwo, end, { slots: [ofTwo] });
    world.run();
    expect(notesOf(two, ofTwo)).toEqual(['passed on']);
    expect(heard()).toMatchObject([{ context: 7 }]);
    expectNothingLeft();
  });

  it('a promise of this vat that is sent along is settled there, too', () => {
    play([['promise'], ['send', 1, [['when', 0, { fulfilled: 1 }]], [3, 1]], ['keep', 4]]);
    expect(notesOf(two, ofTwo)).toEqual([]);
    play([['take', 0], ['give', 3, '{"value":"late"}'], ['forget']]);
    expect(notesOf(two, ofTwo)).toEqual([{ value: 'late' }]);
    expectNothingLeft();
  });

  it('a promise that was settled before it is sent along is settled there', () => {
    play([['promise'], ['give', 4, '{"value":{"there":{"$":0}}}', [2]], ['keep', 3]]);
    play([['take', 0], ['send', 1, [['when', 0, { fulfilled: 1 }]], [3, 1]], ['forget']]);
    expect(notesOf(two, ofTwo)).toMatchObject([{ value: { there: {} } }]);
    expectNothingLeft();
  });

  it('a resolver works from another vat', () => {
    play([
      ['promise'],
      ['when', 3, { fulfilled: 0 }],
      ['send', 1, [['give', 0, '{"value":"by two"}']], [4]],
    ]);
    expect(heard()).toEqual([{ value: 'by two' }]);
    expectNothingLeft();
  });

  it('an answer that is a promise of a third vat comes by way of both', () => {
    play([
      [
        'ask',
        1,
        [
          ['ask', 0, [['return', '"from three"']]],
          ['return', '{"$":0}', [1]],
        ],
        [2],
      ],
      ['when', 3, { fulfilled: 0 }],
    ]);
    expect(heard()).toEqual([{ value: 'from three' }]);
    expectNothingLeft();
  });

  it('a promise that comes home is the one that left', () => {
    play([
      ['promise'],
      ['ask', 1, [['return', '{"$":0}', [0]]], [3]],
      ['when', 5, { fulfilled: 0 }],
      ['give', 4, '{"value":"mine"}'],
    ]);
    expect(heard()).toEqual([{ value: 'mine' }]);
    expectNothingLeft();
  });

  it('a message with an answer is forwarded with it, and without a turn', () => {
    two.send(ofOne, [['keep', 0]], { slots: [ofThree] });
    world.run();
    const { turns } = two.status();
    play([['take', 0], ['ask', 3, [['return', '3']]], ['when', 4, { fulfilled: 0 }], ['forget']]);
    expect(heard()).toEqual([{ value: 3 }]);
    expect(two.status().turns).toBe(turns);
    expectNothingLeft();
  });

  it('Q26 a chain of a hundred messages makes one trip', () => {
    const steps: Step[] = [['ask', 1, [['return', '{"$":0}', [0]]], [1]]];
    for (let n = 0; n < 99; n += 1) {
      steps.push(['ask', 3 + n, [['return', '{"$":0}', [0]]], [1]]);
    }
    steps.push(['when', 102, { fulfilled: 0 }]);
    play(steps);
    expect(heard()).toHaveLength(1);
    expectNothingLeft();
  });

  it('an answer that is forgotten before its message can leave is given up at its peer, too', () => {
    play([['promise'], ['ask', 3, [['note', 'ran']]], ['keep', 4], ['keep', 5]]);
    expect(one.status().promises).toMatchObject({ pending: 2, settled: 0 });
    play([['take', 0], ['forget'], ['keep', 3]]);
    expect(one.status().promises).toMatchObject({ pending: 1, settled: 0 });
    play([['take', 0], ['give', 3, '{"value":{"$":0}}', [1]], ['forget']]);
    expect(notesOf(two, ofTwo)).toEqual(['ran']);
    expectNothingLeft();
  });

  it('a deadline ends a promise of a peer that does not answer', () => {
    two.halt();
    play(
      [
        ['ask', 1, [['return', '1']], [], { deadlineMs: 5_000 }],
        ['when', 3, { fulfilled: 0, rejected: 0 }],
      ],
      60_000,
    );
    expect(heard()).toMatchObject([{ error: { code: 'QRT_DEADLINE_PASSED' } }]);
    two.revive();
    expectNothingLeft();
  });

  it('pipelining to what turns out to be data is rejected by name', () => {
    play([
      ['ask', 1, [['return', '5']]],
      ['ask', 3, [['return', '6']]],
      ['when', 4, { fulfilled: 0, rejected: 0 }],
    ]);
    expect(heard()).toMatchObject([{ error: { code: 'QRT_PROMISE_DATA' } }]);
    expectNothingLeft();
  });

  it('what a dropped peer was to decide is rejected', () => {
    two.halt();
    play(
      [
        ['ask', 1, [['return', '5']]],
        ['when', 3, { fulfilled: 0, rejected: 0 }],
      ],
      10_000,
    );
    one.control({ type: 'peer-drop', id: 'a'.repeat(22), peer: two.id });
    world.run(10_000);
    expect(heard()).toMatchObject([{ error: { code: 'QRT_LINK_DROPPED' } }]);
    expect(one.status().promises).toEqual(NOTHING);
  });

  it('Q20 promises across vats go on after a restart of either end', () => {
    play([
      ['promise'],
      ['ask', 1, [['return', '{"$":0}', [0]]], [3]],
      ['when', 5, { fulfilled: 0 }],
      ['keep', 4],
    ]);
    one.crash();
    two.crash();
    world.run();
    play([['take', 0], ['give', 3, '{"value":"at last"}'], ['forget']]);
    expect(heard()).toEqual([{ value: 'at last' }]);
    expectNothingLeft();
  });
});
