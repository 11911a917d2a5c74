// Promises by chance: programs that no one thought of, while the vat dies and disks are full, and yet
// each promise becomes what a model says that knows of no rows, and leaves none.

import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import type { Qrid } from '../../src/core/ids.ts';
import { COMMIT_WAIT_MS_MAX } from '../../src/core/limits.ts';
import { makeRandom } from '../sim/random.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { Death } from '../sim/watched-store.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { someOf } from '../thorough.ts';
import { complaints, type Made, type Reply, readSeen, waitsFor } from './promise-model.ts';

const OBJECTS = 4;
const ROUNDS = 30;
const ACTIONS = 6;
const DEADLINE_MS = 30_000;
/** Thirty and more were tried; each costs a second or two. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

let world: World;
afterEach(() => world.close());

/** What the sender of all keeps in its memory, in order. */
interface Kept {
  readonly what: 'promise' | 'resolver';
  readonly n: number;
}

interface Game {
  readonly random: () => number;
  readonly one: TestVat;
  /** The sender, the one that is told how promises end, and the others. */
  readonly sender: Qrid;
  readonly teller: Qrid;
  readonly objects: readonly Qrid[];
  readonly made: Made[];
  readonly watched: Set<number>;
  kept: Kept[];
}

const below = ({ random }: Game, count: number): number => Math.floor(random() * count);
const chance = ({ random }: Game, part: number): boolean => random() < part;

/** One program of the sender while it is written. Place 0 is the teller, then come the objects. */
interface Draft {
  readonly steps: Step[];
  places: number;
  /** Places of the promises that it can use, by number, and of the resolvers. */
  readonly promises: Map<number, number>;
  readonly resolvers: Map<number, number>;
}

function begin({ kept }: Game): Draft {
  const draft: Draft = {
    steps: [],
    places: 1 + OBJECTS,
    promises: new Map(),
    resolvers: new Map(),
  };
  kept.forEach(({ what, n }, at) => {
    draft.steps.push(['take', at]);
    (what === 'promise' ? draft.promises : draft.resolvers).set(n, draft.places);
    draft.places += 1;
  });
  return draft;
}

/** The number of a promise that the next step makes. */
function make(game: Game, draft: Draft, promise: Made): number {
  const n = game.made.push(promise) - 1;
  draft.promises.set(n, draft.places);
  draft.places += 1;
  return n;
}

/** Most promises are watched; one that is not, nobody uses, so that it is forgotten. */
function watch(game: Game, draft: Draft, n: number): void {
  if (chance(game, 0.1)) return void draft.promises.delete(n);
  const place = draft.promises.get(n)!;
  draft.steps.push(['when', place, { fulfilled: 0, rejected: 0, context: String(n) }]);
  draft.places += 1;
  game.watched.add(n);
}

function someReply(game: Game, draft: Draft): Reply {
  const kind = below(game, 4);
  const promises = [...draft.promises.keys()];
  if (kind === 0) return { throws: `thrown by ${game.made.length}` };
  if (kind === 1) return { object: below(game, OBJECTS) };
  if (kind === 2 && promises.length > 0)
    return { promise: promises[below(game, promises.length)]! };
  return { value: game.made.length };
}

const placeOf = (draft: Draft, reply: Reply): number[] => {
  if ('object' in reply) return [1 + reply.object];
  return 'promise' in reply ? [draft.promises.get(reply.promise)!] : [];
};

/** The program that notes its number and replies; the place of its reference is the first. */
function program(n: number, reply: Reply): Step[] {
  const note: Step = ['note', n];
  if ('throws' in reply) return [['throw', reply.throws]];
  return [
    note,
    ['return', 'value' in reply ? String(reply.value) : '{"$":0}', 'value' in reply ? [] : [0]],
  ];
}

function ask(game: Game, draft: Draft): void {
  const promises = [...draft.promises.keys()];
  const via =
    promises.length > 0 && chance(game, 0.4) ? promises[below(game, promises.length)]! : -1;
  const to = via < 0 ? { object: below(game, OBJECTS) } : { promise: via };
  const place = 'object' in to ? 1 + to.object : draft.promises.get(via)!;
  const reply = someReply(game, draft);
  const hasDeadline = chance(game, 0.1);
  const places = placeOf(draft, reply);
  const n = make(game, draft, { kind: 'ask', to, reply, hasDeadline });
  const run = program(n, reply);
  const deadline = { deadlineMs: DEADLINE_MS };
  draft.steps.push(
    hasDeadline ? ['ask', place, run, places, deadline] : ['ask', place, run, places],
  );
  watch(game, draft, n);
}

function waitFor(game: Game, draft: Draft): void {
  const promises = [...draft.promises.keys()];
  if (promises.length === 0) return;
  const of = promises[below(game, promises.length)]!;
  const object = below(game, OBJECTS);
  const n = game.made.length;
  const reply = chance(game, 0.3) ? { throws: `thrown by ${n}` } : { value: n };
  const tells = (['both', 'values', 'errors'] as const)[below(game, 3)]!;
  const place = draft.promises.get(of)!;
  make(game, draft, { kind: 'when', of, object, reply, tells });
  const context = JSON.stringify(program(n, reply));
  const fulfilled = tells === 'errors' ? {} : { fulfilled: 1 + object };
  const rejected = tells === 'values' ? {} : { rejected: 1 + object };
  draft.steps.push(['when', place, { ...fulfilled, ...rejected, context }]);
  watch(game, draft, n);
}

/** Not of combinations: three levels of them could be too large to be told. */
function combine(game: Game, draft: Draft): void {
  const isPart = (n: number): boolean => !('parts' in game.made[n]!);
  const promises = [...draft.promises.keys()].filter(isPart);
  if (promises.length === 0) return;
  const parts = Array.from(
    { length: 1 + below(game, 3) },
    () => promises[below(game, promises.length)]!,
  );
  const kind = (['all', 'first', 'settled'] as const)[below(game, 3)]!;
  const places = parts.map((n) => draft.promises.get(n)!);
  const hasDeadline = kind === 'first' && chance(game, 0.5);
  draft.steps.push(hasDeadline ? [kind, places, { deadlineMs: DEADLINE_MS }] : [kind, places]);
  watch(game, draft, make(game, draft, { kind, parts, hasDeadline }));
}

function makeResolver(game: Game, draft: Draft): void {
  draft.steps.push(['promise']);
  const n = make(game, draft, { kind: 'resolver' });
  draft.resolvers.set(n, draft.places);
  draft.places += 1;
  watch(game, draft, n);
}

function resolve(game: Game, draft: Draft, n: number): void {
  const promise = game.made[n]!;
  const place = draft.resolvers.get(n)!;
  if (promise.kind !== 'resolver' || promise.said) return;
  const reply = someReply(game, draft);
  // Whether circles are found is another test's.
  if ('promise' in reply && waitsFor(game.made, reply.promise).has(n)) return;
  promise.said = reply;
  const value = 'value' in reply ? String(reply.value) : '{"$":0}';
  const body =
    'throws' in reply
      ? `{"error":{"name":"Error","message":"${reply.throws}"}}`
      : `{"value":${value}}`;
  draft.steps.push(['give', place, body, placeOf(draft, reply)]);
  if (!chance(game, 0.2)) return;
  const refused = make(game, draft, { kind: 'refused' });
  draft.steps.push(['ask data', place, '{"value":0}']);
  watch(game, draft, refused);
}

function act(game: Game, draft: Draft): void {
  const actions = [ask, ask, waitFor, combine, makeResolver];
  const unused = [...draft.resolvers.keys()];
  const chosen = below(game, actions.length + 1);
  if (chosen < actions.length) return actions[chosen]!(game, draft);
  if (unused.length > 0) resolve(game, draft, unused[below(game, unused.length)]!);
}

/** Keeps some of the promises, and all resolvers that were not used, and sends the program. */
function end(game: Game, draft: Draft, part = 0.7): void {
  game.kept = [];
  draft.steps.push(['forget']);
  const keep = (what: Kept['what'], n: number, place: number): void => {
    game.kept.push({ what, n });
    draft.steps.push(['keep', place]);
  };
  for (const [n, place] of draft.promises) if (chance(game, part)) keep('promise', n, place);
  for (const [n, place] of draft.resolvers) {
    const promise = game.made[n]!;
    if (promise.kind === 'resolver' && !promise.said) keep('resolver', n, place);
  }
  game.one.send(game.sender, draft.steps, { slots: [game.teller, ...game.objects] });
}

/** Deaths, full disks and commits of their own, by chance. */
function disturb(game: Game, state: { isCalm: boolean }): void {
  const { one } = game;
  one.setScript((turn, tell) => {
    if (!state.isCalm && chance(game, 0.005)) {
      one.crash();
      return undefined;
    }
    const outcome = runProgram(turn, tell);
    if (chance(game, 0.3)) world.stall(COMMIT_WAIT_MS_MAX);
    return outcome;
  });
  one.setWatch({
    before: ({ name }) => {
      if (state.isCalm || name !== 'commit' || !chance(game, 0.02)) return;
      if (chance(game, 0.5)) throw new Death();
      throw new QrtError('QRT_DISK_FULL', { dir: 'test' });
    },
  });
}

function play(seed: number): Game {
  world = makeWorld(seed);
  const one = world.vat('one');
  const [sender, teller, ...objects] = Array.from({ length: 2 + OBJECTS }, () => one.install());
  const game: Game = {
    ...{ random: makeRandom(seed), one, sender: sender!, teller: teller!, objects },
    ...{ made: [], watched: new Set<number>(), kept: [] },
  };
  const state = { isCalm: false };
  disturb(game, state);
  for (let round = 0; round < ROUNDS; round += 1) {
    const draft = begin(game);
    for (let left = 1 + below(game, ACTIONS); left > 0; left -= 1) act(game, draft);
    end(game, draft);
    world.run([5, 50, 1_000, 60_000][below(game, 4)]!);
    if (chance(game, 0.2)) one.crash();
    expect(damagesOf(one, one.path)).toEqual([]);
  }
  state.isCalm = true;
  const draft = begin(game);
  while (game.made.some((promise) => promise.kind === 'resolver' && !promise.said)) {
    for (const n of draft.resolvers.keys()) resolve(game, draft, n);
  }
  end(game, draft, 0);
  world.run();
  return game;
}

describe('promises by chance', () => {
  for (const seed of someOf(SEEDS, 4)) {
    it(`Q8 Q20 Q22 each is told once what it became, and leaves nothing (${seed})`, () => {
      const { one, teller, objects, made, watched } = play(seed);
      const seen = readSeen(
        notesOf(one, teller),
        objects.map((object) => notesOf(one, object)),
      );
      expect(complaints(made, watched, seen)).toEqual([]);
      expect(one.status()).toMatchObject({ quarantined: 0, inbox: { rows: 0 } });
      const db = new Database(one.path, { readonly: true });
      for (const table of ['promise', 'pending', 'holding', 'inbox']) {
        expect(db.prepare(`SELECT * FROM ${table}`).all()).toEqual([]);
      }
      db.close();
      expect(damagesOf(one, one.path)).toEqual([]);
    });
  }
});
