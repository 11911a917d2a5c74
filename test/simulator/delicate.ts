// Delicate: a vat with a message of which one more failure would make a suspect that is taken out.

import type { InboxStore } from '../../src/kernel/store-port.ts';

const ATTEMPTS_SAFE_MAX = 4;
const ROWS_LOOKED_AT = 1_000;

/** Whether one more death during a turn could have its message quarantined. */
export function isNearQuarantine(store: InboxStore, isLimit: boolean): boolean {
  return store
    .waitingOwners()
    .some((owner) =>
      store
        .inboxAfter({ owner, seq: 0, limit: ROWS_LOOKED_AT })
        .some(
          ({ attemptsUnknown, attemptsLimit }) =>
            attemptsUnknown >= ATTEMPTS_SAFE_MAX || (isLimit && attemptsLimit > 0),
        ),
    );
}
