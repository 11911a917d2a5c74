// Transactions and counters: the part of the store that decides what is on disk together.

import type { Database } from 'better-sqlite3';
import type { Counters, TransactionStore } from '../kernel/store-port.ts';
import { afterCommit } from './carry-over.ts';

/** The transaction part of a vat's store. */
export function makeTransactionStore(db: Database): TransactionStore {
  // IMMEDIATE: there is one writer, and a failure to write must come at the beginning.
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const read = db.prepare(`
    SELECT turn, turns_done AS turnsDone, owner, import, inbox, link, log, quarantine, commits,
      starts FROM counters`);
  const write = db.prepare(`
    UPDATE counters SET turn = @turn, turns_done = @turnsDone, owner = @owner, import = @import,
      inbox = @inbox, link = @link, log = @log, quarantine = @quarantine, commits = @commits,
      starts = @starts`);
  return {
    begin: () => void begin.run(),
    commit() {
      commit.run();
      afterCommit(db);
    },
    readCounters: () => ({ ...(read.get() as Counters) }),
    writeCounters: (counters) => void write.run(counters),
  };
}
