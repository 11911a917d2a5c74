// Required sandbox: the worst level of the second wall with which an operator lets workers run.
//
// What is not good enough is never looked for, so no fault of this machine or of ours can make a
// worker run behind less.

import {
  REQUIRED_SANDBOXES,
  type RequiredSandbox,
  SANDBOX_LEVELS,
  type SandboxLevel,
} from '../core/sandbox.ts';
import type { Sandbox } from '../worker/sandbox.ts';
import { findSandbox } from '../worker/sandbox-finder.ts';
import { guestProgram } from './program.ts';

/** The best sandbox of this machine. Rejects with QRT_SANDBOX_UNAVAILABLE if it is not as required. */
export function findRequired(
  ...required: readonly (RequiredSandbox | undefined)[]
): Promise<Sandbox> {
  return findSandbox({ program: guestProgram(), levels: levelsFor(required) });
}

/** The levels that are good enough for all who require one. */
export function levelsFor(
  required: readonly (RequiredSandbox | undefined)[],
): readonly SandboxLevel[] {
  const strictest = REQUIRED_SANDBOXES.find((level) => required.includes(level));
  if (strictest === undefined) return SANDBOX_LEVELS;
  return SANDBOX_LEVELS.slice(0, SANDBOX_LEVELS.indexOf(strictest) + 1);
}
