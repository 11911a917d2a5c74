// Answers of a peer that never gave a link: what was asked by a wrong QRID is rejected, and nothing
// of it stays at the asker, which would send it for ever.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

const NO_OBJECT = { error: expect.objectContaining({ code: 'QRT_NO_OBJECT' }) };
const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };

let world: World;
let one: TestVat;
let two: TestVat;
let asker: Qrid;
let right: Qrid;
let wrong: Qrid;
beforeEach(() => {
  world = makeWorld();
  [one, two] = [world.vat('one'), world.vat('two')];
  [asker, right] = [one.install(), two.install()];
  wrong = { ...right, swissnum: `${'A'.repeat(42)}E` as Qrid['swissnum'] };
});
afterEach(() => world.close());

function expectRest(): void {
  expect(world.run()).toBe(true);
  expect(one.status()).toMatchObject({ outbox: { rows: 0 }, promises: NOTHING });
  one.crash();
  expect(world.run()).toBe(true);
  expect(one.status()).toMatchObject({ outbox: { rows: 0 }, promises: NOTHING });
  expect(damagesOf(one, one.path)).toEqual([]);
}

/** Asks an object, at place 1, with a promise of the asker's own, and what is sent to the answer. */
const ASK: readonly Step[] = [
  ['promise'],
  ['ask', 1, [['return', '1']], [2]],
  ['ask', 4, [['return', '2']], [2]],
  ['when', 4, { fulfilled: 0, rejected: 0 }],
  ['when', 5, { fulfilled: 0, rejected: 0 }],
  ['give', 3, '{"value":"mine"}'],
];

it('Q58 by a wrong QRID leaves nothing, whether a promise was sent along or not', () => {
  one.send(asker, ASK, { slots: [asker, wrong] });
  world.run(60_000);
  expect(notesOf(one, asker)).toEqual([NO_OBJECT, NO_OBJECT]);
  expectRest();
  one.send(wrong, [['return', '1']], { id: 'asked', answer: true });
  world.run(60_000);
  const reply = one.control({ type: 'result', id: 'asked', forget: true });
  expect(reply).toMatchObject({ value: { state: 'rejected' } });
  expectRest();
});

it('Q58 by a right QRID after a wrong one comes, and so do promises that were sent with both', () => {
  one.send(asker, [['promise'], ['keep', 0], ['keep', 1]]);
  const sendAlong = (place: number): Step[] => [
    ['take', 0],
    ['ask', place, [['when', 0, { fulfilled: 1, rejected: 1 }]], [2, place]],
    ['when', 3, { fulfilled: 0, rejected: 0 }],
  ];
  world.run(1_000);
  one.send(asker, sendAlong(1), { slots: [asker, wrong] });
  one.send(asker, sendAlong(1), { slots: [asker, right] });
  world.run(60_000);
  expect(notesOf(one, asker)).toEqual([NO_OBJECT, { value: null }]);
  one.send(asker, [['take', 1], ['give', 0, '{"value":"mine"}'], ['forget']]);
  expectRest();
  expect(notesOf(two, right)).toEqual([{ value: 'mine' }]);
  expect(two.status().promises).toEqual(NOTHING);
});
