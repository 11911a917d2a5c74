// Alarm: one timer that is moved when, and only when, the time that is wanted changes.

import type { Clock } from '../kernel/ports.ts';

export interface Alarm {
  /** Wants `onTime` to be called at a time of the monotonic clock, or not at all. */
  set(atMs: number | undefined): void;
}

export interface AlarmInput {
  readonly clock: Clock;
  readonly onTime: () => void;
}

/** Beyond this a timer of Node fires at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** An alarm that is not set. */
export function makeAlarm({ clock, onTime }: AlarmInput): Alarm {
  let wantedMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  return Object.freeze({
    set(atMs: number | undefined): void {
      if (atMs === wantedMs) return;
      clearTimeout(timer);
      wantedMs = atMs;
      if (atMs === undefined) return;
      const delayMs = Math.max(0, Math.ceil(atMs - clock.monotonicMs()));
      timer = setTimeout(
        () => {
          wantedMs = undefined;
          onTime();
        },
        Math.min(delayMs, DELAY_MS_MAX),
      );
      // What a process lives for are its sockets: a time to come is no reason to stay.
      timer.unref();
    },
  });
}
