// Waits rows: what is shown of single pending promises: what decides them, what waits, who holds them.

import type { Database } from 'better-sqlite3';
import { type LocalId, resolverOf } from '../core/ids.ts';
import type { Decider, Holder, PendingPromise, Some, Waiter } from '../core/waits.ts';
import { PEER_COLUMNS, type PeerColumns, readPeer } from './waits-peers.ts';
import { readPlaces } from './waits-places.ts';

/** What the rows of one promise say of it. */
export type Described = Omit<PendingPromise, 'isStuck' | 'cycle'>;

export interface Shown {
  /** How many of each kind of thing. */
  readonly some: number;
  /** Whether all who hold a promise are looked for, or only those that an index finds. */
  readonly isWhole: boolean;
}

interface Head extends PeerColumns {
  readonly id: string;
  readonly owner: number;
  readonly installation: string;
  readonly kind: 'answer' | 'resolver' | 'all' | 'first' | 'settled';
  readonly follows: string | null;
  readonly madeMs: number;
  readonly deadlineMs: number | null;
}

const HEAD = `
  SELECT promise.id, owner, coalesce(owner.name, '') AS installation, kind, follows,
    made_ms AS madeMs, deadline_ms AS deadlineMs, ${PEER_COLUMNS}
  FROM promise LEFT JOIN owner ON owner.id = promise.owner
    LEFT JOIN link ON link.id = promise.link
  WHERE promise.id = ?`;

/** Describes pending promises. MUST be called in the transaction in which they were found. */
export function describeWaits(
  db: Database,
  ids: ReadonlySet<string>,
  shown: Shown,
): ReadonlyMap<string, Described> {
  const head = db.prepare(HEAD);
  const heads = [...ids].map((id) => head.get(id) as Head);
  const deciderOf = makeDeciders(db, heads, shown);
  const waitersOf = makeWaiters(db, shown);
  const holdersOf = shown.isWhole ? makeAllHolders(db, { ids, shown }) : makeHolders(db, shown);
  const described = heads.map((head): Described => {
    const { id, owner, installation, madeMs, deadlineMs } = head;
    return {
      ...{ id, owner, installation, madeMs },
      ...(deadlineMs === null ? {} : { deadlineMs }),
      decider: deciderOf(head),
      waiters: waitersOf(id),
      holders: holdersOf(id),
    };
  });
  return new Map(described.map((each) => [each.id, each]));
}

function makeDeciders(
  db: Database,
  heads: readonly Head[],
  shown: Shown,
): (promise: Head) => Decider {
  const idsOf = (kind: Head['kind']): readonly string[] =>
    heads.filter((head) => head.kind === kind && head.follows === null).map(({ id }) => id);
  const answers = readAnswers(db, idsOf('answer'));
  const resolvers = new Set(idsOf('resolver').map((id) => resolverOf(id as LocalId)));
  const heldBy = collectHolders(db, { wanted: resolvers, letter: 's', shown });
  const countParts = db.prepare(`SELECT count(*) FROM pending WHERE ${PARTS}`).pluck();
  const parts = db
    .prepare(`SELECT promise FROM pending WHERE ${PARTS} ORDER BY seq LIMIT ?`)
    .pluck();
  return (head) => {
    const { id, kind, follows } = head;
    const peer = readPeer(head);
    if (peer !== undefined) return peer;
    if (follows !== null) return { by: 'promise', promise: follows };
    if (kind === 'answer') return answers.get(id) ?? { by: 'nobody' };
    if (kind === 'resolver') return { by: 'resolver', heldBy: heldBy(resolverOf(id as LocalId)) };
    const first = parts.all(id, shown.some) as string[];
    return { by: kind, of: { count: countParts.get(id) as number, first } };
  };
}

const PARTS = "answer = ? AND kind = 'part'";

const MESSAGES = `
  SELECT answer, target, trace FROM inbox
  WHERE answer IN (SELECT value FROM json_each(?))`;

const SENT = `
  SELECT answer, pending.kind, promise, promise.state <> 'pending' AS isSettled, fulfilled, rejected,
    trace
  FROM pending JOIN promise ON promise.id = pending.promise
  WHERE pending.kind IN ('message', 'when') AND answer IN (SELECT value FROM json_each(?))`;

interface SentRow {
  readonly answer: string;
  readonly kind: 'message' | 'when';
  readonly promise: string;
  readonly isSettled: number;
  readonly fulfilled: string | null;
  readonly rejected: string | null;
  readonly trace: string;
}

/** Where the messages are that these promises answer; each has one at the most. */
function readAnswers(db: Database, ids: readonly string[]): ReadonlyMap<string, Decider> {
  const found = new Map<string, Decider>();
  if (ids.length === 0) return found;
  const wanted = JSON.stringify(ids);
  const messages = db.prepare(MESSAGES).all(wanted) as Record<
    'answer' | 'target' | 'trace',
    string
  >[];
  for (const { answer, target, trace } of messages) {
    found.set(answer, { by: 'message', target, trace });
  }
  for (const row of db.prepare(SENT).all(wanted) as SentRow[]) found.set(row.answer, sentBy(row));
  return found;
}

function sentBy({ kind, promise, isSettled, fulfilled, rejected, trace }: SentRow): Decider {
  const rest = { promise, isSettled: isSettled !== 0, trace };
  if (kind === 'message') return { by: 'pipelined', ...rest };
  const first = fulfilled === null ? {} : { fulfilled };
  const other = rejected === null ? {} : { rejected };
  return { by: 'continuation', ...rest, ...first, ...other };
}

const WAITERS = `
  SELECT kind, fulfilled, rejected, answer, owner FROM pending
  WHERE promise = ? ORDER BY seq LIMIT ?`;

function makeWaiters(db: Database, { some }: Shown): (id: string) => Some<Waiter> {
  const count = db.prepare('SELECT count(*) FROM pending WHERE promise = ?').pluck();
  const waiters = db.prepare(WAITERS);
  return (id) => {
    const first = (waiters.all(id, some) as Record<string, unknown>[]).map(withoutNulls);
    return { count: count.get(id) as number, first: first as unknown as Waiter[] };
  };
}

const withoutNulls = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));

const HOLDERS = `
  SELECT iif(holder LIKE 'm%', 'memory', 'object') AS kind, holder AS id FROM holding
  WHERE promise = :id
  UNION ALL SELECT 'request', id FROM request WHERE answer = :id`;

/** Memories, objects and requests, which have an index. */
function makeHolders(db: Database, { some }: Shown): (id: string) => Some<Holder> {
  const count = db.prepare(`SELECT count(*) FROM (${HOLDERS})`).pluck();
  const holders = db.prepare(`${HOLDERS} LIMIT :some`);
  const complete = withObjects(db, some);
  return (id) => ({
    count: count.get({ id }) as number,
    first: (holders.all({ id, some }) as Holder[]).map(complete),
  });
}

function makeAllHolders(
  db: Database,
  { ids, shown }: { readonly ids: ReadonlySet<string>; readonly shown: Shown },
): (id: string) => Some<Holder> {
  return collectHolders(db, { wanted: ids, letter: 'p', shown });
}

interface Collecting {
  readonly wanted: ReadonlySet<string>;
  readonly letter: 'p' | 's';
  readonly shown: Shown;
}

/** Goes once through all that can hold the wanted ones. */
function collectHolders(
  db: Database,
  { wanted, letter, shown }: Collecting,
): (id: string) => Some<Holder> {
  const found = new Map<string, { count: number; readonly first: Holder[] }>();
  const complete = withObjects(db, shown.some);
  for (const { holder, slots } of wanted.size === 0 ? [] : readPlaces(db, letter)) {
    for (const id of new Set(slots)) {
      if (!wanted.has(id)) continue;
      const some = found.get(id) ?? { count: 0, first: [] };
      found.set(id, some);
      some.count += 1;
      if (some.first.length < shown.some) some.first.push(complete(holder));
    }
  }
  return (id) => found.get(id) ?? { count: 0, first: [] };
}

/** Says which objects have a memory. */
function withObjects(db: Database, some: number): (holder: Holder) => Holder {
  const users = db
    .prepare("SELECT id FROM object WHERE memory = ? AND state = 'live' ORDER BY rowid LIMIT ?")
    .pluck();
  return (holder) =>
    holder.kind === 'memory'
      ? { ...holder, objects: users.all(holder.id, some) as string[] }
      : holder;
}
