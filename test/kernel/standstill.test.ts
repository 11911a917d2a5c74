// Standstill: vats that forward for each other, each of which waits for room at the next.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disagreements } from '../sim/checks.ts';
import { makeRing } from '../sim/forwarders.ts';
import { makeWorld, type World } from '../sim/world.ts';

const HOUR_MS = 3_600_000;
const ROWS = 12;
const COUNT = 20;
const ALL = Array.from({ length: COUNT }, (_, n) => n + 1);

let world: World;

beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.close());

describe('vats that forward for each other in a ring', () => {
  it.each([
    { size: 2, hops: 2 },
    { size: 3, hops: 3 },
    { size: 3, hops: 8 },
    { size: 5, hops: 4 },
  ])('of $size go on by themselves when all are full, through $hops of them', ({ size, hops }) => {
    const ring = makeRing(world, { size, hops, limits: { outboxRows: ROWS } });
    ring.fill(COUNT);
    for (const { notes } of ring.routes) expect(notes().length).toBeLessThan(COUNT);
    expect(world.run(6 * HOUR_MS)).toBe(true);
    for (const { notes } of ring.routes) expect(notes()).toEqual(ALL);
    expect(disagreements(world)).toEqual([]);
  });
});
