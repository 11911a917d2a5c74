// Promise deadlines: when a promise is rejected because its time is over.
//
// They are times of the wall clock, as they outlive the process; it can be set, so it is looked at
// every now and then.

import type { LocalId } from '../core/ids.ts';
import { PENDING_SERVED_MAX } from '../core/limits.ts';
import type { Island } from './island.ts';
import type { PromiseRows } from './promise-rows.ts';

const DEADLINE_CHECK_MS = 30_000;

export interface Deadlines {
  /** A promise has this one. */
  note(deadlineMs: number | undefined): void;
  /** Ends what has had its time. */
  tick(): void;
  /** When to look next, on the monotonic clock. */
  dueAtMs(): number | undefined;
}

export function makeDeadlines(
  { store, clock }: Island,
  { rows, end }: { readonly rows: PromiseRows; readonly end: (id: LocalId) => void },
): Deadlines {
  let next = store.nextDeadline()?.deadlineMs;
  /** On the monotonic clock: then it is looked up whether that is still so, and whether it is over. */
  let lookMs = 0;

  return Object.freeze({
    note(deadlineMs: number | undefined) {
      if (deadlineMs === undefined) return;
      if (next === undefined) lookMs = clock.monotonicMs() + DEADLINE_CHECK_MS;
      next = Math.min(deadlineMs, next ?? deadlineMs);
    },
    tick() {
      if (next === undefined) return;
      if (clock.nowMs() < next && clock.monotonicMs() < lookMs) return;
      rows.flush();
      let due = store.nextDeadline();
      // The rest at the next look: it is due at once.
      for (let n = 0; n < PENDING_SERVED_MAX && due && due.deadlineMs <= clock.nowMs(); n += 1) {
        end(due.id);
        rows.flush();
        due = store.nextDeadline();
      }
      next = due?.deadlineMs;
      lookMs = clock.monotonicMs() + DEADLINE_CHECK_MS;
    },
    dueAtMs() {
      if (next === undefined) return undefined;
      return Math.min(lookMs, clock.monotonicMs() + Math.max(0, next - clock.nowMs()));
    },
  });
}
