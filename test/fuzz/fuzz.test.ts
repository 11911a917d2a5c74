// Fuzz, in short: some sessions of each target with fixed seeds; `npm run fuzz` goes on for long.

import { describe, expect, it } from 'vitest';
import { someOf } from '../thorough.ts';
import { readMemory, runSession } from './run-session.ts';
import { TARGETS } from './targets.ts';

const SEEDS = [1, 2];
const MIB = 1024 * 1024;
/** What may stay reachable after a session: caches of the program, and none of the inputs. */
const LEFT_MAX = 16 * MIB;

describe('mutations of what strangers feed', () => {
  it.each(someOf(TARGETS, 2).map((target) => [target.name, target] as const))(
    '%s: no failure but coded ones, nothing else changed, nothing kept',
    async (_, target) => {
      const seen = new Set<string>();
      let before = 0;
      for (const seed of SEEDS) {
        // The first session fills what is filled once.
        if (seed === SEEDS.at(-1)) before = readMemory();
        for (const kind of (
          await runSession(target, seed, { casesMax: target.casesShort })
        ).kinds.keys())
          seen.add(kind);
      }
      expect(readMemory() - before).toBeLessThan(LEFT_MAX);
      expect([...seen]).toEqual(expect.arrayContaining([...target.kinds]));
    },
  );
});
