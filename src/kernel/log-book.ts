// Log book: lines for the operator of the vat, rows of the same transaction as their cause.

import type { Island } from './island.ts';
import type { LogEntry } from './store-port.ts';

/** How often an owner's oldest lines are removed, in lines. */
const TRIM_EVERY = 256;

export interface LogBook {
  write(line: Pick<LogEntry, 'owner' | 'level' | 'source' | 'text'>): void;
}

export function makeLogBook(island: Island): LogBook {
  const { store, counters, clock, transaction, limits } = island;
  /** Lines of each owner since its last trim; an owner's first line in this life trims. */
  const untrimmed = new Map<number, number>();

  return Object.freeze({
    write(line: Pick<LogEntry, 'owner' | 'level' | 'source' | 'text'>) {
      counters.log += 1;
      transaction.join(line.text.length);
      store.insertLog({ ...line, seq: counters.log, timeMs: clock.nowMs() });
      const lines = untrimmed.get(line.owner) ?? TRIM_EVERY;
      untrimmed.set(line.owner, lines < TRIM_EVERY ? lines + 1 : 1);
      if (lines >= TRIM_EVERY) store.trimLog(line.owner, limits.logLinesPerOwner);
    },
  });
}
