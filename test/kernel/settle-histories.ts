// Settle histories: how a link comes into doubt, and what its two operators decide.

import { settle } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
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
export function decideBoth({ one, two }: Stage): void {
  settle(one, two, { rest: 'resend' });
  settle(two, one, { rest: 'resend' });
}

/** Each vat, while both settle. */
export const SETTLE_HISTORIES: readonly Scenario[] = (['one', 'two'] as const).map((victim) => ({
  name: 'a doubt that is settled',
  victim,
  prepare: doubt,
  act: decideBoth,
}));
