// Blame: which message is at fault when a worker dies, and when it is taken out.
//
// The messages of a dead worker's batch run again alone, in order, each attempt committed first;
// only what happens then counts. A message is quarantined after two attempts that broke a limit,
// or five that ended for a cause we do not know.

import { ATTEMPTS_LIMIT_MAX, ATTEMPTS_UNKNOWN_MAX } from '../core/limits.ts';
import type { Island } from './island.ts';
import type { LogBook } from './log-book.ts';
import type { Refusals } from './refusals.ts';
import type { RunQueue } from './run-queue.ts';
import type { InboxRow } from './store-port.ts';
import type { TurnHistory } from './turn-history.ts';

/** Why a worker ended. `broken`: it lied; `unknown`: it died by itself or was killed by others. */
export type DeathCause = 'cpu' | 'wall' | 'heap' | 'broken' | 'unknown';

export interface Blame {
  /** Messages that must run alone, before anything else. */
  hasSuspects(): boolean;
  /** The messages that a dead worker had not answered, in order. */
  suspect(messages: readonly InboxRow[]): void;
  /** Commits an attempt and returns the message to run alone. */
  tryNext(): InboxRow | undefined;
  /** The message that ran alone came to its end. */
  acquit(): void;
  /** The worker died while this message ran alone. */
  convict(cause: DeathCause): void;
}

interface Parts {
  readonly queue: RunQueue;
  readonly refusals: Refusals;
  readonly log: LogBook;
  readonly history: TurnHistory;
}

export function makeBlame(island: Island, parts: Parts): Blame {
  const { queue } = parts;
  let suspects: InboxRow[] = [];

  const update = (message: InboxRow): void => {
    suspects[0] = message;
    queue.writeAttempts(message);
  };

  const judge = (message: InboxRow, cause: DeathCause): void => {
    suspects.shift();
    quarantine(island, parts, { message, cause });
  };

  return Object.freeze({
    hasSuspects: () => suspects.length > 0,
    suspect(messages: readonly InboxRow[]) {
      suspects = [...messages, ...suspects];
    },
    tryNext() {
      // Whose last attempt our own death ended: nothing but a start could judge it.
      while (suspects[0] && isGuilty(suspects[0])) judge(suspects[0], 'unknown');
      const message = suspects[0];
      if (!message) return undefined;
      // Counted as unknown until the cause is known: a crash of ours would leave it so.
      const attempt = { ...message, attemptsUnknown: message.attemptsUnknown + 1 };
      update(attempt);
      island.transaction.commit();
      return attempt;
    },
    acquit() {
      suspects.shift();
    },
    convict(cause: DeathCause) {
      const tried = suspects[0];
      if (!tried) return;
      const isLimit = cause === 'cpu' || cause === 'wall' || cause === 'heap';
      const message = isLimit
        ? {
            ...tried,
            attemptsLimit: tried.attemptsLimit + 1,
            attemptsUnknown: tried.attemptsUnknown - 1,
          }
        : tried;
      update(message);
      if (isGuilty(message)) judge(message, cause);
    },
  });
}

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
  if (message.origin) parts.refusals.refuse(message.origin, 'QRT_MESSAGE_QUARANTINED', trace);
}
