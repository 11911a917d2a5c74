// Promise scenarios: histories of promises in one vat, run again and again with a fault at each point.

import { COMMIT_WAIT_MS_MAX } from '../../src/core/limits.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import { ANSWER_IDS, type Scenario, type Stage } from './scenarios.ts';

const note = (value: unknown): Step[] => [['note', value]];
const answer = (value: unknown): Step[] => [['return', JSON.stringify(value)]];

/** Sends a program to the object of vat one, with a reference to itself at place 0. */
export function play(
  { one, objects }: Pick<Stage, 'one' | 'objects'>,
  steps: readonly Step[],
): void {
  one.send(objects.one, steps, { slots: [objects.one] });
}

/** Each turn takes so long that it has a commit of its own, and what it sends is a row before it runs. */
export function commitEach({ one, world }: Stage): void {
  one.setScript((turn, tell) => {
    const outcome = runProgram(turn, tell);
    world.stall(COMMIT_WAIT_MS_MAX);
    return outcome;
  });
}

/** A message to itself, answered with that object: the promise is at the next place. */
const ASK_SELF: Step = ['ask', 0, [...note('asked'), ['return', '{"$":0}', [0]]], [0]];

export const PROMISE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'promises that are waited for, pipelined to and combined',
    victim: 'one',
    prepare: commitEach,
    act(stage) {
      play(stage, [
        ASK_SELF,
        ['send', 1, note('pipelined')],
        ['ask', 1, [...note('chained'), ...answer(7)]],
        ['ask', 0, [['throw', 'on purpose']]],
        ['when', 1, { fulfilled: 0, context: '"of one"' }],
        ['when', 2, { fulfilled: 0, rejected: 0 }],
        ['when', 3, { fulfilled: 0, rejected: 0, context: JSON.stringify(note('in context')) }],
        ['all', [2, 4, 1, 2]],
        ['first', [3, 2]],
        ['settled', [2, 3]],
        ['when', 7, { fulfilled: 0, rejected: 0, context: '"all"' }],
        ['when', 8, { fulfilled: 0, rejected: 0, context: '"first"' }],
        ['when', 9, { fulfilled: 0, rejected: 0, context: '"settled"' }],
      ]);
      play(stage, note('after'));
    },
  },
  {
    name: 'promises that are kept, resolved later and let go',
    victim: 'one',
    prepare: commitEach,
    act(stage) {
      const { world } = stage;
      play(stage, [
        ['promise'],
        ['keep', 1],
        ['keep', 2],
        ['send', 1, note('pipelined')],
        ['when', 1, { fulfilled: 0, context: '"waited"' }],
        // It follows the promise that its answer is.
        ['ask', 0, [['return', '{"$":0}', [0]]], [1]],
        ['keep', 4],
        ['all', [1, 4]],
        ['keep', 5],
      ]);
      world.run();
      play(stage, [
        ['take', 1],
        ['give', 1, '{"value":{"$":0}}', [0]],
        ['ask data', 1, '{"value":2}'],
        ['when', 2, { fulfilled: 0, rejected: 0, context: '"again"' }],
      ]);
      world.run();
      play(stage, [
        ['take', 2],
        ['take', 3],
        ['send', 1, note('late')],
        ['when', 2, { fulfilled: 0, context: '"of all"' }],
        ['forget'],
      ]);
      world.run();
    },
  },
  {
    name: 'answers that the operator asks for',
    victim: 'one',
    prepare: commitEach,
    act({ one, objects, world }) {
      const [early, late, thrown, last] = ANSWER_IDS;
      const asking = (id: string) => ({ id, slots: [objects.one], answer: true });
      one.send(objects.one, answer('early'), asking(early));
      // Answered with a promise that another message resolves.
      const later: Step[] = [['promise'], ['keep', 2], ['return', '{"$":0}', [1]]];
      one.send(objects.one, later, asking(late));
      one.send(objects.one, [['throw', 'on purpose']], asking(thrown));
      world.run();
      one.ask({ type: 'result', id: late, wait: true });
      play({ one, objects }, [
        ['take', 0],
        ['give', 1, '{"value":{"to":{"$":0}}}', [0]],
        ['forget'],
      ]);
      one.send(objects.one, answer('last'), asking(last));
      world.run();
      one.control({ type: 'result', id: last, forget: true });
    },
  },
  {
    name: 'promises that are kept, and one of them passed its deadline',
    victim: 'one',
    act(stage) {
      play(stage, [
        ['promise'],
        ['keep', 2],
        ['ask', 0, [['return', '{"$":0}', [0]]], [1], { deadlineMs: 5_000 }],
        ['when', 3, { fulfilled: 0, rejected: 0, context: '"late"' }],
        ['send', 3, note('never')],
        ['keep', 3],
      ]);
      stage.world.run(60_000);
      play(stage, [
        ['take', 0],
        ['give', 1, '{"error":{"name":"Late","message":"and not seen"}}'],
      ]);
    },
  },
];
