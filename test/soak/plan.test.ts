// The roles of nodes: in each part of a run one lives on, and something is killed.

import { describe, expect, it } from 'vitest';
import { NAMES } from './load.ts';
import { rolesAt } from './plan.ts';

const MINUTE_MS = 60_000;

/** Which nodes live on at each tenth of a run. */
const sparedIn = (minutes: number, seed: number) =>
  Array.from({ length: 11 }, (_, tenth) => {
    const lengthMs = minutes * MINUTE_MS;
    const roles = rolesAt((tenth * lengthMs) / 10, { seed, lengthMs });
    return NAMES.filter((name) => !roles[name].isNodeKilled);
  });

describe('the roles of a run', () => {
  it('spare nobody at first', () => {
    for (const seed of [1, 2, 3]) expect(sparedIn(2, seed).slice(0, 2)).toEqual([[], []]);
  });

  it('let the same two nodes live on in a short run, drawn by the seed, and kill the third', () => {
    const spared = [1, 2, 3].map((seed) => {
      const [some, ...rest] = sparedIn(2, seed).slice(2);
      expect(some).toHaveLength(2);
      for (const others of rest) expect(others).toEqual(some);
      return some;
    });
    expect(new Set(spared.map(String)).size).toBe(3);
  });

  it('kill each node in some part of a long run, and let each live on in two', () => {
    const spared = sparedIn(10, 1).slice(2);
    for (const name of NAMES) {
      expect(spared.some((list) => list.includes(name))).toBe(true);
      expect(spared.some((list) => !list.includes(name))).toBe(true);
    }
    expect(new Set(spared.map(String)).size).toBe(3);
  });

  it('kill only workers of one of the two', () => {
    const roles = Object.values(rolesAt(MINUTE_MS, { seed: 1, lengthMs: 2 * MINUTE_MS }));
    expect(roles.filter(({ isWorkerKilled }) => isWorkerKilled)).toHaveLength(2);
    expect(roles.filter(({ isNodeKilled }) => isNodeKilled)).toHaveLength(1);
  });
});
