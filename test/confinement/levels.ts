// Levels: which levels of the second wall this machine has, and how a node is made to run at one.
//
// A node takes the best level that it finds. It finds a lower one when bubblewrap is hidden from it,
// or is one that forgets the filter of system calls.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isQrtError } from '../../src/core/errors.ts';
import { SANDBOX_LEVELS, type SandboxLevel } from '../../src/core/sandbox.ts';
import { guestProgram } from '../../src/node/program.ts';
import type { Sandbox } from '../../src/worker/sandbox.ts';
import { findSandbox } from '../../src/worker/sandbox-finder.ts';
import { findProgram } from '../../src/worker/tools.ts';

/** A level, or why this machine does not have it. */
export type LevelHere =
  | { readonly level: SandboxLevel; readonly sandbox: Sandbox }
  | { readonly level: SandboxLevel; readonly reason: string };

/** Tries each of the levels, best first. */
export async function findLevels(
  levels: readonly SandboxLevel[] = SANDBOX_LEVELS,
): Promise<readonly LevelHere[]> {
  const found: LevelHere[] = [];
  for (const level of levels) {
    try {
      const sandbox = await findSandbox({ program: guestProgram(), levels: [level] });
      found.push({ level, sandbox });
    } catch (error) {
      if (!isQrtError(error, 'QRT_SANDBOX_UNAVAILABLE')) throw error;
      found.push({ level, reason: error.message });
    }
  }
  return found;
}

/** What the environment of a node must hold to find that level; files go to `dir`. */
export function environmentFor(level: SandboxLevel, dir: string): Readonly<Record<string, string>> {
  if (level === 'full') return {};
  if (level === 'none') return { QRT_BWRAP: '/nonexistent' };
  const path = join(dir, 'bwrap-without-filter');
  const bubblewrap = process.env['QRT_BWRAP'] ?? findProgram('bwrap') ?? '';
  writeFileSync(path, WITHOUT_FILTER.replace('BUBBLEWRAP', bubblewrap), { mode: 0o700 });
  return { QRT_BWRAP: path };
}

/** Replaces itself by bubblewrap, without `--seccomp FD`. */
const WITHOUT_FILTER = `#!/bin/sh
left=$#
while [ $left -gt 0 ]; do
  word=$1; shift; left=$((left - 1))
  if [ "$word" = --seccomp ]; then shift; left=$((left - 1)); else set -- "$@" "$word"; fi
done
exec 'BUBBLEWRAP' "$@"
`;
