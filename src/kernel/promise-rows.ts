// Promise rows: promises and what waits for them, as the open transaction has them.
//
// They are written when it commits. What is made and forgotten within one transaction, as most
// answers are, is never written.

import type { LocalId } from '../core/ids.ts';
import { PROMISES_PER_OWNER_MAX } from '../core/limits.ts';
import { capdataBytes } from '../core/power.ts';

import type { Drops } from './drops.ts';
import type { Holders } from './holders.ts';
import type { Island } from './island.ts';
import { makePendingRows } from './pending-rows.ts';
import type { PromiseExports } from './promise-exports.ts';
import type { Decider, PendingRow, PromiseName, PromiseRow } from './promise-store-port.ts';

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
  /** What waits first, but for rows of these shares; of messages alone if told so. */
  firstPending(
    promise: LocalId,
    without: ReadonlySet<string>,
    isMessage?: boolean,
  ): PendingRow | undefined;
  /** Takes that out. */
  takePending(row: PendingRow): void;
  hasPending(promise: LocalId): boolean;
  /** Whether messages wait for it. */
  hasMessages(promise: LocalId): boolean;
  /** The promise that a peer decides under that name. */
  decidedBy(name: PromiseName): PromiseRow | undefined;
  /** A promise of a peer is not here, and was named once: the peer is told that nobody needs it. */
  refuse(name: PromiseName): void;
  /** The peer that decides the promise is asked what became of it. */
  want(row: PromiseRow): void;
  /** Who decides a promise changes; the row is written with that. */
  decide(row: PromiseRow, decider: Decider | undefined): void;
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
  /** Who decides it as the store has it. */
  storedDecider: Decider | undefined;
  isDirty: boolean;
}

interface Parts {
  readonly holders: Holders;
  readonly exports: PromiseExports;
  readonly drops: Drops;
}

export function makePromiseRows(island: Island, parts: Parts): PromiseRows {
  const { store, transaction } = island;
  const { holders } = parts;
  const table = makeTable(island);
  const quota = makeQuota(island);
  // What nobody could be told of before the end of the last life.
  const loose = new Set(store.promisesOfPeers());
  // What waits for a promise is written after it.
  const pending = makePendingRows(island, holders, table.isStored);
  const touch = (row: PromiseRow): void => {
    transaction.join(row.state === 'pending' ? 0 : capdataBytes(row.data));
    table.of(row.id)!.isDirty = true;
    loose.add(row.id);
  };
  /** What ended or was forgotten takes no part any more in what it waited for. */
  const stopWaiting = (row: PromiseRow): void => {
    for (const promise of pending.drop(row.id, waitedFor(row))) loose.add(promise);
  };
  const forget = makeForgetting(parts, { loose, table, pending }, (row) => {
    quota.count(row, -1);
    stopWaiting(row);
    holders.remove(row.data.slots);
  });
  const write = (): void => {
    table.write();
    pending.write();
  };
  transaction.prepare(() => {
    forget();
    parts.drops.send();
  });
  transaction.beforeCommit(write);

  return Object.freeze({
    get: (id: LocalId) => table.of(id)?.row,
    hasRoom: quota.hasRoom,
    make(row: PromiseRow) {
      if (!quota.count(row, 1)) return;
      transaction.join(capdataBytes(row.data));
      holders.add(row.data.slots);
      table.add(row);
      loose.add(row.id);
    },
    decidedBy: table.decidedBy,
    refuse: (name: PromiseName) => parts.drops.add({ ...name, received: 1, last: 0 }),
    want(row: PromiseRow) {
      touch(row);
      if (row.decider) parts.drops.want(row.decider);
    },
    decide(row: PromiseRow, decider: Decider | undefined) {
      row.decider = decider;
      table.name(row);
      touch(row);
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
    hasMessages: (id: LocalId) => pending.first(id, NO_SHARES, true) !== undefined,
    waitingOf: pending.of,
    waiting: pending.total,
    loosen: (id: LocalId) => void loose.add(id),
    flush: write,
  });
}

/** Promises as the open transaction has them. */
function makeTable({ store, transaction }: Island) {
  const entries = new Map<LocalId, Entry>();
  /** Names that were given in the open transaction. */
  const named = new Map<string, LocalId>();
  transaction.afterCommit(() => {
    entries.clear();
    named.clear();
  });
  const of = (id: LocalId): Entry | undefined => {
    const known = entries.get(id);
    if (known) return known;
    const row = store.promise(id);
    if (!row) return undefined;
    const entry = { row, isStored: true, storedDecider: row.decider, isDirty: false };
    entries.set(id, entry);
    return entry;
  };
  const name = ({ id, decider }: PromiseRow): void => {
    if (decider) named.set(nameOf(decider), id);
  };
  return {
    of,
    name,
    isStored: (id: LocalId) => entries.get(id)?.isStored ?? true,
    add(row: PromiseRow): void {
      entries.set(row.id, { row, isStored: false, storedDecider: undefined, isDirty: true });
      name(row);
    },
    delete(id: LocalId, { isStored }: Entry): void {
      if (isStored) store.deletePromise(id);
      entries.delete(id);
    },
    decidedBy(wanted: PromiseName): PromiseRow | undefined {
      const id = named.get(nameOf(wanted)) ?? store.promiseOfName(wanted);
      const row = id && of(id)?.row;
      // The row may have another name by now.
      return row?.decider && nameOf(row.decider) === nameOf(wanted) ? row : undefined;
    },
    write(): void {
      const dirty = [...entries.values()].filter(({ isDirty }) => isDirty);
      // MUST come first: one may get the name that another one is about to give up.
      for (const entry of dirty) if (isRenamed(entry)) store.unnamePromise(entry.row.id);
      for (const entry of dirty) {
        store.putPromise(entry.row);
        const { decider: storedDecider } = entry.row;
        Object.assign(entry, { isStored: true, isDirty: false, storedDecider });
      }
    },
  };
}

function isRenamed({ row: { decider }, storedDecider }: Entry): boolean {
  if (!storedDecider || storedDecider === decider) return false;
  return !decider || nameOf(decider) !== nameOf(storedDecider);
}

/** Forgets what nobody can observe any more, and then what that had held. */
function makeForgetting(
  { holders, exports, drops }: Parts,
  parts: {
    readonly loose: Set<LocalId>;
    readonly table: ReturnType<typeof makeTable>;
    readonly pending: ReturnType<typeof makePendingRows>;
  },
  forgotten: (row: PromiseRow) => void,
): () => void {
  const { loose, table, pending } = parts;
  const takeLoose = (): readonly LocalId[] => {
    const ids = [...loose, ...holders.takeLoose(), ...drops.takeReady()];
    loose.clear();
    return ids;
  };
  const mayGo = (id: LocalId, { decider }: PromiseRow): boolean => {
    if (holders.isHeld(id) || pending.has(id) || exports.isKnown(id)) return false;
    return !decider || drops.isReady(id, decider);
  };
  return () => {
    for (let ids = takeLoose(); ids.length > 0; ids = takeLoose()) {
      for (const id of ids) {
        const entry = table.of(id);
        if (!entry || !mayGo(id, entry.row)) continue;
        const { decider } = entry.row;
        if (decider) drops.add(decider);
        table.delete(id, entry);
        forgotten(entry.row);
      }
    }
  };
}

const NO_SHARES: ReadonlySet<string> = new Set();

const nameOf = ({ link, kind, number }: PromiseName): string => `${link} ${kind} ${number}`;

/** How many promises each owner has; a new one beyond the bound is refused. */
function makeQuota({ store }: Island) {
  const counts = new Map(store.promisesByOwner().map(({ owner, count }) => [owner, count]));
  return {
    hasRoom: (owner: number) => (counts.get(owner) ?? 0) < PROMISES_PER_OWNER_MAX,
    count({ owner, kind }: PromiseRow, step: 1 | -1): boolean {
      // Those have a bound for each peer, so that none uses up what is for others.
      if (kind === 'peer') return true;
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
