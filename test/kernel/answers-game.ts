// Answers game: what objects in three vats do with promises by chance, and what is to come of it.

import type { Qrid } from '../../src/core/ids.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { type Made, type Reply, waitsFor } from './promise-model.ts';

export const VATS = ['one', 'two', 'three'];
export const ACTORS = 3 * VATS.length;
const DEADLINE_MS = 30_000;
/** Watchers beyond the first of a promise have numbers from here on. */
export const EXTRA = 1_000_000;

/** What an actor keeps; messages of one `line` to a promise keep their order. */
interface Kept {
  readonly what: 'promise' | 'resolver';
  readonly n: number;
  readonly line: number;
}

export interface Actor {
  readonly vat: TestVat;
  readonly qrid: Qrid;
  readonly at: number;
  kept: Kept[];
  /** What it is given in this round, in which nobody tells it what to do. */
  given: Kept[];
  isDriven: boolean;
}

export interface Game {
  readonly random: () => number;
  readonly vats: readonly TestVat[];
  readonly tellers: readonly Qrid[];
  readonly actors: readonly Actor[];
  readonly made: Made[];
  readonly watched: Set<number>;
  /** The promise of each watcher beyond the first. */
  readonly extra: number[];
  /** Messages of one sender to one promise, in their order. */
  readonly lines: Map<string, number[]>;
  newestLine: number;
}

export const below = ({ random }: Game, count: number): number => Math.floor(random() * count);
export const chance = ({ random }: Game, part: number): boolean => random() < part;
export const one = <T>(game: Game, list: readonly T[]): T => list[below(game, list.length)]!;

/** One program of an actor while it is written. The first places are the tellers, then the actors. */
interface Draft {
  readonly actor: Actor;
  readonly steps: Step[];
  places: number;
  readonly promises: Map<number, { readonly place: number; readonly line: number }>;
  readonly resolvers: Map<number, number>;
}

const placeOfActor = (at: number): number => VATS.length + at;
const teller = (game: Game): number => below(game, VATS.length);
const newLine = (game: Game): number => {
  game.newestLine += 1;
  return game.newestLine;
};

export function begin(actor: Actor): Draft {
  const places = VATS.length + ACTORS;
  const draft: Draft = { actor, steps: [], places, promises: new Map(), resolvers: new Map() };
  actor.kept.forEach(({ what, n, line }, at) => {
    draft.steps.push(['take', at]);
    if (what === 'promise') draft.promises.set(n, { place: draft.places, line });
    else draft.resolvers.set(n, draft.places);
    draft.places += 1;
  });
  return draft;
}

/** The number of a promise that the next step makes. */
function make(game: Game, draft: Draft, promise: Made): number {
  const n = game.made.push(promise) - 1;
  draft.promises.set(n, { place: draft.places, line: newLine(game) });
  draft.places += 1;
  return n;
}

/** Most promises are watched; one that is not, nobody uses, so that it is forgotten. */
function watch(game: Game, draft: Draft, n: number): void {
  if (chance(game, 0.1)) return void draft.promises.delete(n);
  const at = teller(game);
  const { place } = draft.promises.get(n)!;
  draft.steps.push(['when', place, { fulfilled: at, rejected: at, context: String(n) }]);
  draft.places += 1;
  game.watched.add(n);
}

function someReply(game: Game, draft: Draft): Reply {
  const kind = below(game, 4);
  const promises = [...draft.promises.keys()];
  if (kind === 0) return { throws: `thrown by ${game.made.length}` };
  if (kind === 1) return { object: below(game, ACTORS) };
  if (kind > 1 && promises.length > 0) return { promise: one(game, promises) };
  return { value: game.made.length };
}

const placesOf = (draft: Draft, reply: Reply): number[] => {
  if ('object' in reply) return [placeOfActor(reply.object)];
  return 'promise' in reply ? [draft.promises.get(reply.promise)!.place] : [];
};

/** The program that notes its number and replies; the place of its reference is the first. */
function program(n: number, reply: Reply): Step[] {
  if ('throws' in reply) return [['throw', reply.throws]];
  const hasValue = 'value' in reply;
  return [
    ['note', n],
    ['return', hasValue ? String(reply.value) : '{"$":0}', hasValue ? [] : [0]],
  ];
}

function ask(game: Game, draft: Draft): void {
  // Not to one with a deadline: the peer that decides it may know the end that came here too late.
  const isLasting = (n: number): boolean =>
    !('hasDeadline' in game.made[n]! && game.made[n].hasDeadline);
  const promises = [...draft.promises.keys()].filter(isLasting);
  const via = promises.length > 0 && chance(game, 0.5) ? one(game, promises) : -1;
  const to = via < 0 ? { object: below(game, ACTORS) } : { promise: via };
  const reply = someReply(game, draft);
  const places = placesOf(draft, reply);
  const known = draft.promises.get(via);
  const place = 'object' in to ? placeOfActor(to.object) : known!.place;
  const hasDeadline = chance(game, 0.05);
  const n = make(game, draft, { kind: 'ask', to, reply, hasDeadline });
  if (known) {
    const key = `${via} by ${known.line}`;
    game.lines.set(key, [...(game.lines.get(key) ?? []), n]);
  }
  const run = program(n, reply);
  const deadline = { deadlineMs: DEADLINE_MS };
  draft.steps.push(
    hasDeadline ? ['ask', place, run, places, deadline] : ['ask', place, run, places],
  );
  watch(game, draft, n);
}

/** Asks an object that asks another one, and answers its promise at once. */
function askThrough(game: Game, draft: Draft): void {
  const [middle, last] = [below(game, ACTORS), below(game, ACTORS)];
  const inner =
    game.made.push({
      ...{ kind: 'ask', to: { object: last }, reply: { value: game.made.length } },
      hasDeadline: false,
    }) - 1;
  game.watched.add(inner);
  const n = game.made.length;
  const steps: Step[] = [
    ['note', n],
    ['ask', 0, program(inner, { value: inner })],
    ['when', 2, { fulfilled: 1, rejected: 1, context: String(inner) }],
    ['return', '{"$":0}', [2]],
  ];
  draft.steps.push(['ask', placeOfActor(middle), steps, [placeOfActor(last), teller(game)]]);
  const reply = { promise: inner };
  make(game, draft, { kind: 'ask', to: { object: middle }, reply, hasDeadline: false });
  watch(game, draft, n);
}

function waitFor(game: Game, draft: Draft): void {
  const promises = [...draft.promises.keys()];
  if (promises.length === 0) return;
  const of = one(game, promises);
  const object = below(game, ACTORS);
  const n = game.made.length;
  const reply = chance(game, 0.3) ? { throws: `thrown by ${n}` } : { value: n };
  const tells = (['both', 'values', 'errors'] as const)[below(game, 3)]!;
  const { place } = draft.promises.get(of)!;
  make(game, draft, { kind: 'when', of, object, reply, tells });
  const context = JSON.stringify(program(n, reply));
  const at = placeOfActor(object);
  const fulfilled = tells === 'errors' ? {} : { fulfilled: at };
  const rejected = tells === 'values' ? {} : { rejected: at };
  draft.steps.push(['when', place, { ...fulfilled, ...rejected, context }]);
  watch(game, draft, n);
}

/** Another object waits for it, too. */
function passOn(game: Game, draft: Draft): void {
  const promises = [...draft.promises.keys()];
  if (promises.length === 0) return;
  const n = one(game, promises);
  const context = String(EXTRA + game.extra.push(n) - 1);
  const steps: Step[] = [['when', 0, { fulfilled: 1, rejected: 1, context }]];
  const places = [draft.promises.get(n)!.place, teller(game)];
  draft.steps.push(['send', placeOfActor(below(game, ACTORS)), steps, places]);
}

/** Another object keeps it; a resolver changes hands. */
function handOn(game: Game, draft: Draft): void {
  const free = game.actors.filter((actor) => !actor.isDriven && actor.given.length === 0);
  if (free.length === 0) return;
  const to = one(game, free);
  const has = (n: number): boolean => to.kept.some((kept) => kept.n === n);
  const promises = [...draft.promises.keys()].filter((n) => !has(n)).slice(0, 3);
  const resolvers = [...draft.resolvers.keys()].filter((n) => isOpen(game, n)).slice(0, 1);
  const places = [
    ...promises.map((n) => draft.promises.get(n)!.place),
    ...resolvers.map((n) => draft.resolvers.get(n)!),
  ];
  if (places.length === 0) return;
  const steps = places.map((_, at): Step => ['keep', at]);
  draft.steps.push(['send', placeOfActor(to.at), steps, places]);
  for (const n of promises) to.given.push({ what: 'promise', n, line: newLine(game) });
  for (const n of resolvers) {
    to.given.push({ what: 'resolver', n, line: 0 });
    draft.resolvers.delete(n);
  }
}

export const isOpen = ({ made }: Game, n: number): boolean => {
  const promise = made[n]!;
  return promise.kind === 'resolver' && !promise.said;
};

function makeResolver(game: Game, draft: Draft): void {
  draft.steps.push(['promise']);
  const n = make(game, draft, { kind: 'resolver' });
  draft.resolvers.set(n, draft.places);
  draft.places += 1;
  const at = teller(game);
  const { place } = draft.promises.get(n)!;
  draft.steps.push(['when', place, { fulfilled: at, rejected: at, context: String(n) }]);
  draft.places += 1;
  game.watched.add(n);
}

export function resolve(game: Game, draft: Draft): void {
  const open = [...draft.resolvers.keys()].filter((n) => isOpen(game, n));
  if (open.length === 0) return;
  const n = one(game, open);
  const promise = game.made[n]!;
  const reply = someReply(game, draft);
  // Whether circles are found is another test's.
  if (promise.kind !== 'resolver') return;
  if ('promise' in reply && waitsFor(game.made, reply.promise).has(n)) return;
  promise.said = reply;
  const value = 'value' in reply ? String(reply.value) : '{"$":0}';
  const body =
    'throws' in reply
      ? `{"error":{"name":"Error","message":"${reply.throws}"}}`
      : `{"value":${value}}`;
  draft.steps.push(['give', draft.resolvers.get(n)!, body, placesOf(draft, reply)]);
}

export const ACTS = [ask, ask, askThrough, waitFor, passOn, handOn, makeResolver, resolve];

/** Keeps some of the promises, and all resolvers that were not used, and sends the program. */
export function end(game: Game, draft: Draft, part = 0.6): void {
  const { actor, steps } = draft;
  actor.kept = [];
  steps.push(['forget']);
  for (const [n, { place, line }] of draft.promises) {
    if (!chance(game, part)) continue;
    actor.kept.push({ what: 'promise', n, line });
    steps.push(['keep', place]);
  }
  for (const [n, place] of draft.resolvers) {
    if (!isOpen(game, n)) continue;
    actor.kept.push({ what: 'resolver', n, line: 0 });
    steps.push(['keep', place]);
  }
  const slots = [...game.tellers, ...game.actors.map(({ qrid }) => qrid)];
  actor.vat.send(actor.qrid, steps, { slots });
}
