// Clock: the one place where the time of day enters qrt.

import type { Clock } from '../kernel/ports.ts';

/** The machine's clocks. */
export const systemClock: Clock = Object.freeze({
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
});

/** A time as people and log files write it: ISO 8601, UTC. */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
