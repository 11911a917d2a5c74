// Quarantine: what the operator does with copies of messages that were taken out.
//
// Quarantine is final for the message: its sender was told. What goes again is a new message, in
// the operator's name, and it may end in quarantine as the first one did.

import { QrtError } from '../core/errors.ts';
import { capdataBytes } from '../core/power.ts';
import type { Directory } from './directory.ts';
import { type Island, OPERATOR_SHARE } from './island.ts';
import type { AgainReply, DiscardReply, KeepingRequest } from './keeping-ports.ts';
import type { QuarantineRow } from './keeping-store-port.ts';
import type { Messages } from './messages.ts';
import { makeTrace } from './operator-data.ts';

export interface Quarantine {
  /** Throws QRT_QUARANTINE_UNKNOWN, QRT_OBJECT_DELETED, QRT_VAT_BUSY before anything changes. */
  again(request: Extract<KeepingRequest, { type: 'quarantine-again' }>): AgainReply;
  /** Throws QRT_QUARANTINE_UNKNOWN. */
  discard(request: Extract<KeepingRequest, { type: 'quarantine-discard' }>): DiscardReply;
}

export function makeQuarantine(
  island: Island,
  { directory, messages }: { readonly directory: Directory; readonly messages: Messages },
): Quarantine {
  const { store, transaction, inboxUsage } = island;

  const find = (number: number): QuarantineRow => {
    const row = store.quarantined(number);
    if (!row) throw new QrtError('QRT_QUARANTINE_UNKNOWN', { id: number });
    return row;
  };

  return Object.freeze({
    again({ number }: Extract<KeepingRequest, { type: 'quarantine-again' }>) {
      const { target, args } = find(number);
      if (!directory.isLive(target)) throw new QrtError('QRT_OBJECT_DELETED', { object: target });
      const room = inboxUsage.roomFor(OPERATOR_SHARE);
      if (room.rows < 1 || room.bytes < capdataBytes(args)) {
        throw new QrtError('QRT_VAT_BUSY', { what: 'inbox' });
      }
      const trace = makeTrace(island);
      // MUST go with the message in one transaction: the copy and its repetition never both exist.
      transaction.join(0);
      store.deleteQuarantined(number);
      messages.send({ target, args, share: OPERATOR_SHARE, trace });
      return { number, object: target, trace };
    },
    discard({ number }: Extract<KeepingRequest, { type: 'quarantine-discard' }>) {
      const { target } = find(number);
      transaction.join(0);
      store.deleteQuarantined(number);
      return { number, object: target };
    },
  });
}
