// Too far: an answer comes back through as many vats as a message may pass, and from one further
// the message comes to nothing there, by name, for whoever waits at the other end.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { HOPS_MAX } from '../../src/core/limits.ts';
import { disagreements } from '../sim/checks.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

/** Of the first vat's object, handed on by each vat to the next: two more than pass messages on. */
const VATS = HOPS_MAX + 3;
const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };

let world: World;
let vats: TestVat[];
let objects: Qrid[];

beforeEach(() => {
  world = makeWorld();
  vats = Array.from({ length: VATS }, (_, at) => world.vat(`vat${at}`));
  objects = vats.map((vat) => vat.install());
  for (const [at, vat] of vats.slice(0, -1).entries()) {
    const taken: readonly Step[] = at === 0 ? [] : [['take', 0]];
    const held = at === 0 ? 1 : 2;
    const steps: readonly Step[] = [...taken, ['send', 0, [['keep', 0]], [held]]];
    vat.send(objects[at]!, steps, { slots: [objects[at + 1]!, objects[at]!] });
    world.run();
  }
});
afterEach(() => world.close());

/** Sends a program to the first vat's object from that one, which is told what becomes of it. */
function ask(from: number, program: readonly Step[]): void {
  const own = objects[from]!;
  const told = { fulfilled: 0, rejected: 0 };
  const steps: readonly Step[] = [
    ['take', 0],
    ['ask', 1, program],
    ['when', 2, told],
    ['ask', 2, [['note', 'sent on']]],
    ['when', 4, told],
  ];
  vats[from]!.send(own, steps, { slots: [own] });
}

it(`Q58 an answer comes back from ${HOPS_MAX} vats away, and from one more it is QRT_TOO_FAR`, () => {
  const [near, far] = [VATS - 2, VATS - 1];
  ask(near, [
    ['note', 'near'],
    ['return', '"heard"'],
  ]);
  ask(far, [['note', 'far']]);
  expect(world.run()).toBe(true);

  expect(notesOf(vats[0]!, objects[0]!)).toContain('near');
  expect(notesOf(vats[0]!, objects[0]!)).not.toContain('far');
  const noData = expect.objectContaining({ code: 'QRT_PROMISE_DATA' });
  expect(notesOf(vats[near]!, objects[near]!)).toEqual([{ value: 'heard' }, { error: noData }]);
  const tooFar = {
    error: {
      name: 'Error',
      code: 'QRT_TOO_FAR',
      message: `A message was forwarded ${HOPS_MAX} times and goes no further.`,
    },
  };
  expect(notesOf(vats[far]!, objects[far]!)).toEqual([tooFar, tooFar]);
  for (const vat of vats) {
    expect([vat.name, vat.status().promises]).toEqual([vat.name, NOTHING]);
    expect(damagesOf(vat, vat.path)).toEqual([]);
  }
  expect(disagreements(world)).toEqual([]);
});
