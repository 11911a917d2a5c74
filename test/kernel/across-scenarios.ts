// Across scenarios: histories of promises between vats, with a fault at each point of one of them.

import type { Step } from '../sim/scripted-worker.ts';
import type { Scenario, Stage } from './scenarios.ts';

const answer = (value: unknown): Step[] => [['return', JSON.stringify(value)]];

/** Sends a program to the object of vat one, with the objects of all three at places 0 to 2. */
function play({ one, objects }: Stage, steps: readonly Step[]): void {
  one.send(objects.one, steps, { slots: [objects.one, objects.two, objects.three] });
}

/** An object of vat two answers with one of vat three, to which more is sent before that is known. */
function ask(stage: Stage): void {
  play(stage, [
    ['ask', 1, [['return', '{"$":0}', [0]]], [2]],
    ['send', 3, [['note', 'pipelined']]],
    ['ask', 3, answer('from three')],
    ['ask', 1, [['throw', 'on purpose']]],
    ['when', 4, { fulfilled: 0, rejected: 0, context: '"chained"' }],
    ['when', 5, { fulfilled: 0, rejected: 0, context: '"thrown"' }],
    ['when', 3, { fulfilled: 1 }],
  ]);
}

/** A promise of vat one goes to the others, and is settled when they know it. */
function passOn(stage: Stage): void {
  play(stage, [
    ['promise'],
    ['keep', 4],
    [
      'ask',
      1,
      [
        ['ask', 1, [['return', '{"$":0}', [0]]], [0]],
        ['return', '{"$":0}', [2]],
      ],
      [3, 2],
    ],
    ['when', 5, { fulfilled: 0, rejected: 0 }],
    ['send', 3, [['note', 'to what it becomes']]],
  ]);
  stage.world.run();
  play(stage, [['take', 0], ['give', 3, '{"value":{"$":0}}', [2]], ['forget']]);
}

export const ACROSS_SCENARIOS: readonly Scenario[] = [
  {
    name: 'answers of other vats, pipelined to',
    victim: 'two',
    act: ask,
    isLane2Free: true,
    isLong: true,
  },
  {
    name: 'a promise that is passed on and comes home',
    victim: 'one',
    act: passOn,
    isLane2Free: true,
    isLong: true,
  },
];
