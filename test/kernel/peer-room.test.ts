// Peer room: what a peer sends to promises may fill its share, and yet nothing stands still for good.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROMISES_FULL_MS_MAX } from '../../src/core/answer-limits.ts';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

const INBOX_ROWS = 16;
/** One sender alone may hold half. */
const SHARE_ROWS = INBOX_ROWS / 2;
const COUNT = 20;
const HOUR_MS = 3_600_000;
const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };
const NO_ROOM = { error: expect.objectContaining({ code: 'QRT_NO_ROOM' }) };

let world: World;
let one: TestVat;
let two: TestVat;
let asker: Qrid;
let bell: Qrid;
beforeEach(() => {
  world = makeWorld();
  [one, two] = [world.vat('one'), world.vat('two')];
  [asker, bell] = [one.install(), two.install()];
  two.setLimits({ inboxRows: INBOX_ROWS });
});
afterEach(() => world.close());

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
/** A promise of vat two, whose resolver its object keeps. */
const OPEN: Step = ['ask', 1, [['promise'], ['keep', 1], ['return', '{"$":0}', [0]]]];
/** The object settles it with itself. */
const RING: Step = [
  'send',
  1,
  [
    ['take', 0],
    ['give', 1, '{"value":{"$":0}}', [0]],
  ],
  [1],
];
/** Messages to the promise of that answer, which are watched. */
const pipelined = (count: number, place: number): Step[] =>
  upTo(count).flatMap((n): Step[] => [
    ['ask', place, [['note', n]]],
    ['when', place + 1 + 2 * n, { fulfilled: 0, rejected: 0, context: String(n) }],
  ]);

/** Runs a program in the asker, with itself and the object of vat two at places 0 and 1. */
function play(steps: readonly Step[], ms?: number): void {
  one.send(asker, steps, { slots: [asker, bell] });
  world.run(ms);
}

function expectNothingLeft(): void {
  expect(disagreements(world)).toEqual([]);
  for (const vat of [one, two]) {
    expect(vat.status().promises).toEqual(NOTHING);
    expect(damagesOf(vat, vat.path)).toEqual([]);
  }
}

describe('what waits for a promise of this vat and fills the share of its sender', () => {
  it('does not keep out what settles the promise: the rest is refused, and nothing is left', () => {
    play([OPEN, ...pipelined(COUNT, 2), RING], PROMISES_FULL_MS_MAX / 2);
    expect(two.status().promises.waiting.rows).toBe(SHARE_ROWS);
    expect(notesOf(one, asker)).toEqual([]);
    world.run(HOUR_MS);
    two.send(bell, [['forget']]);
    world.run(HOUR_MS);
    // The answer that follows the promise takes a row as well.
    const came = upTo(SHARE_ROWS - 1);
    expect(notesOf(two, bell)).toEqual(came);
    const told = notesOf(one, asker) as { readonly context: number }[];
    expect(told.toSorted((left, right) => left.context - right.context)).toEqual(
      upTo(COUNT).map((n) => ({ ...(came.includes(n) ? { value: null } : NO_ROOM), context: n })),
    );
    expectNothingLeft();
  });

  it('waits for the room that another one makes by settling it within that time', () => {
    play([OPEN, ...pipelined(COUNT, 2)], PROMISES_FULL_MS_MAX / 2);
    two.send(bell, [['take', 0], ['forget'], ['give', 1, '{"value":{"$":0}}', [0]]], {
      slots: [bell],
    });
    world.run(HOUR_MS);
    expect(notesOf(two, bell)).toEqual(upTo(COUNT));
    expectNothingLeft();
  });

  it('does not keep out what the same peer sends to objects, nor other strangers', () => {
    play([OPEN, ...pipelined(SHARE_ROWS, 2)], 5_000);
    const three = world.vat('three');
    const greeter = two.install();
    for (const n of upTo(COUNT)) {
      one.send(greeter, [['note', `one ${n}`]]);
      three.send(greeter, [['note', `three ${n}`]]);
    }
    world.run(HOUR_MS);
    const notes = notesOf(two, greeter);
    for (const name of ['one', 'three']) {
      const sent = upTo(COUNT).map((n) => `${name} ${n}`);
      expect(notes.filter((note) => sent.includes(note as string))).toEqual(sent);
    }
    expect(two.status().promises.waiting.rows).toBe(SHARE_ROWS);
  });

  it('does not keep out the one message to its resolver, however full it is', () => {
    const give: Step[] = [['promise'], ['keep', 1], ['return', '[{"$":0},{"$":1}]', [0, 1]]];
    // The asker is told the promise and its resolver.
    play([
      ['ask', 1, give],
      ['when', 2, { fulfilled: 0, context: '[["keep",0],["keep",1]]' }],
    ]);
    play([['take', 0], ...pipelined(SHARE_ROWS, 2)], 5_000);
    expect(two.status().promises.waiting.rows).toBe(SHARE_ROWS);
    play([['take', 1], ['give', 2, '{"value":{"$":0}}', [1]], ['forget']], 5_000);
    expect(notesOf(two, bell)).toEqual(upTo(SHARE_ROWS));
    two.send(bell, [['forget']]);
    world.run(HOUR_MS);
    expectNothingLeft();
  });
});
