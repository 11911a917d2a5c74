// Floods: whose share of queues and lines pays for what a turn does.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalId, Qrid } from '../../src/core/ids.ts';
import { drop } from '../sim/keeper.ts';
import { cutWire } from '../sim/network.ts';
import { done } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let flooder: Qrid;
let service: Qrid;
let ofTwo: Qrid;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  const two = world.vat('two');
  [flooder, service, ofTwo] = [one.install(), one.install(), two.install()];
  one.send(service, [['send', 0, []]], { slots: [ofTwo] });
  world.run();
});
afterEach(() => world.close());

describe('what is sent by an object that another called', () => {
  it('counts against the installation whose message it was, here and towards others', () => {
    world.setWire(cutWire);
    const [caller, called] = [localIdOf(one, flooder), localIdOf(one, service)];
    let wasHere = false;
    one.setScript(({ turn, target, args }) => {
      if (target !== caller || wasHere) return undefined;
      wasHere = true;
      const sends = [...args.slots, called].map((to) => ({
        target: to,
        args: { body: '[]', slots: [] },
        sender: called,
      }));
      return done(turn, { sends });
    });
    one.send(flooder, [], { slots: [ofTwo] });
    world.run(1_000);
    const shares = (rows: readonly { share: string; rows: number }[]) =>
      Object.fromEntries(rows.map(({ share, rows: count }) => [share, count]));
    expect(shares(one.store().outboxUsage())).toEqual({ o1: 1 });
    expect(shares(one.store().inboxUsage())).toEqual({ o1: 1 });
  });

  it('to a vat that was dropped costs lines of that installation, not of all peers', () => {
    drop(one, world.vats()[1]!.id);
    world.run(1_000);
    one.setScript(({ turn }) => {
      const args = { body: '[]', slots: [] };
      const sender = localIdOf(one, service);
      return done(turn, { sends: [{ target: 'i1' as LocalId, args, sender }] });
    });
    one.send(flooder);
    world.run(1_000);
    const lines = one.store().logAfter(0, 10);
    expect(
      lines.slice(-1).map(({ owner, level, text }) => [owner, level, text.split(' (')[0]]),
    ).toEqual([[1, 'link', 'the vat of i1 was dropped: QRT_LINK_DROPPED']]);
  });
});
