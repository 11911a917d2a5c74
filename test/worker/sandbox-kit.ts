// Sandbox kit: the levels of the second wall that this machine has, for tests that need one.
//
// A level that is missing is skipped, unless the variable QRT_TEST_SANDBOX names the best level that
// has to be here: then a missing one fails, and no test is skipped that should have run.

import { fileURLToPath } from 'node:url';
import { SANDBOX_LEVELS, type SandboxLevel } from '../../src/core/sandbox.ts';
import type { Sandbox } from '../../src/worker/sandbox.ts';
import { findSandbox } from '../../src/worker/sandbox-finder.ts';

/** The path of a program in `fixtures`. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** Exactly this level around a program. Rejects with QRT_SANDBOX_UNAVAILABLE. */
export const sandboxAt = (level: SandboxLevel, program: string): Promise<Sandbox> =>
  findSandbox({ program, levels: [level] });

/** The levels that hold on this machine, best first. */
export const levelsHere: readonly SandboxLevel[] = await findLevels();

async function findLevels(): Promise<readonly SandboxLevel[]> {
  const wanted = process.env['QRT_TEST_SANDBOX'];
  const found: SandboxLevel[] = [];
  // One after another: what the probe of one level does to this process another's would feel.
  for (const level of SANDBOX_LEVELS) {
    try {
      await sandboxAt(level, fixture('obedient.cjs'));
      found.push(level);
    } catch (error) {
      const isWanted = wanted !== undefined && wanted !== 'none' && level !== 'full';
      if (wanted === level || isWanted) throw error;
    }
  }
  return found;
}
