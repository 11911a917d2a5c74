// Transaction: the one open transaction of a vat, and what leaves only after its commit.
//
// Everything that the kernel accepts joins it in order; every reply made while it is open waits
// for it. Many turns and arrivals share one flush (group commit), each whole or not at all.

import { COMMIT_BYTES_MAX, COMMIT_TURNS_MAX, COMMIT_WAIT_MS_MAX } from '../core/limits.ts';
import type { Clock, Emit, VatOutput } from './ports.ts';
import type { Counters, TransactionStore } from './store-port.ts';

export interface Transaction {
  isOpen(): boolean;
  /** Something of about that many bytes joins; opens a transaction when none is open. */
  join(bytes: number): void;
  /** The outcome of a turn has joined. */
  countTurn(): void;
  /** Emits after the commit of what is open now; at once when nothing is. */
  release(output: VatOutput): void;
  /** Runs `prepare` before each commit, and before anything is written with it. */
  prepare(prepare: () => void): void;
  /** Runs `write` before each commit, so that what is held in memory is written with it. */
  beforeCommit(write: () => void): void;
  /** Runs `react` after each commit, before the releases. */
  afterCommit(react: () => void): void;
  /** Whether a bound of group commit is reached. */
  isDue(): boolean;
  /** When waiting any longer is too long, on the monotonic clock. */
  dueAtMs(): number | undefined;
  commit(): void;
}

/** Group commit over `store`. */
export function makeTransaction(input: {
  readonly store: TransactionStore;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly counters: Counters;
}): Transaction {
  const { store, clock, emit, counters } = input;
  const preparations: (() => void)[] = [];
  const writes: (() => void)[] = [];
  const reacts: (() => void)[] = [];
  let held: VatOutput[] = [];
  let openedMs: number | undefined;
  let turns = 0;
  let bytes = 0;

  const dueAtMs = (): number | undefined =>
    openedMs === undefined ? undefined : openedMs + COMMIT_WAIT_MS_MAX;

  return Object.freeze({
    isOpen: () => openedMs !== undefined,
    join(count: number) {
      if (openedMs === undefined) {
        store.begin();
        openedMs = clock.monotonicMs();
      }
      bytes += count;
    },
    countTurn() {
      turns += 1;
      counters.turnsDone += 1;
    },
    release(output: VatOutput) {
      if (openedMs === undefined) emit(output);
      else held.push(output);
    },
    prepare: (prepare: () => void) => void preparations.push(prepare),
    beforeCommit: (write: () => void) => void writes.push(write),
    afterCommit: (react: () => void) => void reacts.push(react),
    isDue() {
      if (openedMs === undefined) return false;
      if (turns >= COMMIT_TURNS_MAX || bytes >= COMMIT_BYTES_MAX) return true;
      return clock.monotonicMs() >= openedMs + COMMIT_WAIT_MS_MAX;
    },
    dueAtMs,
    commit() {
      if (openedMs === undefined) return;
      for (const prepare of preparations) prepare();
      for (const write of writes) write();
      counters.commits += 1;
      store.writeCounters(counters);
      // MUST come before any release: what is told to the world is on disk.
      store.commit();
      const released = held;
      held = [];
      openedMs = undefined;
      turns = 0;
      bytes = 0;
      for (const react of reacts) react();
      for (const output of released) emit(output);
    },
  });
}
