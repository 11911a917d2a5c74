// Promise ends: how a promise is settled, or comes to follow another one.

import { isPromiseId, type LocalId } from '../core/ids.ts';
import { WAITS_WALKED_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';
import { aliasOf, isCombination, partsOf, rejection, type Settlement } from './combine.ts';
import { singleReference } from './compose.ts';
import { type Island, ownerShare, STRANGERS_SHARE } from './island.ts';
import type { PromiseExports } from './promise-exports.ts';
import type { PromiseRows } from './promise-rows.ts';
import type { PendingRow, PromiseRow } from './promise-store-port.ts';

/** The promises of a vat. */
export interface PromiseBook {
  readonly rows: PromiseRows;
  /** Who is told the ends of which. */
  readonly exports: PromiseExports;
  /** Promises for which something waits that may be served: settled ones, and those of peers. */
  readonly due: Set<LocalId>;
  /** Others, for which there was no room when it was tried last. */
  readonly blocked: Set<LocalId>;
  /** Told of each promise that has its end, in the transaction in which it has. */
  readonly onSettled: (row: PromiseRow) => void;
  /** Runs `react` for each of them from now on. */
  readonly whenSettled: (react: (row: PromiseRow) => void) => void;
}

/** Bytes of parts that are read to see whether a promise would wait for itself. */
const WALKED_BYTES_MAX = 65_536;

/** Of what has no data of its own. */
export const NO_DATA: Capdata<LocalId> = Object.freeze({ body: 'null', slots: [] });
const NO_TRACE = '0'.repeat(32);

export function makePromiseBook(
  { store }: Pick<Island, 'store'>,
  parts: Pick<PromiseBook, 'rows' | 'exports'>,
): PromiseBook {
  const reacts: ((row: PromiseRow) => void)[] = [parts.exports.settled];
  return Object.freeze({
    ...parts,
    due: new Set(store.promisesDue()),
    blocked: new Set<LocalId>(),
    whenSettled: (react: (row: PromiseRow) => void) => void reacts.push(react),
    onSettled(row: PromiseRow) {
      for (const react of reacts) react(row);
    },
  });
}

/** A promise has its end. */
export function settle(book: PromiseBook, row: PromiseRow, end: Settlement): void {
  const { rows, due, onSettled } = book;
  rows.settle(row, end);
  if (rows.hasPending(row.id)) due.add(row.id);
  onSettled(row);
}

/** Something waits for a promise, also for a settled one: in its turn, and as soon as there is room. */
export function addPending(
  { rows, due, blocked }: PromiseBook,
  to: PromiseRow,
  wait: Omit<PendingRow, 'seq'>,
): void {
  rows.addPending(wait);
  const mayGoOn = to.state !== 'pending' || (to.decider && wait.kind === 'message');
  if (mayGoOn && !blocked.has(to.id)) due.add(to.id);
}

/** The promise of that id, if it can still be settled by what decides it. */
export function openPromise(
  { rows }: PromiseBook,
  id: LocalId | undefined,
): PromiseRow | undefined {
  const row = id === undefined ? undefined : rows.get(id);
  return row?.state === 'pending' && row.follows === undefined ? row : undefined;
}

/** Settles the promise of that id, if it can still be; returns whether it could. */
export function settleOpen(book: PromiseBook, id: LocalId | undefined, end: Settlement): boolean {
  const row = openPromise(book, id);
  if (row) settle(book, row, end);
  return row !== undefined;
}

/** Settles a promise with what may be a promise again, which it then follows. */
export function fulfil(book: PromiseBook, row: PromiseRow, value: Capdata<LocalId>): void {
  const one = singleReference(value);
  if (one !== undefined && isPromiseId(one)) follow(book, row, one);
  else settle(book, row, { state: 'fulfilled', data: value });
}

function follow(book: PromiseBook, row: PromiseRow, id: LocalId): void {
  const { rows } = book;
  const root = findRoot(rows, id);
  if (!root) return settle(book, row, rejection('QRT_NO_OBJECT'));
  if (root.state !== 'pending') return settle(book, row, aliasOf(root)!);
  // What nothing waits for waits for itself only if it is that very promise.
  const mayWait = root.id === row.id || rows.hasPending(row.id);
  if (mayWait && waitsFor(rows, root, row.id))
    return settle(book, row, rejection('QRT_PROMISE_CYCLE'));
  row.follows = root.id;
  rows.touch(row);
  addPending(book, root, waitOf(row, { promise: root.id, kind: 'follow' }));
}

/** The row by which a promise waits for another one. */
export function waitOf(
  { id, owner, kind }: PromiseRow,
  on: Pick<PendingRow, 'promise' | 'kind'>,
): Omit<PendingRow, 'seq'> {
  const none = { fulfilled: undefined, rejected: undefined, data: NO_DATA, trace: NO_TRACE };
  // Who decides those is a peer: the operator's room is not for that.
  const share = kind === 'peer' ? STRANGERS_SHARE : ownerShare(owner);
  return { ...on, ...none, owner, share, answer: id, hops: 0 };
}

/** The promise at the end of those that follow each other; undefined when nothing is there. */
function findRoot(rows: PromiseRows, id: LocalId): PromiseRow | undefined {
  let row = rows.get(id);
  for (let step = 0; step < WAITS_WALKED_MAX && row?.follows !== undefined; step += 1) {
    row = rows.get(row.follows);
  }
  return row;
}

/** Whether a promise waits, by whatever way, for the one of that id; looked for so far and no further. */
function waitsFor(rows: PromiseRows, first: PromiseRow, id: LocalId): boolean {
  const seen = new Set<LocalId>();
  const next = [first.id];
  let bytes = 0;
  for (let one = next.pop(); one !== undefined && seen.size < WAITS_WALKED_MAX; one = next.pop()) {
    if (one === id) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    const row = rows.get(one);
    if (row?.state !== 'pending') continue;
    // Parts are read to be followed: so far, and no further.
    bytes += row.data.body.length;
    if (bytes > WALKED_BYTES_MAX) return false;
    if (row.follows !== undefined) next.push(row.follows);
    else if (isCombination(row.kind)) next.push(...partsOf(row));
  }
  return false;
}
