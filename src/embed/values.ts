// Values: what a program hands over and gets back, as the kernel has it.

import { types } from 'node:util';
import { encode } from '../core/capdata.ts';
import { decode } from '../core/capdata-decode.ts';
import { QrtError } from '../core/errors.ts';
import { type LocalId, parseQrid } from '../core/ids.ts';
import type { Capdata } from '../core/power.ts';
import type { OperatorData, OperatorReference } from '../kernel/ports.ts';
import type { LiveValue } from '../node/live-input.ts';
import { Reference, type ReferenceVat } from './reference.ts';

/** QRIDs and ids of the vat: no text is both. */
type Slot = string;

/** A copy of a value. Throws QRT_DATA_UNCARRIED, QRT_DATA_OVERSIZE, QRT_REFERENCE_FOREIGN. */
export function toData(vat: ReferenceVat, { what, value, bytesMax }: LiveValue): Capdata<Slot> {
  const slotOf = (object: object): Slot | undefined => slotOfReference(vat, object);
  return encode(value, { what, bytesMax, isProxy: types.isProxy, slotOf });
}

/** As a request carries it. */
export function toOperatorData({ body, slots }: Capdata<Slot>): OperatorData {
  return { body, slots: slots.map(toOperatorReference) };
}

/** A new value each time: what a program does to it changes nothing. */
export function fromData(
  vat: ReferenceVat,
  { body, slots }: { readonly body: string; readonly slots: readonly string[] },
): unknown {
  return decode(
    { body, slots: slots as readonly LocalId[] },
    { makeReference: (id) => new Reference({ vat, id }) },
  );
}

/**
 * Whom to send to. `isBrief`: the message is never sent again, so the shortest name will do. Throws
 * QRT_TARGET_INVALID, QRT_REFERENCE_FOREIGN.
 */
export function targetOf(vat: ReferenceVat, target: unknown, isBrief: boolean): OperatorReference {
  const means = Reference.read(target);
  if (isBrief && means?.vat === vat && means.id !== undefined) return means.id;
  const slot = slotOfReference(vat, target);
  if (slot === undefined) throw new QrtError('QRT_TARGET_INVALID', { what: 'send' });
  return toOperatorReference(slot);
}

const toOperatorReference = (slot: Slot): OperatorReference =>
  slot.startsWith('qrt:') ? parseQrid(slot) : (slot as LocalId);

/** By QRID wherever there is one: it means the same in every vat and after every restart. */
function slotOfReference(vat: ReferenceVat, value: unknown): Slot | undefined {
  const means = Reference.read(value);
  if (means === undefined || means.qrid !== undefined) return means?.qrid;
  if (means.vat !== vat) throw new QrtError('QRT_REFERENCE_FOREIGN', { what: String(value) });
  return means.id;
}
