// Waits reader: who waits for whom in a vat, on a connection of its own that never writes.
//
// All of one answer is of one moment: read in one transaction, which is short as its answer is
// bounded.

import type { Database } from 'better-sqlite3';
import { findRing, NO_CYCLE } from '../core/components.ts';
import { CYCLES_SHOWN_MAX, WAITS_SURVEYED_MAX } from '../core/wait-limits.ts';
import type { PendingPromise, WaitCycle, Waits } from '../core/waits.ts';
import { guarded, openReadOnly } from './open.ts';
import { type Described, describeWaits, type Shown } from './waits-rows.ts';
import { type Survey, surveyWaits } from './waits-survey.ts';

/** Which promises. */
export interface WaitsFilter {
  /** Those that were made at this time or earlier, in milliseconds since 1970. */
  readonly untilMs?: number;
  /** Of those that fit, so many are left out first. */
  readonly skip?: number;
  readonly limit: number;
}

export interface WaitsReader {
  list(filter: WaitsFilter): Waits;
  /** One promise, with all who hold it; undefined when it is not pending. */
  show(id: string): PendingPromise | undefined;
  close(): void;
}

/** Promises of a ring that are shown. */
const RING_SHOWN = 10;
/** Of one promise, what is shown of each kind of thing: in a list, and alone. */
const IN_LIST: Shown = { some: 3, isWhole: false };
const ALONE: Shown = { some: 50, isWhole: true };

interface Options {
  /** Promises that are looked at; smaller for tests. */
  readonly surveyedMax?: number;
}

/** Reads the database at `path`. Throws QRT_STORE_CORRUPT when it cannot be read. */
export function openWaits(path: string, options: Options = {}): WaitsReader {
  const { surveyedMax = WAITS_SURVEYED_MAX } = options;
  const db = openReadOnly(path);
  const inOne = <T>(read: () => T): T => guarded(path, () => db.transaction(read).deferred());

  return Object.freeze({
    list: (filter: WaitsFilter) =>
      inOne(() => (hasPromises(db) ? list(db, surveyWaits(db, surveyedMax), filter) : NOTHING)),
    show: (id: string) =>
      inOne(() => {
        const survey = hasPromises(db) ? surveyWaits(db, surveyedMax) : undefined;
        const number = survey?.numbers.get(id);
        if (survey === undefined || number === undefined) return undefined;
        const numbers = numberCycles(survey);
        const described = describeWaits(db, new Set([id]), ALONE);
        return present(survey, { number, numbers, described });
      }),
    close: () => void db.close(),
  });
}

const NOTHING: Waits = Object.freeze({
  promises: [],
  cycles: [],
  totals: { pending: 0, fitting: 0, stuck: 0, cycles: 0 },
});

/** A database that no node of this version has opened yet has none. */
const hasPromises = (db: Database): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'promise'").get() !== undefined;

function list(db: Database, survey: Survey, { untilMs, skip = 0, limit }: WaitsFilter): Waits {
  const { ids, madeMs, hasEnd } = survey;
  const fits = (number: number): boolean => untilMs === undefined || madeMs[number]! <= untilMs;
  const [stuck, others] = [[] as number[], [] as number[]];
  for (let number = 0; number < ids.length; number += 1) {
    if (fits(number)) (hasEnd[number] === 1 ? others : stuck).push(number);
  }
  const chosen = [...stuck, ...others].slice(skip, skip + limit);
  const numbers = numberCycles(survey);
  const rings = ringsOf(survey, { numbers, fits });
  const wanted = [...chosen, ...rings.flatMap(({ ring }) => ring.slice(0, RING_SHOWN))];
  const described = describeWaits(db, new Set(wanted.map((number) => ids[number]!)), IN_LIST);
  return {
    promises: chosen.map((number) => present(survey, { number, numbers, described })),
    cycles: rings.map((each) => presentCycle(survey, each, described)),
    totals: {
      pending: survey.pending,
      fitting: stuck.length + others.length,
      stuck: stuck.length,
      cycles: numbers.reduce((most, number) => Math.max(most, number), 0),
    },
  };
}

/** The cycles from 1, by their oldest promises; 0 for a promise that is in none. */
function numberCycles({ cycles }: Survey): Int32Array {
  const known = new Map<number, number>([[NO_CYCLE, 0]]);
  return cycles.map((cycle) => {
    const number = known.get(cycle) ?? known.size;
    known.set(cycle, number);
    return number;
  });
}

interface Ring {
  readonly cycle: number;
  readonly promises: number;
  readonly isStuck: boolean;
  /** In the order of waiting. */
  readonly ring: readonly number[];
}

interface RingsInput {
  readonly numbers: Int32Array;
  readonly fits: (number: number) => boolean;
}

/** Of cycles whose oldest promise fits, the first ones. */
function ringsOf(
  { waiters, cycles, hasEnd }: Survey,
  { numbers, fits }: RingsInput,
): readonly Ring[] {
  const firsts = new Map<number, { start: number; promises: number; isStuck: boolean }>();
  numbers.forEach((cycle, number) => {
    if (cycle === 0) return;
    const known = firsts.get(cycle);
    const isStuck = hasEnd[number] === 0;
    if (known) {
      known.promises += 1;
      known.isStuck &&= isStuck;
    } else if (fits(number) && firsts.size < CYCLES_SHOWN_MAX) {
      firsts.set(cycle, { start: number, promises: 1, isStuck });
    }
  });
  return [...firsts].map(([cycle, { start, ...rest }]) => {
    const [first, ...others] = findRing(waiters, cycles, start);
    return { cycle, ...rest, ring: [first!, ...others.reverse()] };
  });
}

interface PresentInput {
  readonly number: number;
  readonly numbers: Int32Array;
  readonly described: ReadonlyMap<string, Described>;
}

function present(
  { ids, hasEnd }: Survey,
  { number, numbers, described }: PresentInput,
): PendingPromise {
  const cycle = numbers[number]!;
  const isStuck = hasEnd[number] === 0;
  return { ...described.get(ids[number]!)!, isStuck, ...(cycle === 0 ? {} : { cycle }) };
}

function presentCycle(
  { ids }: Survey,
  { ring, ...cycle }: Ring,
  described: ReadonlyMap<string, Described>,
): WaitCycle {
  const first = ring.slice(0, RING_SHOWN).map((number) => {
    const { id, decider } = described.get(ids[number]!)!;
    return { id, decider };
  });
  return { ...cycle, ring: { count: ring.length, first } };
}
