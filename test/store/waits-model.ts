// Waits model: who waits for whom, read from the rows one after another, without numbers or a graph.

import Database from 'better-sqlite3';
import type { Waits } from '../../src/core/waits.ts';

interface Plain {
  /** Ids of all pending promises. */
  readonly pending: readonly string[];
  /** Which promises wait for themselves together, each list and all of them sorted. */
  readonly cycles: readonly (readonly string[])[];
}

export function readPlainly(path: string): Plain {
  const db = new Database(path, { readonly: true });
  const pending = db
    .prepare("SELECT id FROM promise WHERE state = 'pending' ORDER BY id")
    .pluck()
    .all() as string[];
  const waits = new Map(pending.map((id) => [id, waitsOf(db, id)]));
  db.close();
  const reached = new Map(pending.map((id) => [id, reachedFrom(waits, id)]));
  const onCycle = pending.filter((id) => reached.get(id)!.has(id));
  const cycles = onCycle.map((id) =>
    onCycle.filter((other) => reached.get(id)!.has(other) && reached.get(other)!.has(id)),
  );
  return { pending, cycles: once(cycles) };
}

/** The cycles that the reader tells of, in the same form. */
export function cyclesOf({ promises }: Waits): readonly (readonly string[])[] {
  const numbers = promises.flatMap(({ cycle }) => (cycle === undefined ? [] : [cycle]));
  return once(
    numbers.map((number) =>
      promises
        .filter(({ cycle }) => cycle === number)
        .map(({ id }) => id)
        .toSorted(),
    ),
  );
}

const once = (lists: readonly (readonly string[])[]): readonly string[][] =>
  [...new Set(lists.map((list) => list.join(' ')))].toSorted().map((text) => text.split(' '));

/** The promises that one waits for. */
function waitsOf(db: Database.Database, id: string): readonly string[] {
  const behind = db.prepare('SELECT promise FROM pending WHERE answer = ?').pluck().all(id);
  const { kind, follows } = db
    .prepare('SELECT kind, follows FROM promise WHERE id = ?')
    .get(id) as {
    readonly kind: string;
    readonly follows: string | null;
  };
  if (kind !== 'resolver' || follows !== null) return behind as string[];
  const resolver = `s${id.slice(1)}`;
  const holds = `EXISTS (SELECT 1 FROM json_each(slots) WHERE value = '${resolver}')`;
  const isKept = ['memory', 'object', 'inbox']
    .map((table) => db.prepare(`SELECT count(*) FROM ${table} WHERE ${holds}`).pluck().get())
    .some((count) => count !== 0);
  if (isKept) return [];
  return db
    .prepare(`SELECT promise FROM pending WHERE fulfilled = ? OR rejected = ?`)
    .pluck()
    .all(resolver, resolver) as string[];
}

function reachedFrom(
  waits: ReadonlyMap<string, readonly string[]>,
  first: string,
): ReadonlySet<string> {
  const found = new Set<string>();
  const next = [...(waits.get(first) ?? [])];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    next.push(...(waits.get(id) ?? []));
  }
  return found;
}
