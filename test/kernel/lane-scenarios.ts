// Lane scenarios: what only a long lane comes to, with a fault at each point of it.

import { CHECKPOINTS_DENSE } from '../../src/core/thinning.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { Scenario, Stage } from './scenarios.ts';

/** Where checkpoints of a lane are thinned for the first time. */
const FIRST_THINNED = 4 * CHECKPOINTS_DENSE;
const NAMES = 20;
const PER_TURN = 97;

/** Names some promises to the object of vat two, in an item each, and goes on to shortly before it. */
function comeClose({ one, two, objects, world }: Stage): void {
  const naming = Array.from({ length: NAMES }, (_, at): Step[] => [
    ['promise'],
    ['give', 2 * at + 3, '{"error":{"name":"Error","message":"no"}}'],
    ['send', 1, [], [2 * at + 2]],
  ]);
  const play = (steps: readonly Step[]): void =>
    void one.send(objects.one, steps, { slots: [objects.one, objects.two] });
  play(naming.flat());
  world.run();
  const sent = (): number => one.store().links()[0]!.sending[0].next;
  for (let left = FIRST_THINNED - 2 - sent(); left > 0; left -= PER_TURN) {
    play(Array<Step>(Math.min(PER_TURN, left)).fill(['send', 1, []]));
    world.run();
  }
  two.send(objects.one);
  world.run();
}

const goPast = ({ one, objects }: Stage): void => {
  for (const value of ['a', 'b', 'c']) one.send(objects.two, [['note', value]]);
};

export const LANE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'a lane whose checkpoints are thinned, at the sender',
    victim: 'one',
    prepare: comeClose,
    act: goPast,
  },
  {
    name: 'a lane whose checkpoints are thinned, at the receiver',
    victim: 'two',
    prepare: comeClose,
    act: goPast,
  },
];
