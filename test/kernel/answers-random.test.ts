// Answers by chance: objects in three vats ask, pass, keep, forget, settle and pipeline promises while
// boxes are lost and vats die, and yet each promise becomes what a model says, and leaves nothing.

import { afterEach, describe, expect, it } from 'vitest';
import { disagreements } from '../sim/checks.ts';
import { honestWire } from '../sim/network.ts';
import { makeRandom } from '../sim/random.ts';
import { runProgram } from '../sim/scripted-worker.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { RUN_SEED, someOf } from '../thorough.ts';
import {
  ACTORS,
  ACTS,
  type Actor,
  begin,
  below,
  chance,
  EXTRA,
  end,
  type Game,
  isOpen,
  one,
  resolve,
  VATS,
} from './answers-game.ts';
import { complaints, isLate, readSeen } from './promise-model.ts';

const ROUNDS = 8;
const DRIVES = 5;
const ACTIONS = 5;
/** The first ones, those that found something later, and some that no run had before. */
const SEEDS = [
  ...Array.from({ length: 16 }, (_, n) => n + 1),
  ...[149, 150, 153, 172],
  ...Array.from({ length: 8 }, (_, n) => RUN_SEED * 8 + n),
];

let world: World;
afterEach(() => world.close());

function disturb(game: Game): void {
  world.setWire((bytes) => {
    const delayMs = below(game, chance(game, 0.2) ? 3_000 : 100) + 1;
    const fate = { type: 'arrive', bytes, delayMs } as const;
    if (chance(game, 0.1)) return [];
    return chance(game, 0.1) ? [fate, { ...fate, delayMs: delayMs + below(game, 500) }] : [fate];
  });
  for (const vat of game.vats) {
    vat.setScript((turn, tell) => {
      if (!chance(game, 0.005)) return runProgram(turn, tell);
      vat.crash();
      return undefined;
    });
  }
}

function calm(game: Game): void {
  world.setWire(honestWire);
  for (const vat of game.vats) vat.setScript(runProgram);
}

function playRound(game: Game): void {
  disturb(game);
  for (const actor of game.actors) Object.assign(actor, { given: [], isDriven: false });
  for (let left = DRIVES; left > 0; left -= 1) {
    const free = game.actors.filter(({ given }) => given.length === 0);
    if (free.length === 0) break;
    const actor = one(game, free);
    actor.isDriven = true;
    const draft = begin(actor);
    for (let acts = 1 + below(game, ACTIONS); acts > 0; acts -= 1) one(game, ACTS)(game, draft);
    end(game, draft);
    world.run(one(game, [1, 50, 1_000, 40_000]));
    if (chance(game, 0.2)) one(game, game.vats).crash();
  }
  // What was kept came in an order that is known only when all is quiet.
  calm(game);
  world.run();
  for (const actor of game.actors) actor.kept.push(...actor.given);
}

function play(seed: number): Game {
  world = makeWorld(seed);
  const vats = VATS.map((name) => world.vat(name));
  const actors = Array.from({ length: ACTORS }, (_, at): Actor => {
    const vat = vats[at % vats.length]!;
    return { vat, qrid: vat.install(), at, kept: [], given: [], isDriven: false };
  });
  const game: Game = {
    ...{ random: makeRandom(seed), vats, actors, tellers: vats.map((vat) => vat.install()) },
    ...{ made: [], watched: new Set(), extra: [], lines: new Map(), newestLine: 0 },
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    playRound(game);
    for (const vat of vats) expect(damagesOf(vat, vat.path)).toEqual([]);
  }
  for (const actor of actors) {
    const draft = begin(actor);
    while ([...draft.resolvers.keys()].some((n) => isOpen(game, n))) resolve(game, draft);
    end(game, draft, 0);
  }
  world.run();
  return game;
}

/** Messages of one sender to one promise that came in another order. */
function outOfOrder({ lines }: Game, ran: readonly (readonly unknown[])[]): string[] {
  const found: string[] = [];
  for (const [line, sent] of lines) {
    for (const notes of ran) {
      const came = notes.filter((n) => sent.includes(n as number));
      if (came.join() !== sent.filter((n) => came.includes(n)).join()) {
        found.push(`to promise ${line} came ${came.join()}`);
      }
    }
  }
  return found;
}

describe('answers across vats by chance', () => {
  for (const seed of someOf(SEEDS, 12)) {
    it(`Q8 Q20 Q22 Q26 each is told once what it became, and leaves nothing (${seed})`, () => {
      const game = play(seed);
      const { vats, tellers, actors, made, watched, extra } = game;
      const told = tellers.flatMap((qrid, at) => notesOf(vats[at]!, qrid));
      const ran = actors.map(({ vat, qrid }) => notesOf(vat, qrid));
      const seen = readSeen(told, ran);
      const isUnsure = (n: number): boolean => isLate(made, seen, n);
      const all = complaints(made, watched, seen, isUnsure);
      const wrong = all.filter((each) => !each.startsWith('through'));
      expect(wrong).toEqual([]);
      expect(outOfOrder(game, ran)).toEqual([]);
      extra.forEach((n, at) => {
        const ends = [seen.ends.get(EXTRA + at), seen.ends.get(n)];
        if (isUnsure(n)) expect(ends.map((each) => each?.length)).toEqual([1, 1]);
        else expect({ n, ends: ends[0] }).toEqual({ n, ends: ends[1] });
      });
      expect(disagreements(world)).toEqual([]);
      for (const vat of vats) {
        expect([vat.name, vat.status().promises]).toMatchObject([
          ...[vat.name, { pending: 0, settled: 0, waiting: { rows: 0 } }],
        ]);
        expect([vat.name, vat.store().hasPromiseExports()]).toEqual([vat.name, false]);
        expect(damagesOf(vat, vat.path)).toEqual([]);
      }
    });
  }
});
