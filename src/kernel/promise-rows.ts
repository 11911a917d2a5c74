// Promise rows: promises and what waits for them, as the open transaction has them.
//
// They are written when it commits. What is made and forgotten within one transaction, as most
// answers are, is never written.

import type { LocalId } from '../core/ids.ts';
import { PROMISES_PER_OWNER_MAX } from '../core/limits.ts';
import { capdataBytes } from '../core/power.ts';
import { makeQueueUsage } from '../core/shares.ts';
import type { Holders } from './holders.ts';
import type { Island } from './island.ts';
import type { PendingRow, PromiseRow } from './promise-store-port.ts';

export interface PromiseRows {
  /** Undefined when it was forgotten, or never made. */
  get(id: LocalId): PromiseRow | undefined;
  /** A new one, unless its owner has as many as may be. It holds what is in its data. */
  make(row: PromiseRow): void;
  /** Whether an owner may have one more. */
  hasRoom(owner: number): boolean;
  /** A promise has its end, and holds what is in it. */
  settle(row: PromiseRow, end: Pick<PromiseRow, 'data' | 'state'>): void;
  /** The row was changed. */
  touch(row: PromiseRow): void;
  /** Something waits; it counts in the inbox of its share. */
  addPending(row: Omit<PendingRow, 'seq'>): void;
  /** What waits first, but for rows of these shares. */
  firstPending(promise: LocalId, without: ReadonlySet<string>): PendingRow | undefined;
  /** Takes that out. */
  takePending(row: PendingRow): void;
  hasPending(promise: LocalId): boolean;
  /** How many of these rows a share holds. */
  waitingOf(share: string): number;
  /** All that waits for promises, in the shares of the inbox. */
  waiting(): { readonly rows: number; readonly bytes: number };
  /** It may be that nobody can observe it any more. */
  loosen(id: LocalId): void;
  /** Writes everything to the open transaction. */
  flush(): void;
}

interface Entry {
  readonly row: PromiseRow;
  isStored: boolean;
  isDirty: boolean;
}

export function makePromiseRows(island: Island, holders: Holders): PromiseRows {
  const { store, transaction } = island;
  const entries = new Map<LocalId, Entry>();
  const quota = makeQuota(island);
  let loose = new Set<LocalId>();
  // What waits for a promise is written after it.
  const pending = makePendingRows(island, holders, (id) => entries.get(id)?.isStored ?? true);

  const entryOf = (id: LocalId): Entry | undefined => {
    const known = entries.get(id);
    if (known) return known;
    const row = store.promise(id);
    if (!row) return undefined;
    const entry = { row, isStored: true, isDirty: false };
    entries.set(id, entry);
    return entry;
  };

  const touch = (row: PromiseRow): void => {
    transaction.join(row.state === 'pending' ? 0 : capdataBytes(row.data));
    entryOf(row.id)!.isDirty = true;
    loose.add(row.id);
  };
  const takeLoose = (): readonly LocalId[] => {
    const ids = [...loose, ...holders.takeLoose()];
    loose = new Set();
    return ids;
  };
  /** What ended or was forgotten takes no part any more in what it waited for. */
  const stopWaiting = (row: PromiseRow): void => {
    for (const promise of pending.drop(row.id, waitedFor(row))) loose.add(promise);
  };
  const forgetLoose = (): void => {
    // What is forgotten may have held others.
    for (let ids = takeLoose(); ids.length > 0; ids = takeLoose()) {
      for (const id of ids) {
        const entry = entryOf(id);
        if (!entry || holders.isHeld(id) || pending.has(id)) continue;
        if (entry.isStored) store.deletePromise(id);
        entries.delete(id);
        quota.count(entry.row.owner, -1);
        stopWaiting(entry.row);
        holders.remove(entry.row.data.slots);
      }
    }
  };
  const write = (): void => {
    for (const entry of entries.values()) if (entry.isDirty) writeEntry(island, entry);
    pending.write();
  };
  transaction.beforeCommit(() => {
    forgetLoose();
    write();
  });
  transaction.afterCommit(() => entries.clear());

  return Object.freeze({
    get: (id: LocalId) => entryOf(id)?.row,
    hasRoom: quota.hasRoom,
    make(row: PromiseRow) {
      if (!quota.count(row.owner, 1)) return;
      transaction.join(capdataBytes(row.data));
      holders.add(row.data.slots);
      entries.set(row.id, { row, isStored: false, isDirty: true });
      loose.add(row.id);
    },
    settle(row: PromiseRow, { state, data }: Pick<PromiseRow, 'data' | 'state'>) {
      holders.add(data.slots);
      stopWaiting(row);
      holders.remove(row.data.slots);
      Object.assign(row, { state, data, follows: undefined, left: 0 });
      touch(row);
    },
    touch,
    addPending: pending.add,
    firstPending: pending.first,
    takePending: pending.take,
    hasPending: pending.has,
    waitingOf: pending.of,
    waiting: pending.total,
    loosen: (id: LocalId) => void loose.add(id),
    flush: write,
  });
}

function writeEntry({ store }: Island, entry: Entry): void {
  store.putPromise(entry.row);
  entry.isStored = true;
  entry.isDirty = false;
}

/** How many promises each owner has; a new one beyond the bound is refused. */
function makeQuota({ store }: Island) {
  const counts = new Map(store.promisesByOwner().map(({ owner, count }) => [owner, count]));
  return {
    hasRoom: (owner: number) => (counts.get(owner) ?? 0) < PROMISES_PER_OWNER_MAX,
    count(owner: number, step: 1 | -1): boolean {
      const now = (counts.get(owner) ?? 0) + step;
      if (now > PROMISES_PER_OWNER_MAX) return false;
      counts.set(owner, now);
      return true;
    },
  };
}

/** What a promise may be among the waiters of. */
function waitedFor({ state, follows, left, data }: PromiseRow): readonly LocalId[] {
  if (state !== 'pending') return [];
  if (follows !== undefined) return [follows];
  return left > 0 ? data.slots : [];
}

/** What waits for promises: the newest in memory, until it is written. */
function makePendingRows(
  { store, transaction, counters, inboxUsage, limits }: Island,
  holders: Holders,
  isStored: (promise: LocalId) => boolean,
) {
  const fresh = new Map<LocalId, PendingRow[]>();
  // That part of the inbox; all of the inbox together is what is kept within its bounds.
  const usage = makeQueueUsage({ rows: limits.inboxRows, bytes: limits.inboxBytes });
  for (const { share, rows, bytes } of store.pendingUsage()) usage.add(share, rows, bytes);
  const held = ({ data, fulfilled, rejected }: Omit<PendingRow, 'seq'>) => [
    ...data.slots,
    fulfilled,
    rejected,
  ];
  const letGo = (row: PendingRow): void => {
    const bytes = capdataBytes(row.data);
    usage.remove(row.share, 1, bytes);
    inboxUsage.remove(row.share, 1, bytes);
    holders.remove(held(row));
  };
  return {
    add(row: Omit<PendingRow, 'seq'>): void {
      const bytes = capdataBytes(row.data);
      transaction.join(bytes);
      counters.inbox += 1;
      usage.add(row.share, 1, bytes);
      inboxUsage.add(row.share, 1, bytes);
      holders.add(held(row));
      const rows = fresh.get(row.promise) ?? [];
      rows.push({ ...row, seq: counters.inbox });
      fresh.set(row.promise, rows);
    },
    first: (promise: LocalId, without: ReadonlySet<string>): PendingRow | undefined =>
      (isStored(promise) ? store.firstPending(promise, [...without]) : undefined) ??
      fresh.get(promise)?.find(({ share }) => !without.has(share)),
    take(row: PendingRow): void {
      transaction.join(0);
      const rows = fresh.get(row.promise) ?? [];
      const at = rows.indexOf(row);
      if (at < 0) store.deletePending(row.promise, row.seq);
      else rows.splice(at, 1);
      if (rows.length === 0) fresh.delete(row.promise);
      letGo(row);
    },
    of: usage.rowsOf,
    /** Takes out how a promise waits for these others; returns those for which it did. */
    drop(answer: LocalId, on: readonly LocalId[]): readonly LocalId[] {
      if (on.length === 0) return [];
      transaction.join(0);
      const dropped = [...store.waitsOf(answer)];
      for (const { promise, seq } of dropped) store.deletePending(promise, seq);
      for (const promise of new Set(on)) {
        const [gone, left] = part(fresh.get(promise) ?? [], (row) => isWait(row, answer));
        dropped.push(...gone);
        if (left.length > 0) fresh.set(promise, left);
        else fresh.delete(promise);
      }
      for (const row of dropped) letGo(row);
      return dropped.map(({ promise }) => promise);
    },
    total: () => ({ rows: usage.rows, bytes: usage.bytes }),
    has: (promise: LocalId): boolean =>
      fresh.has(promise) || (isStored(promise) && store.hasPending(promise)),
    write(): void {
      for (const rows of fresh.values()) for (const row of rows) store.insertPending(row);
      fresh.clear();
    },
  };
}

const isWait = ({ kind, answer }: PendingRow, waiter: LocalId): boolean =>
  answer === waiter && (kind === 'follow' || kind === 'part');

function part<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}
