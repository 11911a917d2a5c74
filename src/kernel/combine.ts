// Combine: one promise made of several: of all, of the first, or of what became of each.
//
// A combination holds its parts, so they are there when the last one is settled.

import { QrtError } from '../core/errors.ts';
import type { FailureDescription } from '../core/frames.ts';
import { isPromiseId, type LocalId } from '../core/ids.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import { pack, Slot, singleReference, unpack } from './compose.ts';
import { codedFailure, failureData } from './failures.ts';
import type { PromiseRows } from './promise-rows.ts';
import type { PromiseRow } from './promise-store-port.ts';

/** What a promise becomes. */
export interface Settlement {
  readonly state: 'fulfilled' | 'rejected';
  readonly data: Capdata<LocalId>;
}

/**
 * What a promise has become, through that which it followed; undefined while it is pending. Nothing
 * is behind one that was forgotten.
 */
export function endOf(rows: PromiseRows, row: PromiseRow | undefined): Settlement | undefined {
  if (!row) return rejection('QRT_NO_OBJECT');
  if (row.state === 'pending') return undefined;
  const followed = rows.get(followedBy(row) ?? row.id);
  const { state, data } = followed ?? row;
  return state === 'pending' ? undefined : { state, data };
}

/**
 * What a promise becomes that follows a settled one: a reference to that which has the value, so that
 * it is stored once. As a value this stands for nothing else: who is fulfilled with a promise follows it.
 */
export function aliasOf(row: PromiseRow): Settlement | undefined {
  const data = { body: '{"$":0}', slots: [followedBy(row) ?? row.id] };
  return row.state === 'pending' ? undefined : { state: row.state, data };
}

function followedBy({ data }: PromiseRow): LocalId | undefined {
  const one = singleReference(data);
  return one !== undefined && isPromiseId(one) ? one : undefined;
}

/** A rejection for a reason of qrt's own. */
export function rejection(...[code, details]: Parameters<typeof codedFailure>): Settlement {
  return rejectionOf(codedFailure(code, details));
}

export function rejectionOf(failure: FailureDescription): Settlement {
  return { state: 'rejected', data: failureData(failure) };
}

/** What `make` makes, or the rejection with what it throws for the data's sake. */
export function settlementOf(make: () => Capdata<LocalId>): Settlement {
  try {
    return { state: 'fulfilled', data: make() };
  } catch (error) {
    if (!(error instanceof QrtError)) throw error;
    return rejection(error.code, error.details);
  }
}

/** The promises among the parts of a combination, each once. */
export function partsOf(row: PromiseRow): readonly LocalId[] {
  const slots = elementsOf(row).map((part) => (part instanceof Slot ? part.id : ''));
  return [...new Set(slots.filter(isPromiseId))];
}

/** What a new combination is without any promise; undefined when it waits for those in `left`. */
export function beginCombination(rows: PromiseRows, row: PromiseRow): Settlement | undefined {
  if (row.kind === 'first') {
    const elements = elementsOf(row);
    if (elements.length === 0) return rejection('QRT_PROMISE_EMPTY');
    const there = elements.find((part) => !(part instanceof Slot && isPromiseId(part.id)));
    if (there !== undefined) return settlementOf(() => pack(there, 'Q.first'));
  }
  const parts = partsOf(row);
  const isGone = parts.some((id) => rows.get(id) === undefined);
  if (isGone && row.kind !== 'settled') return rejection('QRT_NO_OBJECT');
  row.left = parts.filter((id) => rows.get(id) !== undefined).length;
  return row.left === 0 ? combine(rows, row) : undefined;
}

/** What a combination is now that one more of its parts is settled, or undefined. */
export function advanceCombination(
  rows: PromiseRows,
  row: PromiseRow,
  part: PromiseRow,
): Settlement | undefined {
  const early = endsBy(row, part);
  if (early) return early;
  row.left -= 1;
  rows.touch(row);
  return row.left === 0 ? combine(rows, row) : undefined;
}

/** How one part alone decides the whole. */
function endsBy({ kind }: PromiseRow, part: PromiseRow): Settlement | undefined {
  const end = aliasOf(part);
  if (kind === 'first') return end;
  return kind === 'all' && end?.state === 'rejected' ? end : undefined;
}

function combine(rows: PromiseRows, row: PromiseRow): Settlement {
  const isEach = row.kind === 'settled';
  const elements = elementsOf(row);
  const ends = new Map(partsOf(row).map((id) => [id, endOf(rows, rows.get(id))!]));
  const sizeOf = (part: unknown): number =>
    part instanceof Slot ? (ends.get(part.id)?.data.body.length ?? 0) : 0;
  // Before they are taken apart: together they may be a thousand times as large, and one be there often.
  if (elements.reduce<number>((sum, part) => sum + sizeOf(part), 0) > ARGS_BYTES_MAX) {
    const size = { what: `Q.${row.kind}`, max: ARGS_BYTES_MAX, unit: 'bytes' };
    return rejection('QRT_DATA_OVERSIZE', size);
  }
  return settlementOf(() => {
    const values = elements.map((part) => {
      if (!(part instanceof Slot && isPromiseId(part.id))) return isEach ? { value: part } : part;
      const { state, data } = ends.get(part.id)!;
      const value = unpack(data);
      if (!isEach) return value;
      return state === 'fulfilled' ? { value } : { error: value };
    });
    return pack(values, `Q.${row.kind}`);
  });
}

/** The kernel checked that they are an array. */
const elementsOf = ({ data }: PromiseRow): readonly unknown[] => unpack(data) as unknown[];
