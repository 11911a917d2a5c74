// A short run of the kill harness, and that it finds what it is there to find.

import { describe, expect, it } from 'vitest';
import { isThorough } from '../thorough.ts';
import { runKills } from './kill.ts';

const seed = 1;

describe('two nodes whose processes are killed under load', () => {
  it('lose, double and reorder nothing, and undo every turn that throws', async () => {
    const { kills, sent, problems } = await runKills({ kills: 2, seed });
    expect(problems).toEqual([]);
    expect(kills).toBe(8);
    expect(sent).toBeGreaterThan(1_000);
  });

  it.runIf(isThorough)('are found out when a receipt leaves before its commit', async () => {
    const victims = ['node B'] as const;
    const plant = 'receipt-before-commit';
    const { problems } = await runKills({ kills: 8, seed, victims, plant });
    expect(problems).toContainEqual(expect.stringMatching(/doubt: the peer lost items/));
  });

  it.runIf(isThorough)(
    'are found out when a turn that throws leaves its mark in memory',
    async () => {
      const victims = ['worker B'] as const;
      const { problems } = await runKills({ kills: 1, seed, victims, plant: 'forget-rollback' });
      expect(problems).toContainEqual(
        expect.stringMatching(/^marks of turns that threw: \[\[11,10\]/),
      );
    },
  );
});
