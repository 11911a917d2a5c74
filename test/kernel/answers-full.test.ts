// Answers without room: two vats whose queues are full both ways ask, pipeline and resolve by chance,
// over lost boxes, deaths and dropped links. All goes on by itself when room comes, and each answer is
// told once: as it should be, or by a name.

import { afterEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { drop } from '../sim/keeper.ts';
import { honestWire } from '../sim/network.ts';
import { makeRandom } from '../sim/random.ts';
import { runProgram, type Script, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { someOf } from '../thorough.ts';

const ROUNDS = 6;
const ASKS = 10;
const PIPELINED = 5;
const CELLS = 6;
const DAY_MS = 86_400_000;
const LIMITS = { inboxRows: 64, outboxRows: 48, turnSends: 20 };
const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };
const SEEDS = Array.from({ length: 24 }, (_, n) => n + 1);

interface Side {
  readonly vat: TestVat;
  readonly driver: Qrid;
  readonly teller: Qrid;
  readonly callee: Qrid;
  /** Each answers one promise that is open until it is told to settle it. */
  readonly cells: Qrid[];
}

interface Game {
  readonly random: () => number;
  readonly sides: readonly [Side, Side];
  /** Cells of the other side that are to be settled, by the side that asks. */
  readonly open: { readonly by: Side; readonly cell: Qrid }[];
  asked: number;
}

let world: World;
afterEach(() => world.close());

const below = ({ random }: Game, count: number): number => Math.floor(random() * count);
const [TELLER, CALLEE, MADE] = [0, 1, 2];
const watch = (place: number, n: number): Step => [
  'when',
  place,
  { fulfilled: TELLER, rejected: TELLER, context: String(n) },
];
/** Answers with itself, so that one can send to the answer. */
const SELF: Step = ['return', '{"$":0}', [0]];
const OPEN: readonly Step[] = [['promise'], ['keep', 1], SELF];
const SETTLE: readonly Step[] = [['take', 0], ['forget'], ['give', 1, '{"value":{"$":0}}', [0]]];

/** A turn that wants to send more than it has room for fails, as one would that does not catch it. */
const bounded: Script = (turn, tell) => {
  const outcome = runProgram(turn, tell);
  if (outcome?.status !== 'done') return outcome;
  const { sends, whens, promises } = outcome;
  const { inbox, outbox } = turn.readings;
  // Told to settle what was never opened, as the one that should have done so had no room.
  const isVain = sends.some(({ target }) => target === undefined);
  const rows = sends.length + whens.length + promises.length;
  if (!isVain && rows <= Math.min(inbox.rows, outbox.rows)) return outcome;
  const failure = { name: 'Error', message: 'QRT_NO_ROOM' };
  return { type: 'outcome', turn: turn.turn, status: 'failed', failure };
};

function makeSide(name: string): Side {
  const vat = world.vat(name);
  const cells = Array.from({ length: CELLS }, () => vat.install());
  const [driver, teller, callee] = [vat.install(), vat.install(), vat.install()];
  return { vat, driver, teller, callee, cells };
}

/** Has the driver do something, and note that it did. */
function drive({ vat, driver, teller }: Side, steps: readonly Step[], to: Qrid): void {
  vat.send(driver, steps, { slots: [teller, to] });
}

function ask(game: Game, by: Side, of: Side): void {
  const n = game.asked;
  const kind = below(game, 4);
  const note = (k: number): Step => ['note', k];
  if (kind === 0) {
    game.asked += 1;
    return drive(by, [note(n), ['ask', CALLEE, [note(n)]], watch(MADE, n)], of.callee);
  }
  if (kind === 1) {
    game.asked += 1;
    return drive(by, [note(n), ['ask', CALLEE, [['throw', 'no']]], watch(MADE, n)], of.callee);
  }
  const cell = kind === 2 ? undefined : of.cells.pop();
  const first: Step = ['ask', CALLEE, cell ? OPEN : [SELF], cell ? [] : [CALLEE]];
  const steps: Step[] = [first];
  for (let k = 0; k < PIPELINED; k += 1) {
    steps.push(note(n + k), ['ask', MADE, [note(n + k)]], watch(MADE + 1 + 2 * k, n + k));
  }
  game.asked += PIPELINED;
  if (cell) {
    if (below(game, 2) === 0) steps.push(['send', CALLEE, SETTLE, [CALLEE]]);
    else game.open.push({ by, cell });
  }
  drive(by, steps, cell ?? of.callee);
}

function disturb(game: Game): void {
  world.setWire((bytes) => {
    if (below(game, 10) === 0) return [];
    return [{ type: 'arrive', bytes, delayMs: 1 + below(game, 2_000) }];
  });
}

function play(seed: number, hasDrops: boolean): { game: Game; cells: ReadonlySet<Qrid> } {
  world = makeWorld(seed);
  const sides = [makeSide('one'), makeSide('two')] as const;
  const cells = new Set(sides.flatMap((side) => side.cells));
  const game: Game = { random: makeRandom(seed), sides, open: [], asked: 0 };
  for (const { vat } of sides) {
    vat.setLimits(LIMITS);
    vat.setScript(bounded);
  }
  const dropAt = hasDrops ? 1 + below(game, ROUNDS - 1) : ROUNDS;
  for (let round = 0; round < ROUNDS; round += 1) {
    disturb(game);
    for (let asks = 0; asks < ASKS; asks += 1) {
      const first = below(game, 2);
      ask(game, sides[first]!, sides[1 - first]!);
      if (below(game, 3) === 0) world.run(below(game, 4_000));
    }
    if (below(game, 2) === 0) sides[below(game, 2)]!.vat.crash();
    if (round === dropAt) drop(sides[0].vat, sides[1].vat.id);
  }
  world.setWire(honestWire);
  world.run(DAY_MS);
  if (hasDrops) drop(sides[1].vat, sides[0].vat.id);
  return { game, cells };
}

/** Whoever knows a resolver uses it. */
function end({ sides, open }: Game, cells: ReadonlySet<Qrid>, hasDrops: boolean): void {
  for (const { by, cell } of open) drive(by, [['send', CALLEE, SETTLE, [CALLEE]]], cell);
  world.run(DAY_MS);
  if (!hasDrops) return;
  for (const cell of cells) {
    const { vat } = sides.find((side) => side.vat.id === cell.vat)!;
    vat.send(cell, SETTLE, { slots: [cell] });
  }
  world.run(DAY_MS);
}

interface Told {
  readonly context: number;
  readonly value?: unknown;
  readonly error?: { readonly message: string; readonly code?: string };
}

const numbers = (vat: TestVat, of: Qrid): number[] =>
  notesOf(vat, of).filter((note): note is number => typeof note === 'number');
const sorted = (list: readonly number[]): number[] => list.toSorted((one, other) => one - other);

/** What was asked, what ran and what was told of it fit together; each error has one of these names. */
function expectTold({ sides }: Game, cells: ReadonlySet<Qrid>, names: readonly string[]): void {
  const ran = sides.flatMap(({ vat, callee }) => numbers(vat, callee));
  for (const { vat } of sides) {
    for (const cell of cells) {
      if (cell.vat !== vat.id) continue;
      const came = numbers(vat, cell);
      expect(came).toEqual(sorted(came));
      ran.push(...came);
    }
  }
  expect(new Set(ran).size).toBe(ran.length);
  const [asked, told] = [[] as number[], [] as Told[]];
  for (const { vat, driver, teller } of sides) {
    asked.push(...numbers(vat, driver));
    told.push(...(notesOf(vat, teller) as Told[]));
  }
  expect(sorted(told.map(({ context }) => context))).toEqual(sorted(asked));
  for (const { context, error } of told) {
    if (!error) expect(ran).toContain(context);
    else expect(names).toContain(error.code ?? error.message);
    // Only a link that is dropped leaves open whether it ran.
    if (error && error.code !== 'QRT_LINK_DROPPED') expect(ran).not.toContain(context);
  }
}

function expectNothingLeft({ sides }: Game): void {
  for (const { vat } of sides) {
    expect([vat.name, vat.status().promises]).toEqual([vat.name, NOTHING]);
    expect(vat.status()).toMatchObject({ workersLost: 0, outbox: { rows: 0 }, inbox: { rows: 0 } });
    expect(damagesOf(vat, vat.path)).toEqual([]);
  }
}

describe('answers of vats without room', () => {
  it.each(someOf(SEEDS, 12))('Q8 Q22 all come once, or are refused for that (%i)', (seed) => {
    const { game, cells } = play(seed, false);
    end(game, cells, false);
    expect(world.run(DAY_MS)).toBe(true);
    expectTold(game, cells, ['no', 'QRT_NO_ROOM']);
    expectNothingLeft(game);
    expect(disagreements(world)).toEqual([]);
  });

  it.each(someOf(SEEDS, 12))('Q8 all are told once, also when the link is dropped (%i)', (seed) => {
    const { game, cells } = play(seed, true);
    end(game, cells, true);
    world.run(DAY_MS);
    expectTold(game, cells, ['no', 'QRT_NO_ROOM', 'QRT_LINK_DROPPED']);
    expectNothingLeft(game);
  });
});
