// The network as an enemy, with vats that die now and then: nothing changes but the time it takes.

import { afterEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { makeEnemyWire } from '../sim/enemy-wire.ts';
import { honestWire } from '../sim/network.ts';
import { pick } from '../sim/random.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { someOf } from '../thorough.ts';

const ROUNDS = 6;
/** More of them: `QRT_SEEDS=1000 npx vitest run test/kernel/enemy`. */
const COUNT = process.env['QRT_SEEDS'];
const ALL = Array.from({ length: Number(COUNT ?? 25) }, (_, seed) => seed + 1);
const SEEDS = COUNT === undefined ? someOf(ALL, 3) : ALL;

/** What was noted, by who said it: nothing is promised between two senders. */
function bySpeaker(notes: readonly unknown[]): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const [speaker, n] of notes as [string, number][]) {
    found[speaker] = [...(found[speaker] ?? []), n];
  }
  return found;
}

const numbers = Array.from({ length: ROUNDS }, (_, n) => n);

describe('a network that is an enemy', { timeout: 60_000 }, () => {
  let world: World;
  afterEach(() => world.close());

  it.each(SEEDS)('Q20 Q46 Q48 each message takes effect once, in order (seed %i)', (seed) => {
    world = makeWorld(seed);
    const { random } = world;
    const names = ['one', 'two', 'three'] as const;
    const vats = names.map((name) => world.vat(name)) as [TestVat, TestVat, TestVat];
    const objects = vats.map((vat) => vat.install()) as [Qrid, Qrid, Qrid];
    const [one, two] = vats;
    world.setWire(makeEnemyWire({ random, vats: world.vats }));
    // An object of vat one gets to know an object of vat three through vat two.
    two.send(objects[0], [['keep', 0]], { slots: [objects[2]] });
    while (one.status().turns === 0) world.run(1_000);

    for (const n of numbers) {
      for (const [index, vat] of vats.entries()) {
        const target = objects[(index + 1 + (n % 2)) % 3]!;
        const note: Step = ['note', [`${vat.name} ${n % 2}`, n]];
        vat.send(target, [note], { slots: [objects[index]!] });
      }
      one.send(objects[0], [['tell', 0, [['note', ['through two', n]]], [0]]]);
      world.run(Math.floor(random() * 20_000));
      if (random() < 0.5) pick(random, vats).crash();
    }
    world.run(120_000);
    world.setWire(honestWire);
    expect(world.run()).toBe(true);

    const [even, odd] = [0, 1].map((rest) => numbers.filter((n) => n % 2 === rest));
    expect(bySpeaker(notesOf(vats[0], objects[0]))).toEqual({ 'three 0': even, 'two 1': odd });
    expect(bySpeaker(notesOf(vats[1], objects[1]))).toEqual({ 'one 0': even, 'three 1': odd });
    expect(bySpeaker(notesOf(vats[2], objects[2]))).toEqual({
      'two 0': even,
      'one 1': odd,
      'through two': numbers,
    });
    expect(disagreements(world)).toEqual([]);
    expect(world.vats().flatMap((vat) => vat.log())).toEqual([]);
  });
});
