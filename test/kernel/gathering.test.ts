// Gathering: a chain of messages to a peer costs one round trip, and what else is answered waits for none.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANSWERS_GATHERED_MS_MAX } from '../../src/core/answer-limits.ts';
import type { Qrid } from '../../src/core/ids.ts';
import { COMMIT_TURNS_MAX, COMMIT_WAIT_MS_MAX } from '../../src/core/limits.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
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

/** Every box and receipt takes so long; both vats know it from a first message and its answer. */
function setDelay(delayMs: number): void {
  world.setWire((bytes) => [{ type: 'arrive', bytes, delayMs }]);
  chain(1);
  world.run();
}

const ITSELF: readonly Step[] = [['return', '{"$":0}', [0]]];

/** Sends messages, each to the answer of the one before; what the last one answers is noted. */
function chain(length: number, last: readonly Step[] = ITSELF): void {
  const asks = Array.from({ length }, (_, n): Step => {
    const steps = n === length - 1 ? last : ITSELF;
    return n === 0 ? ['ask', 1, steps, [1]] : ['ask', n + 1, steps, [1]];
  });
  const steps: Step[] = [...asks, ['when', length + 1, { fulfilled: 0 }]];
  one.send(ofOne, steps, { slots: [ofOne, ofTwo] });
}

/** When boxes leave vat two from now on. */
function watchBoxes(): readonly number[] {
  const times: number[] = [];
  two.setSpy((output) => {
    if (output.type === 'post') times.push(world.nowMs());
  });
  return times;
}

/** The turns of such messages do not end. */
const keepOpen = (text: string): void =>
  two.setScript((turn, tell) =>
    turn.args.body.includes(text) ? undefined : runProgram(turn, tell),
  );

describe('gathering', () => {
  it('a chain of more messages than a commit takes is answered by one box', () => {
    setDelay(50);
    const boxes = watchBoxes();
    const before = notesOf(one, ofOne).length;
    const beganMs = world.nowMs();
    chain(COMMIT_TURNS_MAX + 36, [['return', '"done"']]);
    while (notesOf(one, ofOne).length === before) world.run(1);
    expect(notesOf(one, ofOne).at(-1)).toEqual({ value: 'done' });
    expect(boxes).toHaveLength(1);
    // There and back, and a wait for the commit at each end.
    expect(world.nowMs() - beganMs).toBeLessThanOrEqual(2 * 50 + 3 * COMMIT_WAIT_MS_MAX);
  });

  it.each([
    ['a round trip', 40, 2 * 40],
    ['its bound', ANSWERS_GATHERED_MS_MAX / 2, ANSWERS_GATHERED_MS_MAX],
    ['its bound, not a longer trip', ANSWERS_GATHERED_MS_MAX, ANSWERS_GATHERED_MS_MAX],
  ])('an answer that was sent on to waits no longer than %s', (_, delayMs, waitMs) => {
    setDelay(delayMs);
    keepOpen('open');
    const boxes = watchBoxes();
    const beganMs = world.nowMs();
    chain(2, [['note', 'open']]);
    while (boxes.length === 0) world.run(1);
    const lateMs = boxes[0]! - beganMs - delayMs;
    expect(lateMs).toBeGreaterThanOrEqual(waitMs);
    expect(lateMs).toBeLessThanOrEqual(waitMs + 3 * COMMIT_WAIT_MS_MAX);
  });

  it('an answer that nothing was sent on to leaves at once, although turns run for the peer', () => {
    setDelay(50);
    keepOpen('open');
    const boxes = watchBoxes();
    const beganMs = world.nowMs();
    chain(1);
    const open: Step = ['ask', 1, [['note', 'open']]];
    one.send(ofOne, [open, ['when', 3, { fulfilled: 0 }]], { slots: [ofOne, ofTwo] });
    while (boxes.length === 0) world.run(1);
    expect(boxes[0]! - beganMs - 50).toBeLessThanOrEqual(3 * COMMIT_WAIT_MS_MAX);
  });
});
