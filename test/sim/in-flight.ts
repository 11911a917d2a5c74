// In flight: how many turns a vat hands to its worker at once while little waits in its queues.

import { INBOX_BYTES_MAX, OUTCOME_BYTES_MAX } from '../../src/core/limits.ts';

/** As many as fit into what one sender may fill: half of a queue, less what is there already. */
export const IN_FLIGHT = INBOX_BYTES_MAX / 2 / OUTCOME_BYTES_MAX - 1;
