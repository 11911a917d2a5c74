// Blame: which message is at fault when a worker dies, and when it is taken out.
//
// The messages of a dead worker's batch run again alone, each attempt committed first, and only
// what happens then counts: a message is quarantined after two attempts that broke a limit, or five
// that ended for a cause we do not know. Between two attempts others have their turns.

import { ATTEMPTS_LIMIT_MAX, ATTEMPTS_UNKNOWN_MAX } from '../core/limits.ts';
import type { Backlog, MessageName } from './backlog.ts';
import { codedFailure } from './failures.ts';
import type { Island } from './island.ts';
import type { LogBook } from './log-book.ts';
import type { Promises } from './promises.ts';
import type { Refusals } from './refusals.ts';
import type { RunQueue } from './run-queue.ts';
import type { InboxRow } from './store-port.ts';
import type { TurnHistory } from './turn-history.ts';
import type { WatchList } from './watch-list.ts';

/** Why a worker ended. `broken`: it lied; `unknown`: it died by itself or was killed by others. */
export type DeathCause = 'cpu' | 'wall' | 'heap' | 'broken' | 'unknown';

export interface Blame {
  /** Whether a message must run alone. */
  isSuspect(message: InboxRow): boolean;
  /** The worker died with these messages in flight; they MUST be put back. */
  suspect(messages: readonly InboxRow[], cause: DeathCause): void;
  /** Commits an attempt of a message that was taken; undefined when it had too many before. */
  attempt(message: InboxRow): InboxRow | undefined;
  /** The message that ran alone came to its end. */
  acquit(message: InboxRow): void;
  /** The message will never run. */
  dismiss(message: InboxRow): void;
  /** The worker died while it ran alone. Returns what MUST be put back, unless it was taken out. */
  convict(message: InboxRow, cause: DeathCause): InboxRow | undefined;
  /** It ran alone and was interrupted for no fault of its own; MUST be put back. */
  pardon(message: InboxRow): InboxRow;
  /** The message of the attempt whose end is not on disk. */
  tried(): MessageName | undefined;
}

interface Parts {
  readonly queue: RunQueue;
  readonly backlog: Backlog;
  readonly watched: WatchList;
  readonly refusals: Refusals;
  readonly promises: Promises;
  readonly log: LogBook;
  readonly history: TurnHistory;
}

export function makeBlame(island: Island, parts: Parts): Blame {
  const { queue, backlog, watched } = parts;
  const { transaction } = island;
  /** Messages of batches that died, by their place in the inbox. */
  const suspects = new Set<number>();
  let tried: MessageName | undefined;
  let isTriedOver = false;
  transaction.afterCommit(() => {
    if (isTriedOver) tried = undefined;
  });

  const judge = (message: InboxRow, cause: DeathCause): undefined => {
    suspects.delete(message.seq);
    quarantine(island, parts, { message, cause });
  };

  return Object.freeze({
    isSuspect: (message: InboxRow) =>
      suspects.has(message.seq) || watched.has(message.owner) || backlog.isSuspect(message),
    suspect(messages: readonly InboxRow[], cause: DeathCause) {
      for (const { seq } of messages) suspects.add(seq);
      // Outcomes are told as they come, so the first without one is the likeliest: it goes last.
      const [first] = messages;
      if (first && isLimit(cause)) watched.add(first.owner);
    },
    attempt(message: InboxRow) {
      // Whose last attempt our own death ended: nothing but a start could judge it.
      if (isGuilty(message)) return judge(message, 'unknown');
      // Counted as unknown until the cause is known: a crash of ours would leave it so.
      const attempt = { ...message, attemptsUnknown: message.attemptsUnknown + 1 };
      queue.writeAttempts(attempt);
      transaction.commit();
      tried = { owner: message.owner, seq: message.seq };
      isTriedOver = false;
      return attempt;
    },
    acquit({ seq, owner }: InboxRow) {
      suspects.delete(seq);
      watched.behaved(owner);
      isTriedOver = true;
    },
    dismiss: ({ seq }: InboxRow) => void suspects.delete(seq),
    convict(tried: InboxRow, cause: DeathCause) {
      isTriedOver = true;
      watched.add(tried.owner);
      const message = isLimit(cause)
        ? { ...takeBack(tried), attemptsLimit: tried.attemptsLimit + 1 }
        : tried;
      queue.writeAttempts(message);
      return isGuilty(message) ? judge(message, cause) : message;
    },
    pardon(message: InboxRow) {
      isTriedOver = true;
      const pardoned = takeBack(message);
      queue.writeAttempts(pardoned);
      return pardoned;
    },
    tried: () => tried,
  });
}

const takeBack = (message: InboxRow): InboxRow => ({
  ...message,
  attemptsUnknown: message.attemptsUnknown - 1,
});

const isLimit = (cause: DeathCause): boolean =>
  cause === 'cpu' || cause === 'wall' || cause === 'heap';

function isGuilty({ attemptsLimit, attemptsUnknown }: InboxRow): boolean {
  return attemptsLimit >= ATTEMPTS_LIMIT_MAX || attemptsUnknown >= ATTEMPTS_UNKNOWN_MAX;
}

/** Takes a message out for good, in one transaction with what tells its sender. */
function quarantine(
  island: Island,
  parts: Parts,
  { message, cause }: { readonly message: InboxRow; readonly cause: DeathCause },
): void {
  const { store, counters, clock, limits } = island;
  const attempts = message.attemptsLimit + message.attemptsUnknown;
  parts.queue.consume(message);
  counters.quarantine += 1;
  const { owner, target, args, trace } = message;
  const timeMs = clock.nowMs();
  const id = counters.quarantine;
  store.insertQuarantine({ id, owner, target, cause, attempts, args, trace, timeMs });
  store.trimQuarantine(limits.quarantineRows);
  parts.history.noteQuarantine(message, cause, timeMs);
  const text = `QRT_MESSAGE_QUARANTINED: after ${attempts} attempts: ${cause} (trace ${trace})`;
  parts.log.write({ owner, level: 'failure', source: target, text });
  const { refuse, note } = parts.refusals;
  const tell = message.answer === undefined ? refuse : note;
  if (message.origin) tell(message.origin, 'QRT_MESSAGE_QUARANTINED', trace);
  const why = codedFailure('QRT_MESSAGE_QUARANTINED', { attempts, cause });
  parts.promises.reject(message.answer, why);
}
