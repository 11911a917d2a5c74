// Operator data: what comes with a request, JSON and QRIDs in it, checked and made local.

import { QrtError } from '../core/errors.ts';
import type { LocalId } from '../core/ids.ts';
import { REFERENCES_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import { type Island, OPERATOR_SHARE } from './island.ts';
import type { OperatorData } from './ports.ts';
import type { References } from './references.ts';

const TRACE_BYTES = 16;

/** Checks the size of operator data, before anything changes. */
export function checkData(data: OperatorData, what: string, max: number): void {
  const bytes = Buffer.byteLength(data.body);
  if (bytes > max) throw new QrtError('QRT_REQUEST_OVERSIZE', { what, bytes, max });
  if (data.slots.length > REFERENCES_MAX) {
    throw new QrtError('QRT_ARGUMENT_INVALID', { what, reason: 'too many references' });
  }
}

/** Room for the data and for a `redeem` of each reference and of the target. */
export function checkRoom(island: Island, { body, slots }: OperatorData): void {
  const bytes = Buffer.byteLength(body);
  for (const [what, usage] of [
    ['inbox', island.inboxUsage],
    ['outbox', island.outboxUsage],
  ] as const) {
    const room = usage.roomFor(OPERATOR_SHARE);
    if (room.rows < 2 + slots.length || room.bytes < bytes)
      throw new QrtError('QRT_VAT_BUSY', { what });
  }
}

/** Checked data with local ids; redeems what is new. */
export function resolveData(
  references: References,
  data: OperatorData,
  trace: string,
): Capdata<LocalId> {
  const slots = data.slots.map((slot) => references.resolve(slot, trace));
  return { body: data.body, slots };
}

export function makeTrace(island: Island): string {
  return Buffer.from(island.entropy(TRACE_BYTES)).toString('hex');
}
