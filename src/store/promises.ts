// Promises as rows, what waits for them, and which memories and objects hold them.

import type { Database } from 'better-sqlite3';
import type { LocalId } from '../core/ids.ts';
import { capdataBytes } from '../core/power.ts';
import type { Usage } from '../kernel/outbox-store-port.ts';
import type {
  Decider,
  PendingRow,
  PromiseRow,
  PromiseStore,
} from '../kernel/promise-store-port.ts';
import { formatSlots, parseSlots } from './objects.ts';
import { makePromiseNameStore } from './promise-names.ts';

/** Columns in their order in the table. */
type PromiseColumns = readonly [
  id: LocalId,
  owner: number,
  kind: PromiseRow['kind'],
  state: PromiseRow['state'],
  body: string,
  slots: string,
  follows: LocalId | null,
  left: number,
  madeMs: number,
  deadlineMs: number | null,
  link: number | null,
  name: 'export' | 'item' | null,
  number: number | null,
  received: number,
  last: number,
];

/** Read as a list, which costs half of reading a record. */
type PendingColumns = readonly [
  promise: LocalId,
  seq: number,
  kind: PendingRow['kind'],
  owner: number,
  share: string,
  body: string,
  slots: string,
  fulfilled: LocalId | null,
  rejected: LocalId | null,
  answer: LocalId | null,
  trace: string,
  hops: number,
];

/** The promise part of a vat's store. */
export function makePromiseStore(db: Database): PromiseStore {
  return { ...makeRows(db), ...makePending(db), ...makeHolding(db), ...makePromiseNameStore(db) };
}

type RowMethods =
  | 'promisesByOwner'
  | 'promise'
  | 'putPromise'
  | 'unnamePromise'
  | 'deletePromise'
  | 'countPromises'
  | 'nextDeadline';
type PendingMethods =
  | 'insertPending'
  | 'firstPending'
  | 'waitsOf'
  | 'deletePending'
  | 'hasPending'
  | 'pendingUsage'
  | 'promisesDue'
  | 'passingSlots';

function makeRows(db: Database): Pick<PromiseStore, RowMethods> {
  const promise = db.prepare('SELECT * FROM promise WHERE id = ?').raw();
  const put = db.prepare(`
    INSERT INTO promise VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body,
      slots = excluded.slots, follows = excluded.follows, left = excluded.left,
      link = excluded.link, name = excluded.name, number = excluded.number,
      received = excluded.received, last = excluded.last`);
  const unname = db.prepare(
    'UPDATE promise SET link = NULL, name = NULL, number = NULL WHERE id = ?',
  );
  const remove = db.prepare('DELETE FROM promise WHERE id = ?');
  const byOwner = db.prepare(
    "SELECT owner, count(*) AS count FROM promise WHERE kind <> 'peer' GROUP BY owner",
  );
  const count = db.prepare(`
    SELECT count(*) FILTER (WHERE state = 'pending') AS pending,
      count(*) FILTER (WHERE state <> 'pending') AS settled FROM promise`);
  const next = db.prepare(`
    SELECT id, deadline_ms AS deadlineMs FROM promise
    WHERE deadline_ms IS NOT NULL AND state = 'pending' ORDER BY deadline_ms LIMIT 1`);
  return {
    promise: (id) => {
      const row = promise.get(id) as PromiseColumns | undefined;
      return row && parsePromise(row);
    },
    putPromise: (row) =>
      void put.run(
        row.id,
        row.owner,
        row.kind,
        row.state,
        row.data.body,
        formatSlots(row.data.slots),
        row.follows ?? null,
        row.left,
        row.madeMs,
        row.deadlineMs ?? null,
        ...deciderColumns(row),
      ),
    unnamePromise: (id) => void unname.run(id),
    deletePromise: (id) => void remove.run(id),
    promisesByOwner: () => byOwner.all() as { owner: number; count: number }[],
    countPromises: () => count.get() as { pending: number; settled: number },
    nextDeadline: () => next.get() as { id: LocalId; deadlineMs: number } | undefined,
  };
}

const deciderColumns = ({ decider }: PromiseRow) =>
  decider
    ? [...[decider.link, decider.kind, decider.number], ...[decider.received, decider.last]]
    : [null, null, null, 0, 0];

function parseDecider(row: PromiseColumns): Decider | undefined {
  const [link, kind, number, received, last] = row.slice(10) as [
    number | null,
    'export' | 'item',
    number,
    number,
    number,
  ];
  return link === null ? undefined : { link, kind, number, received, last };
}

function parsePromise(row: PromiseColumns): PromiseRow {
  const [id, owner, kind, state, body, slots, follows, left, madeMs, deadlineMs] = row;
  return {
    ...{ id, owner, kind, state, left, madeMs },
    data: { body, slots: parseSlots(slots) },
    follows: follows ?? undefined,
    deadlineMs: deadlineMs ?? undefined,
    decider: parseDecider(row),
  };
}

function makePending(db: Database): Pick<PromiseStore, PendingMethods> {
  const insert = db.prepare('INSERT INTO pending VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const select = (rest: string) =>
    db
      .prepare(`
        SELECT promise, seq, kind, owner, share, body, slots, fulfilled, rejected, answer, trace,
          hops FROM pending WHERE ${rest}`)
      .raw();
  const first = select('promise = ? ORDER BY seq LIMIT 1');
  // Costs ten times as much, and is needed only where there is no room, or behind a peer.
  const firstBut = select(`promise = ? AND kind LIKE ?
    AND share NOT IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT 1`);
  const waits = select("answer = ? AND kind IN ('follow', 'part') ORDER BY seq");
  const remove = db.prepare('DELETE FROM pending WHERE promise = ? AND seq = ?');
  const has = db.prepare('SELECT 1 FROM pending WHERE promise = ? LIMIT 1').pluck();
  const usage = db.prepare(
    'SELECT share, count(*) AS rows, sum(bytes) AS bytes FROM pending GROUP BY share',
  );
  const due = db
    .prepare(`
      SELECT DISTINCT promise FROM pending JOIN promise ON promise.id = pending.promise
      WHERE promise.state <> 'pending' OR (promise.link IS NOT NULL AND pending.kind = 'message')
      ORDER BY promise`)
    .pluck();
  const isAny = db.prepare('SELECT 1 FROM promise LIMIT 1').pluck();
  const passing = db
    .prepare(`
      SELECT slots FROM inbox WHERE slots LIKE '%"p%'
      UNION ALL SELECT slots FROM pending WHERE slots LIKE '%"p%'
      UNION ALL SELECT slots FROM promise WHERE slots LIKE '%"p%'
      UNION ALL SELECT json_array(fulfilled, coalesce(rejected, '')) FROM pending
        WHERE fulfilled LIKE 'p%' OR rejected LIKE 'p%'
      UNION ALL SELECT json_array(answer) FROM request WHERE answer IS NOT NULL`)
    .pluck();
  return {
    insertPending: (row) =>
      void insert.run(
        row.promise,
        row.seq,
        row.kind,
        row.owner,
        row.share,
        row.data.body,
        formatSlots(row.data.slots),
        row.fulfilled ?? null,
        row.rejected ?? null,
        row.answer ?? null,
        row.trace,
        capdataBytes(row.data),
        row.hops,
      ),
    firstPending: ({ promise, without, isMessage }) => {
      const row =
        without.length === 0 && !isMessage
          ? first.get(promise)
          : firstBut.get(promise, isMessage ? 'message' : '%', JSON.stringify(without));
      return row === undefined ? undefined : parsePending(row as PendingColumns);
    },
    waitsOf: (answer) => (waits.all(answer) as PendingColumns[]).map(parsePending),
    deletePending: (promise, seq) => void remove.run(promise, seq),
    hasPending: (promise) => has.get(promise) !== undefined,
    pendingUsage: () => usage.all() as Usage[],
    promisesDue: () => due.all() as LocalId[],
    *passingSlots() {
      // References to promises that were forgotten stay; without any promise there is nothing to count.
      if (isAny.get() === undefined) return;
      for (const slots of passing.iterate() as Iterable<string>) yield parseSlots(slots);
    },
  };
}

function parsePending(row: PendingColumns): PendingRow {
  const [promise, seq, kind, owner, share, body, slots] = row;
  const [fulfilled, rejected, answer, trace, hops] = [row[7], row[8], row[9], row[10], row[11]];
  return {
    ...{ promise, seq, kind, owner, share, trace, hops },
    data: { body, slots: parseSlots(slots) },
    fulfilled: fulfilled ?? undefined,
    rejected: rejected ?? undefined,
    answer: answer ?? undefined,
  };
}

function makeHolding(db: Database): Pick<PromiseStore, 'hasHolding' | 'putHolding' | 'isHeld'> {
  const any = db.prepare('SELECT 1 FROM holding LIMIT 1').pluck();
  const of = db.prepare('SELECT promise FROM holding WHERE holder = ?').pluck();
  const insert = db.prepare('INSERT OR IGNORE INTO holding VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM holding WHERE holder = ?');
  const isHeld = db.prepare('SELECT 1 FROM holding WHERE promise = ? LIMIT 1').pluck();
  return {
    hasHolding: () => any.get() !== undefined,
    putHolding: (holder, promises) => {
      const before = of.all(holder) as LocalId[];
      if (before.length > 0) remove.run(holder);
      for (const promise of promises) insert.run(holder, promise);
      return before;
    },
    isHeld: (promise) => isHeld.get(promise) !== undefined,
  };
}
