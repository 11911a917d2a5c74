// Forwarders: vats of a world that pass messages on for each other, until none of them has room.

import type { Qrid } from '../../src/core/ids.ts';
import { honestWire, type Wire } from './network.ts';
import type { Step } from './scripted-worker.ts';
import type { TestVat } from './test-vat.ts';
import { notesOf, type World } from './world.ts';

/** A way from one object to another, through vats that pass on what is sent. */
interface Route {
  /** Sends a note by it. */
  send(value: unknown): void;
  /** What has come to its end, in order. */
  notes(): readonly unknown[];
}

/** An object of the first vat gets a reference to one of the last, as the vats between pass it on. */
function makeRoute(world: World, vats: readonly TestVat[]): Route {
  const end = vats.at(-1)!;
  const objects = vats.map((vat) => vat.install());
  let given: Qrid | undefined = objects.at(-1)!;
  for (let at = vats.length - 2; at >= 0; at -= 1) {
    // The last but one redeems it; to the others it is passed on.
    if (given) vats[at]!.send(objects[at]!, [['keep', 0]], { slots: [given] });
    given = undefined;
    world.run();
    if (at === 0) break;
    const pass: Step[] = [
      ['keep', 0],
      ['tell', 1, [['keep', 0]], [0]],
    ];
    vats[at]!.send(objects[at]!, pass, { slots: [objects[at - 1]!] });
    world.run();
  }
  return {
    send: (value) => void vats[0]!.send(objects[0]!, [['tell', 0, [['note', value]]]]),
    notes: () => notesOf(end, objects.at(-1)!),
  };
}

/** Nothing gets from one of these vats to another. */
function partOf(vats: readonly TestVat[]): Wire {
  const ids = new Set(vats.map(({ id }) => id));
  return (bytes, passage) =>
    ids.has(passage.from) && ids.has(passage.to) ? [] : honestWire(bytes, passage);
}

/** Vats in a ring, each of which passes on to the next, and what is sent through them. */
export interface Ring {
  readonly vats: readonly TestVat[];
  readonly routes: readonly Route[];
  /** Fills all outboxes with what waits for the next vat: `count` notes by each route. */
  fill(count: number): void;
}

/** Each route passes through `hops` vats of the ring before it comes to its end. */
export function makeRing(
  world: World,
  { size, hops, limits }: { size: number; hops: number; limits: { outboxRows?: number } },
): Ring {
  const vats = Array.from({ length: size }, (_, at) => world.vat(`ring${at}`));
  const end = world.vat('end');
  const routes = vats.map((_, at) => {
    const through = Array.from({ length: hops }, (_hop, n) => vats[(at + n) % size]!);
    return makeRoute(world, [world.vat(`sender${at}`), ...through, end]);
  });
  for (const vat of vats) vat.setLimits(limits);
  world.run();
  return {
    vats,
    routes,
    fill(count) {
      world.setWire(partOf(vats));
      for (const route of routes) for (let n = 1; n <= count; n += 1) route.send(n);
      world.run(120_000);
      world.setWire(honestWire);
    },
  };
}
