// Test data: values of a test as the kernel takes them, and what the kernel holds as such values.

import { types } from 'node:util';
import { encode } from '../core/capdata.ts';
import { decode } from '../core/capdata-decode.ts';
import type { LocalId } from '../core/ids.ts';
import type { Capdata } from '../core/power.ts';
import type { OperatorData } from '../kernel/ports.ts';
import type { LiveValue } from '../node/live-input.ts';
import type { ReferenceBook, ReferenceKey } from './reference-book.ts';

/** A copy of a value. Throws QRT_DATA_UNCARRIED, QRT_DATA_OVERSIZE and QRT_REFERENCE_FOREIGN. */
export function toCapdata(book: ReferenceBook, data: LiveValue): Capdata<ReferenceKey> {
  const { what, value, bytesMax } = data;
  return encode(value, { what, bytesMax, isProxy: types.isProxy, slotOf: book.keyOf });
}

/** As an operator's request carries it. */
export async function toOperatorData(
  book: ReferenceBook,
  { body, slots }: Capdata<ReferenceKey>,
): Promise<OperatorData> {
  return { body, slots: await Promise.all(slots.map(book.qridOf)) };
}

/** A new value each time: what a test does to it changes nothing. */
export function fromCapdata(book: ReferenceBook, data: Capdata<LocalId>): unknown {
  return decode(data, { makeReference: book.referenceOf });
}
