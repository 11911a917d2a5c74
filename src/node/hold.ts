// Hold: finds out who has a node, the process that runs it or this one.
//
// A command works on a stopped node itself, under the node's lock, and asks a running one. While
// the lock is held by a process that does not answer, that one is starting, stopping or another
// short command, which is waited for.

import { setTimeout as delay } from 'node:timers/promises';
import { isQrtError, type QrtError } from '../core/errors.ts';
import { LOCK_WAIT_MS } from '../core/limits.ts';
import type { Lock } from '../store/lock.ts';
import type { BaseDir } from './base-dir.ts';
import { systemClock } from './clock.ts';
import { connectNode, type RunningNode } from './control-client.ts';

/** The node that runs, or the lock of one that does not; the caller closes or releases it. */
export type Held =
  | { readonly running: RunningNode; readonly lock?: never }
  | { readonly lock: Lock; readonly running?: never };

const TRY_MS = 20;
const PAUSE_MS = 50;

/** Throws QRT_NODE_LOCKED when the lock is held for `waitMs` by a process that does not answer. */
export async function holdNode(base: BaseDir, waitMs: number = LOCK_WAIT_MS): Promise<Held> {
  const endMs = systemClock.monotonicMs() + waitMs;
  for (;;) {
    const running = await connectNode(base);
    if (running !== undefined) return { running };
    const lock = await tryLock(base);
    if ('release' in lock) return { lock };
    if (systemClock.monotonicMs() >= endMs) throw lock;
    await delay(PAUSE_MS);
  }
}

async function tryLock(base: BaseDir): Promise<Lock | QrtError> {
  // SQLite is loaded only where a node is stopped.
  const { acquireLock } = await import('../store/lock.ts');
  try {
    return acquireLock({ path: base.lock, waitMs: TRY_MS, dir: base.dir });
  } catch (error) {
    if (isQrtError(error, 'QRT_NODE_LOCKED')) return error;
    throw error;
  }
}
