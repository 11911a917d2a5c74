// Settle histories: how a link comes into doubt, and what its two operators decide.

import { copyBack } from '../sim/copy-back.ts';
import { doubtOf, settle } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { Scenario, Stage } from './scenarios.ts';

/** Vat one went back and has sent since: items, an object of its own, a redeem. */
export function doubt({ world, one, two, objects }: Stage): void {
  one.send(objects.two, [['note', 'first']]);
  two.send(objects.one, [['note', 'first']]);
  world.run();
  // Two has no QRID of it: it gets the name that one gives it.
  const given = one.install();
  world.run();
  const restore = one.backup();
  one.send(objects.two, [['keep', 0]], { slots: [given] });
  two.send(objects.one, [['note', 'second']]);
  world.run();
  world.setWire(cutWire);
  one.halt();
  restore();
  one.revive();
  const other = two.install();
  one.send(objects.two, [['note', 'queued']]);
  one.send(other, [['keep', 0]], { slots: [objects.one, given] });
  two.send(objects.one, [['note', 'queued']]);
  world.setWire(honestWire);
}

/** Both want everything to be sent again. */
function decideBoth({ one, two }: Stage): void {
  settle(one, two, { rest: 'resend' });
  settle(two, one, { rest: 'resend' });
}

/** Vat one went back, has nothing to decide, and asks vat two after it said its last word of that. */
function askAfterLastWord({ world, one, two, objects }: Stage): void {
  one.send(objects.one, [['keep', 0]], { slots: [objects.two] });
  world.run();
  const restore = one.backup();
  two.send(objects.one, [['note', 'lost']]);
  world.run();
  copyBack(one, restore);
  two.send(objects.one, [['note', 'noticed']]);
  world.run(60_000);
  for (const value of ['a', 'b']) {
    const asked: Step = ['ask', 1, [['return', JSON.stringify(value)]]];
    const told: Step = ['when', 2, { fulfilled: 0, rejected: 0 }];
    one.send(objects.one, [['take', 0], asked, told], { slots: [objects.one] });
  }
  world.run(1_000);
}

/** Whoever has something to decide wants everything to be sent again. */
function decideRest({ one, two }: Stage): void {
  for (const [side, peer] of [
    [one, two],
    [two, one],
  ] as const) {
    if (doubtOf(side, peer).links[0]?.isDecided === false) settle(side, peer, { rest: 'resend' });
  }
}

/** A doubt that is settled while one of the two dies; `passes` are changes that it must come by. */
export interface SettleHistory extends Scenario {
  readonly prepare: (stage: Stage) => void;
  readonly passes: readonly string[];
}

/** Each vat, while both settle. */
export const SETTLE_HISTORIES: readonly SettleHistory[] = (['one', 'two'] as const).flatMap(
  (victim) => [
    {
      name: 'a doubt that is settled',
      victim,
      prepare: doubt,
      act: decideBoth,
      passes: ['putSettling', 'updateAside', 'deleteAside'],
    },
    {
      name: 'a doubt that is settled after one has asked for answers',
      victim,
      prepare: askAfterLastWord,
      act: decideRest,
      passes: victim === 'one' ? ['putSettling', 'unnamePromise'] : ['putSettling'],
    },
  ],
);
