// Backlog: what was in the inbox when this life of the vat began, and whether it may be fatal.
//
// `starts` counts the starts since the backlog of one was worked off or the vat was stopped. A
// message that kills the kernel would be met again at each start, so from the second one on the
// whole backlog runs alone, and blame (`blame.ts`) finds the message by its attempts.

import type { Island } from './island.ts';
import type { InboxRow } from './store-port.ts';

/** What ended before this life, in the same process, because the disk was full. */
export interface FormerLife {
  /** A message that ran alone and whose end did not get to disk: the attempt does not count. */
  readonly attempt: MessageName | undefined;
}

/** A message in the inbox. */
export interface MessageName {
  readonly owner: number;
  readonly seq: number;
}

export interface Backlog {
  /** Whether the message may be one that kills the kernel. */
  isSuspect(message: InboxRow): boolean;
  /** The message is no longer in the inbox; a transaction is open. */
  ended(message: InboxRow): void;
  /** The vat stops as it should, with nothing in flight. */
  stopped(): void;
}

/** How a life begins. */
interface Begin {
  /** Without it no turn runs, so nothing can be fatal. */
  readonly isServing: boolean;
  /** After it this is no start: it is known why that life ended. */
  readonly former?: FormerLife;
}

/** Counts this start in the open transaction. */
export function makeBacklog(island: Island, { isServing, former }: Begin): Backlog {
  const { store, counters, transaction } = island;
  const lastSeq = counters.inbox;
  let left = store.countInbox();

  const setStarts = (starts: number): void => {
    if (counters.starts === starts) return;
    transaction.join(0);
    counters.starts = starts;
  };

  if (!isServing) return NO_BACKLOG;
  if (left === 0) setStarts(0);
  else if (!former) setStarts(counters.starts + 1);
  if (former?.attempt) pardon(island, former.attempt);
  const isFatal = counters.starts >= FATAL_STARTS;

  return Object.freeze({
    isSuspect: ({ seq }: InboxRow) => isFatal && seq <= lastSeq,
    ended({ seq }: InboxRow) {
      if (seq > lastSeq) return;
      left -= 1;
      if (left === 0) setStarts(0);
    },
    stopped: () => setStarts(0),
  });
}

/** Of a vat that only takes requests. */
const NO_BACKLOG: Backlog = Object.freeze({ isSuspect: () => false, ended() {}, stopped() {} });

/** Starts from which on the backlog is suspected: a machine may lose its power once. */
const FATAL_STARTS = 2;

/** A full disk is no message's fault. */
function pardon({ store, transaction }: Island, { owner, seq }: MessageName): void {
  const [row] = store.inboxAfter({ owner, seq: seq - 1, limit: 1 });
  if (row?.seq !== seq || row.attemptsUnknown === 0) return;
  transaction.join(0);
  store.updateAttempts({ ...row, attemptsUnknown: row.attemptsUnknown - 1 });
}
