// Floods: a worker that never stops talking is ended, and what it says piles up nowhere.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMemory } from '../fuzz/run-session.ts';
import { closeTestVats } from '../spec/kit.ts';
import { someOf } from '../thorough.ts';
import { type AttackedVat, liesOf, openAttackedVat } from './kit.ts';

const MIB = 1024 * 1024;
/** The greatest frame, twice as text and once as JSON, and as much again. */
const GROWTH_MIB_MAX = 64;

let attacked: AttackedVat;

/**
 * Runs `work` and tells the greatest growth of this process meanwhile, which is the kernel's, in MiB:
 * of its pages, and if a late collector may have part in them, of what it holds.
 */
async function growthOf(work: () => Promise<void>): Promise<number> {
  const heldBefore = readMemory();
  const before = process.memoryUsage.rss() / MIB;
  let most = 0;
  const watch = () => {
    const pages = process.memoryUsage.rss() / MIB - before;
    most = Math.max(most, pages < GROWTH_MIB_MAX ? pages : (readMemory() - heldBefore) / MIB);
  };
  const timer = setInterval(watch, 5);
  attacked.vat.onOutput(watch);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most;
}

describe('a flood', () => {
  beforeAll(async () => {
    attacked = await openAttackedVat({
      objects: {
        attacker: `(args, power) => {
          power.memory.text ??= 'x'.repeat(1_000_000);
          power.memory.got = args.n;
        }`,
        victim: '(args, power) => { power.memory.count = (power.memory.count ?? 0) + 1; }',
      },
    });
    await attacked.vat.send('attacker', { n: 'begin', victim: attacked.vat.ref('victim') });
  });
  afterAll(async () => {
    await closeTestVats();
    attacked.close();
  });

  for (const lie of someOf(liesOf('lies-floods.cjs'), 3)) {
    it(`ends: ${lie}`, async () => {
      const { vat } = attacked;
      const { count } = vat.memory('victim') as { count: number };
      await attacked.arm(lie);
      const { workersLost } = await vat.status();
      const growth = await growthOf(() =>
        vat.send('attacker', { n: lie, victim: vat.ref('victim') }),
      );
      expect(attacked.notes.join()).not.toContain('the lie has an error');
      expect(growth).toBeLessThan(GROWTH_MIB_MAX);
      await vat.send('victim');
      expect(vat.memory('attacker')).toMatchObject({ got: lie });
      expect(vat.memory('victim')).toEqual({ count: count + 1 });
      expect(await vat.status()).toMatchObject({ workersLost: workersLost + 1, quarantined: 0 });
    });
  }
});
