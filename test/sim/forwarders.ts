// Forwarders: vats of a world that pass messages on for each other, until none of them has room.

import type { Qrid } from '../../src/core/ids.ts';
import type { NodeLimits } from '../../src/core/node-limits.ts';
import { honestWire, type Wire } from './network.ts';
import type { Step } from './scripted-worker.ts';
import type { TestVat } from './test-vat.ts';
import { notesOf, type World } from './world.ts';

/** Sends a note by the way. */
export type Way = (value: unknown) => void;

/** A reference to `end`, which each of the vats but the last has from the next one. */
export function makeWay(world: World, vats: readonly TestVat[], end: Qrid): Way {
  const objects = vats.map((vat) => vat.install());
  for (let at = vats.length - 1; at >= 0; at -= 1) {
    if (at === vats.length - 1) vats[at]!.send(objects[at]!, [['keep', 0]], { slots: [end] });
    world.run();
    const pass: Step[] = [
      ['keep', 0],
      ['tell', 1, [['keep', 0]], [0]],
    ];
    if (at > 0) vats[at]!.send(objects[at]!, pass, { slots: [objects[at - 1]!] });
    world.run();
  }
  return (value) => void vats[0]!.send(objects[0]!, [['tell', 0, [['note', value]]]]);
}

/** Nothing gets from one of these vats to another. */
function partOf(vats: readonly TestVat[]): Wire {
  const ids = new Set(vats.map(({ id }) => id));
  return (bytes, passage) =>
    ids.has(passage.from) && ids.has(passage.to) ? [] : honestWire(bytes, passage);
}

/** Vats in a ring, and ways through them. */
export interface Ring {
  readonly vats: readonly TestVat[];
  readonly senders: readonly TestVat[];
  readonly end: TestVat;
  readonly ways: readonly Way[];
  /** Fills all outboxes with what waits for the next vat, with these notes by each way. */
  fill(values: readonly unknown[]): void;
  /** What came by each way, in order. */
  notes(): readonly (readonly unknown[])[];
}

/** Each way leads through `hops` vats of the ring before it comes to its end. */
export function makeRing(
  world: World,
  { size, hops, limits }: { size: number; hops: number; limits: Partial<NodeLimits> },
): Ring {
  const vats = Array.from({ length: size }, (_, at) => world.vat(`ring${at}`));
  const senders = vats.map((_, at) => world.vat(`sender${at}`));
  const end = world.vat('end');
  const ends = vats.map(() => end.install());
  const ways = senders.map((sender, at) => {
    const through = Array.from({ length: hops }, (_hop, n) => vats[(at + n) % size]!);
    return makeWay(world, [sender, ...through], ends[at]!);
  });
  for (const vat of vats) vat.setLimits(limits);
  world.run();
  return {
    vats,
    senders,
    end,
    ways,
    fill(values) {
      world.setWire(partOf(vats));
      for (const send of ways) for (const value of values) send(value);
      world.run(120_000);
      world.setWire(honestWire);
    },
    notes: () => ends.map((each) => notesOf(end, each)),
  };
}
