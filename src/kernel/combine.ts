// Combine: one promise made of several: of all, of the first, or of what became of each.
//
// A combination holds its parts, so they are there when the last one is settled.

import { QrtError } from '../core/errors.ts';
import type { Combination, FailureDescription } from '../core/frames.ts';
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

export const isCombination = (kind: PromiseRow['kind']): kind is Combination =>
  kind === 'all' || kind === 'first' || kind === 'settled';

/**
 * The promises among the parts of a combination, each once. Read once for as long as the row is in
 * memory: a turn can have the same thousand rows looked through a thousand times.
 */
export function partsOf(row: PromiseRow): readonly LocalId[] {
  const known = partsKnown.get(row.data);
  if (known) return known;
  const parts = promisesIn(elementsOf(row));
  partsKnown.set(row.data, parts);
  return parts;
}

const partsKnown = new WeakMap<Capdata<LocalId>, readonly LocalId[]>();

/** What a new combination is at once, or the promises that it begins to wait for. */
export function beginCombination(
  rows: PromiseRows,
  row: PromiseRow,
): Settlement | readonly PromiseRow[] {
  const elements = elementsOf(row);
  if (row.kind === 'first') {
    if (elements.length === 0) return rejection('QRT_PROMISE_EMPTY');
    const there = elements.find((part) => promiseIn(part) === undefined);
    if (there !== undefined) return settlementOf(() => pack(there, 'Q.first'));
  }
  const ids = promisesIn(elements);
  const parts = ids.map((id) => rows.get(id)).filter((part) => part !== undefined);
  if (parts.length < ids.length && row.kind !== 'settled') return rejection('QRT_NO_OBJECT');
  row.left = parts.length;
  return row.left === 0 ? combine(rows, row) : parts;
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
  const ends = new Map(promisesIn(elements).map((id) => [id, endOf(rows, rows.get(id))!]));
  const endIn = (part: unknown): Settlement | undefined => {
    const id = promiseIn(part);
    return id && ends.get(id);
  };
  const sizeOf = (part: unknown): number => endIn(part)?.data.body.length ?? 0;
  // Before they are taken apart: together they may be a thousand times as large, and one be there often.
  if (elements.reduce<number>((sum, part) => sum + sizeOf(part), 0) > ARGS_BYTES_MAX) {
    const size = { what: `Q.${row.kind}`, max: ARGS_BYTES_MAX, unit: 'bytes' };
    return rejection('QRT_DATA_OVERSIZE', size);
  }
  return settlementOf(() => {
    const values = elements.map((part) => {
      const end = endIn(part);
      const value = end ? unpack(end.data) : part;
      if (!isEach) return value;
      return end?.state === 'rejected' ? { error: value } : { value };
    });
    return pack(values, `Q.${row.kind}`);
  });
}

/** The kernel checked that they are an array. */
const elementsOf = ({ data }: PromiseRow): readonly unknown[] => unpack(data) as unknown[];

/** The promise that an element is. */
const promiseIn = (part: unknown): LocalId | undefined =>
  part instanceof Slot && isPromiseId(part.id) ? part.id : undefined;

/** Each once. */
const promisesIn = (elements: readonly unknown[]): readonly LocalId[] => [
  ...new Set(elements.map(promiseIn).filter((id) => id !== undefined)),
];
