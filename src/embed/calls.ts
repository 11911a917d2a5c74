// Calls: what a program asks of its vat and waits for, a bounded number at a time.

import { EMBED_CALLS_MAX } from '../core/embed-limits.ts';
import { QrtError } from '../core/errors.ts';

/** Runs a call; what it reads before its first `await` is read before the program goes on. */
export type Call = <T>(run: () => Promise<T>) => Promise<T>;

interface CallsInput {
  /** Throws QRT_VAT_CLOSED. */
  readonly assertOpen: () => void;
}

/** Rejects with QRT_CALLS_FULL, and nothing is run, while as many wait as may. */
export function makeCalls({ assertOpen }: CallsInput): Call {
  let waiting = 0;
  return async (run) => {
    assertOpen();
    if (waiting >= EMBED_CALLS_MAX) throw new QrtError('QRT_CALLS_FULL', { max: EMBED_CALLS_MAX });
    waiting += 1;
    try {
      return await run();
    } finally {
      waiting -= 1;
    }
  };
}
