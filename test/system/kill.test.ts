// A short run of the kill harness, and that it finds what it is there to find.

import { describe, expect, it } from 'vitest';
import { isThorough } from '../thorough.ts';
import { runKills } from './kill.ts';

const seed = 1;

describe('two nodes whose processes are killed under load', () => {
  it('lose, double and reorder nothing, undo each turn that throws, and hear each answer once', async () => {
    // Of each of the four processes.
    const each = isThorough ? 2 : 1;
    const { kills, sent, answers, problems } = await runKills({ kills: each, seed });
    expect(problems).toEqual([]);
    expect(kills).toBe(4 * each);
    expect(sent).toBeGreaterThan(1_000);
    expect(answers).toBeGreaterThan(50);
  });

  it.runIf(isThorough)('are found out when a receipt leaves before its commit', async () => {
    const victims = ['node B'] as const;
    const plant = 'receipt-before-commit';
    const { problems } = await runKills({ kills: 8, seed, victims, plant });
    // What A notices, or what it then tells B: whichever was asked for first.
    const doubt = /doubt: the peer (lost items|is in doubt about this link)/;
    expect(problems).toContainEqual(expect.stringMatching(doubt));
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
