// Answers across vats, many: two thousand answered sends, in a thorough run ten and by hand a hundred
// thousand (QRT_TEST_MANY=all), leave the tables of two vats as they were, and their files no larger.

import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disagreements } from '../sim/checks.ts';
import { done, runProgram, type Script, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, type World } from '../sim/world.ts';
import { isMany, isThorough } from '../thorough.ts';

const ROUNDS = isMany ? 125 : isThorough ? 40 : 15;
/** Of each kind a round has so many: in all seven times as many sends that want an answer. */
const EACH = isMany ? 115 : isThorough ? 40 : 20;
/** The rounds after which a file does not grow any more. */
const FIRST_ROUNDS = Math.ceil(ROUNDS / 10);
/** A file may come to have a few more free pages. */
const PAGES_BYTES = 64 * 1024;
const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.close());

type Rows = Readonly<Record<string, number>>;
interface Counts {
  value: number;
  error: number;
}

/** How many rows each table has, but for lines of the log, which has its own bound. */
function countRows({ path }: TestVat): Rows {
  const db = new Database(path, { readonly: true });
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'log'")
    .pluck()
    .all() as string[];
  const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  const rows = Object.fromEntries(tables.map((table) => [table, count(table) as number]));
  db.close();
  return rows;
}

/** Bytes of the file, free pages included, while the vat is down. */
function fileBytes(vat: TestVat): number {
  vat.halt();
  const db = new Database(vat.path, { readonly: true });
  const bytes = db.prepare(
    'SELECT page_count * page_size FROM pragma_page_count, pragma_page_size',
  );
  const found = bytes.pluck().get() as number;
  db.close();
  vat.revive();
  return found;
}

/** Objects: of vat one at place 0, of vat two at place 1. What a step names is at the next places. */
type Kinds = readonly (readonly Step[])[];

const ANSWERS: Kinds = [
  // With a continuation.
  [
    ['ask', 1, [['return', '"value"']]],
    ['when', 2, { fulfilled: 0, rejected: 0 }],
  ],
  // A pipelined pair, of which the second is sent to what the first becomes: it comes home.
  [
    ['ask', 1, [['return', '{"$":0}', [0]]], [0]],
    ['ask', 2, [['return', '[{"$":0}]', [0]]], [1]],
    ['when', 3, { fulfilled: 0, rejected: 0 }],
  ],
  // Rejected, and so is what was pipelined to it.
  [
    ['ask', 1, [['throw', 'no']]],
    ['ask', 2, [['return', '1']]],
    ['when', 3, { fulfilled: 0, rejected: 0 }],
  ],
  // Two, of which one is of the own vat, as one.
  [
    ['ask', 1, [['return', '1']]],
    ['ask', 0, [['return', '2']]],
    ['all', [2, 3]],
    ['when', 4, { fulfilled: 0, rejected: 0 }],
  ],
  // One that nobody waits for.
  [['ask', 1, [['return', '{"$":0}', [0]]], [0]]],
];

/** Each gives the other vat one promise by a name of its own. */
const PASSED: Kinds = [
  // It goes along, comes home, and is resolved later.
  [
    ['promise'],
    ['ask', 1, [['return', '{"$":0}', [0]]], [2]],
    ['when', 4, { fulfilled: 0, rejected: 0 }],
    ['ask', 1, []],
    ['when', 6, { fulfilled: 3 }],
  ],
  // It is rejected before it goes, and so is what was pipelined to it.
  [
    ['promise'],
    ['give', 3, '{"error":{"name":"Error","message":"no"}}'],
    ['ask', 1, [['return', '{"$":0}', [0]]], [2]],
    ['ask', 4, [['return', '1']]],
    ['when', 5, { fulfilled: 0, rejected: 0 }],
  ],
  // An answer is the first to name it.
  [
    [
      'ask',
      1,
      [
        ['ask', 0, [['return', '7']]],
        ['return', '[{"$":0}]', [1]],
      ],
      [1],
    ],
    ['when', 2, { fulfilled: 0, rejected: 0 }],
  ],
];

/** Counts what comes to continuations by kind of end, and remembers none of it. */
function counting(counts: Counts): Script {
  return (turn, tell) => {
    const said: unknown = JSON.parse(turn.args.body);
    if (Array.isArray(said)) return runProgram(turn, tell);
    counts['value' in (said as object) ? 'value' : 'error'] += 1;
    return done(turn.turn);
  };
}

interface Played {
  readonly one: TestVat;
  readonly two: TestVat;
  readonly counts: Counts;
  /** Of both vats, after the first round and in the end. */
  readonly before: readonly Rows[];
  readonly after: readonly Rows[];
  /** Bytes of both files, after a tenth of the rounds and in the end. */
  readonly sizes: readonly (readonly number[])[];
}

/** Plays so many rounds, in each of which each kind is played so often. */
function playRounds(kinds: Kinds): Played {
  const [one, two] = [world.vat('one'), world.vat('two')];
  const [ofOne, ofTwo] = [one.install(), two.install()];
  const counts = { value: 0, error: 0 };
  for (const vat of [one, two]) {
    vat.setLimits({ logLinesPerOwner: 100 });
    vat.setScript(counting(counts));
  }
  const program = kinds.flatMap((steps) =>
    Array.from({ length: EACH }, (): Step => ['send', 0, steps, [0, 1]]),
  );
  const round = (n: number): void => {
    const id = `round-${n}`;
    one.send(ofOne, program, { id, slots: [ofOne, ofTwo], answer: true });
    world.run();
    one.control({ type: 'result', id, forget: true });
    world.run();
  };
  round(0);
  const before = [one, two].map(countRows);
  const sizes: number[][] = [];
  for (let n = 1; n <= ROUNDS; n += 1) {
    round(n);
    if (n === 1) for (const vat of [one, two]) vat.crash();
    if (n === FIRST_ROUNDS || n === ROUNDS) sizes.push([one, two].map(fileBytes));
  }
  world.run();
  const after = [one, two].map(countRows);
  for (const vat of [one, two]) {
    expect(vat.status().promises).toEqual(NOTHING);
    expect(damagesOf(vat, vat.path)).toEqual([]);
  }
  expect(disagreements(world)).toEqual([]);
  return { one, two, counts, before, after, sizes };
}

describe('many answers across vats', { timeout: 1_200_000 }, () => {
  it('Q26 leave no row in either vat, and files that do not grow with them', () => {
    const { counts, before, after, sizes } = playRounds(ANSWERS);
    const each = EACH * (ROUNDS + 1);
    expect(counts).toEqual({ value: 3 * each, error: each });
    expect(after).toEqual(before);
    const grown = sizes[1]!.map((bytes, at) => bytes - sizes[0]![at]!);
    expect(Math.max(...grown)).toBeLessThan(PAGES_BYTES);
  });

  it('Q26 leave at most a checkpoint at each end for each promise that had a name, and nothing else', () => {
    const { counts, before, after } = playRounds(PASSED);
    const each = EACH * (ROUNDS + 1);
    expect(counts).toEqual({ value: 2 * each, error: each });
    const more = PASSED.length * EACH * ROUNDS;
    for (const [at, rows] of after.entries()) {
      const checkpoint = rows['checkpoint']!;
      expect(rows).toEqual({ ...before[at], checkpoint });
      expect(checkpoint).toBeLessThanOrEqual(before[at]!['checkpoint']! + more);
    }
  });
});
