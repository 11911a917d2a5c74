// Pending rows: what waits for promises, as the open transaction has it.

import type { LocalId } from '../core/ids.ts';
import { capdataBytes } from '../core/power.ts';
import { makeQueueUsage } from '../core/shares.ts';
import type { Holders } from './holders.ts';
import type { Island } from './island.ts';
import type { PendingRow } from './promise-store-port.ts';

/** What waits for promises: the newest in memory, until it is written. */
export function makePendingRows(
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
    first: (
      promise: LocalId,
      without: ReadonlySet<string>,
      isMessage = false,
    ): PendingRow | undefined =>
      (isStored(promise)
        ? store.firstPending({ promise, without: [...without], isMessage })
        : undefined) ??
      fresh
        .get(promise)
        ?.find(({ share, kind }) => !without.has(share) && (!isMessage || kind === 'message')),
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
