// Waits survey: all pending promises of a vat as a graph: which waits for which, and which of them
// nothing can settle any more.
//
// Numbers in place of rows, so that a million promises fit into memory.

import type { Database } from 'better-sqlite3';
import { findCycles, type Graph, makeGraph } from '../core/components.ts';
import { isResolverId, type LocalId, promiseOf } from '../core/ids.ts';
import { readPlaces } from './waits-places.ts';

/** Promises are numbers here, the oldest first. */
export interface Survey {
  readonly ids: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
  readonly madeMs: Float64Array;
  /** From a promise to those that wait for it. */
  readonly waiters: Graph;
  /** See `findCycles`. */
  readonly cycles: Int32Array;
  /** 1 for each that can still be settled. */
  readonly hasEnd: Uint8Array;
  /** How many there are, also when not all of them are looked at. */
  readonly pending: number;
}

/** Looks at the `max` oldest promises; others count as such that will be settled. */
export function surveyWaits(db: Database, max: number): Survey {
  const draft = readPromises(db, max);
  readAnswers(db, draft);
  readWaiters(db, draft);
  if (draft.kinds.includes(KINDS.resolver)) readResolvers(db, draft);
  const { ids, numbers, edges, hasEnd } = draft;
  const waiters = makeGraph(ids.length, edges);
  spreadEnds(waiters, draft);
  return {
    ...{ ids, numbers, waiters, hasEnd, cycles: findCycles(waiters) },
    madeMs: Float64Array.from(draft.madeMs),
    pending: db.prepare(COUNT).pluck().get() as number,
  };
}

const KINDS = { answer: 0, resolver: 1, all: 2, first: 3, settled: 4 } as const;

interface Draft {
  readonly ids: string[];
  readonly numbers: Map<string, number>;
  readonly kinds: Uint8Array;
  readonly madeMs: number[];
  readonly hasEnd: Uint8Array;
  /** From what is waited for to who waits. */
  readonly edges: { readonly from: number[]; readonly to: number[] };
}

const COUNT = "SELECT count(*) FROM promise WHERE state = 'pending'";

/** A resolver that was used decides nothing any more; a deadline or a peer can settle any. */
const PROMISES = `
  SELECT id, iif(follows IS NULL, kind, 'answer') AS kind, made_ms AS madeMs,
    deadline_ms IS NOT NULL OR link IS NOT NULL AS hasEnd
  FROM promise WHERE state = 'pending' ORDER BY made_ms, length(id), id LIMIT ?`;

interface PromiseHead {
  readonly id: string;
  readonly kind: keyof typeof KINDS;
  readonly madeMs: number;
  readonly hasEnd: number;
}

function readPromises(db: Database, max: number): Draft {
  const ids: string[] = [];
  const numbers = new Map<string, number>();
  const madeMs: number[] = [];
  const kinds: number[] = [];
  const ends: number[] = [];
  for (const row of db.prepare(PROMISES).iterate(max) as Iterable<PromiseHead>) {
    numbers.set(row.id, ids.length);
    ids.push(row.id);
    madeMs.push(row.madeMs);
    kinds.push(KINDS[row.kind]);
    ends.push(row.hasEnd);
  }
  const edges = { from: [], to: [] };
  const flags = { kinds: Uint8Array.from(kinds), hasEnd: Uint8Array.from(ends) };
  return { ids, numbers, madeMs, ...flags, edges };
}

/** Those that a message in the inbox answers. */
function readAnswers(db: Database, { numbers, hasEnd }: Draft): void {
  const answers = db.prepare('SELECT answer FROM inbox WHERE answer IS NOT NULL').pluck();
  for (const answer of answers.iterate() as Iterable<string>) {
    const number = numbers.get(answer);
    if (number !== undefined) hasEnd[number] = 1;
  }
}

const WAITS = 'SELECT promise, answer FROM pending WHERE answer IS NOT NULL';

/** What waits for a promise, and is the answer of a promise itself. */
function readWaiters(db: Database, { numbers, hasEnd, edges }: Draft): void {
  const rows = db.prepare(WAITS).iterate() as Iterable<{ promise: string; answer: string }>;
  for (const { promise, answer } of rows) {
    const [from, to] = [numbers.get(promise), numbers.get(answer)];
    if (to === undefined) continue;
    // What waits for a settled one waits for its turn or for room alone.
    if (from === undefined) hasEnd[to] = 1;
    else addEdge(edges, from, to);
  }
}

function addEdge(edges: Draft['edges'], from: number, to: number): void {
  edges.from.push(from);
  edges.to.push(to);
}

/** Resolvers that somebody holds, or that somebody gets once a promise is settled. */
function readResolvers(db: Database, { numbers, hasEnd, edges, kinds }: Draft): void {
  const later = { from: [] as number[], to: [] as number[] };
  const note = (id: string, behind: string | null): void => {
    const to = isResolverId(id) ? numbers.get(promiseOf(id as LocalId)) : undefined;
    if (to === undefined || kinds[to] !== KINDS.resolver) return;
    const from = behind === null ? undefined : numbers.get(behind);
    if (from === undefined) hasEnd[to] = 1;
    else addEdge(later, from, to);
  };
  for (const { slots, behind } of readPlaces(db, 's')) for (const id of slots) note(id, behind);
  later.to.forEach((to, at) => {
    if (hasEnd[to] === 0) addEdge(edges, later.from[at]!, to);
  });
}

/** Whoever waits for one that can be settled can be settled; of `settled`, when all parts can. */
function spreadEnds({ offsets, targets }: Graph, { kinds, hasEnd }: Draft): void {
  const missing = Int32Array.from(kinds, (kind) => (kind === KINDS.settled ? 0 : 1));
  for (const waiter of targets) if (kinds[waiter] === KINDS.settled) missing[waiter]! += 1;
  const next: number[] = [];
  hasEnd.forEach((has, node) => {
    if (has === 1) next.push(node);
  });
  for (let node = next.pop(); node !== undefined; node = next.pop()) {
    for (const waiter of targets.subarray(offsets[node], offsets[node + 1])) {
      missing[waiter]! -= 1;
      if (missing[waiter]! > 0 || hasEnd[waiter] === 1) continue;
      hasEnd[waiter] = 1;
      next.push(waiter);
    }
  }
}
