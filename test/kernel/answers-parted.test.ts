// Answers over parted histories: objects in three vats ask, pass, keep and settle promises by chance
// while disks go back, links are settled and dropped. Each promise ends as it should or by a code
// that says what was lost, and leaves nothing.

import { afterEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { copyBack, stateBetween } from '../sim/copy-back.ts';
import { doubtOf, drop, settle } from '../sim/keeper.ts';
import { miscounts } from '../sim/mentions.ts';
import { honestWire } from '../sim/network.ts';
import { makeRandom } from '../sim/random.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { someOf } from '../thorough.ts';

const ROUNDS = 5;
const DRIVES = 6;
/** Objects of each vat. */
const ACTORS = 3;
const SEEDS = Array.from({ length: 24 }, (_, n) => n + 1);

/** What may become of a promise where something was lost. */
const CODES = ['QRT_ANSWER_LOST', 'QRT_ITEM_DISCARDED', 'QRT_NO_OBJECT', 'QRT_NAME_UNKNOWN'];

let world: World;
afterEach(() => world.close());

interface Thing {
  readonly vat: TestVat;
  readonly qrid: Qrid;
}

interface Game {
  readonly random: () => number;
  readonly vats: readonly TestVat[];
  readonly tellers: readonly Thing[];
  readonly actors: readonly Thing[];
  /** Each makes at most one promise, and keeps its resolver: both go back with one disk. */
  readonly cells: Thing[];
  readonly used: { readonly cell: Thing; readonly n: number }[];
  /** What each watched promise becomes, by its number. */
  readonly ends: string[];
  readonly backups: { readonly vat: TestVat; readonly restore: () => void }[];
  dropped: (readonly [TestVat, TestVat])[];
}

const below = ({ random }: Game, count: number): number => Math.floor(random() * count);
const chance = ({ random }: Game, part: number): boolean => random() < part;
const one = <T>(game: Game, list: readonly T[]): T => list[below(game, list.length)]!;

/** Places of a program: a teller, and two objects. */
const [TELLER, FIRST, SECOND, MADE] = [0, 1, 2, 3];

const watch = (place: number, n: number, teller = TELLER): Step => [
  'when',
  place,
  { fulfilled: teller, rejected: teller, context: String(n) },
];
const reply = (n: number): Step[] => [['return', String(n)]];
const passOn: Step = ['return', '{"$":0}', [0]];

/** Programs that watch one promise, which becomes the number that it has. */
const ACTS: readonly ((n: number) => readonly Step[])[] = [
  (n) => [['ask', FIRST, reply(n)], watch(MADE, n)],
  (n) => [['ask', FIRST, [['throw', `thrown ${n}`]]], watch(MADE, n)],
  // An object asks another one, and its answer is that promise.
  (n) => [
    [
      'ask',
      FIRST,
      [
        ['ask', 0, reply(n)],
        ['return', '{"$":0}', [1]],
      ],
      [SECOND],
    ],
    watch(MADE, n),
  ],
  // What is sent to an answer goes to what that becomes.
  (n) => [['ask', FIRST, [passOn], [SECOND]], ['ask', MADE, reply(n)], watch(MADE + 1, n)],
  // The promise of one answer is known to a third vat, which keeps it and waits for it.
  (n) => [
    ['ask', FIRST, reply(n)],
    ['send', SECOND, [['keep', 0], watch(0, n, 1)], [MADE, TELLER]],
  ],
];
const THROWS = 1;

function send(game: Game, to: Thing, steps: readonly Step[]): void {
  const others = [one(game, game.tellers), one(game, game.actors), one(game, game.actors)];
  to.vat.send(to.qrid, steps, { slots: others.map(({ qrid }) => qrid) });
}

function act(game: Game): void {
  const at = below(game, ACTS.length);
  const n = game.ends.length;
  game.ends.push(at === THROWS ? `thrown ${n}` : String(n));
  send(game, one(game, game.actors), ACTS[at]!(n));
}

/** A promise that stays open until its cell is told to settle it. */
function makeOpen(game: Game): void {
  const cell = game.cells.pop();
  if (!cell) return;
  const n = game.ends.length;
  game.ends.push(String(n));
  game.used.push({ cell, n });
  const keep: Step[] = [['keep', 0], watch(0, n, 1)];
  send(game, cell, [
    ['promise'],
    ['keep', MADE + 1],
    ['send', FIRST, keep, [MADE, TELLER]],
    ['ask', SECOND, [passOn], [MADE]],
    watch(MADE + 2, n),
  ]);
}

/** Names only what is of the same vat: with another one the link may have been dropped. */
function tell(game: Game, { vat, qrid }: Thing, steps: readonly Step[]): void {
  const own = game.tellers.find((teller) => teller.vat === vat)!.qrid;
  vat.send(qrid, steps, { slots: [own, own, own] });
}

const settleOpen = (game: Game, { cell, n }: Game['used'][number]): void =>
  tell(game, cell, [['take', 0], ['give', MADE, `{"value":${n}}`], ['forget']]);

const letGo = (game: Game, actor: Thing): void => tell(game, actor, [['forget']]);

function drive(game: Game): void {
  if (chance(game, 0.25)) makeOpen(game);
  else if (chance(game, 0.2) && game.used.length > 0) settleOpen(game, one(game, game.used));
  else if (chance(game, 0.2)) letGo(game, one(game, game.actors));
  else act(game);
}

function disturb(game: Game): void {
  world.setWire((bytes) => {
    const delayMs = below(game, chance(game, 0.2) ? 3_000 : 100) + 1;
    return chance(game, 0.1) ? [] : [{ type: 'arrive', bytes, delayMs }];
  });
}

/** Something goes each way between any two vats, so that they see what they disagree about. */
function greet({ tellers }: Game): void {
  for (const { vat } of tellers) {
    for (const { qrid } of tellers) vat.send(qrid, [['log', 'hello']]);
  }
}

/** Operators decide by chance what is in doubt, until nothing is. */
function settleAll(game: Game): void {
  greet(game);
  for (let round = 0; round < 8; round += 1) {
    world.run(60_000);
    for (const vat of game.vats) {
      for (const peer of game.vats) {
        if (isDropped(game, vat, peer)) continue;
        const link = vat === peer ? undefined : doubtOf(vat, peer).links[0];
        if (link?.isDecided !== false) continue;
        settle(vat, peer, { rest: chance(game, 0.5) ? 'resend' : 'discard' });
      }
    }
  }
  world.setWire(honestWire);
  world.run();
}

const isDropped = ({ dropped }: Game, one: TestVat, two: TestVat): boolean =>
  dropped.some((pair) => pair.includes(one) && pair.includes(two));

/** A disk goes back to any moment that was kept, maybe again before that is settled. */
function goBack(game: Game): void {
  const { vat, restore } = one(game, game.backups);
  copyBack(vat, restore);
  for (let left = below(game, 3); left > 0; left -= 1) drive(game);
  world.run(one(game, [100, 1_000, 5_000]));
  if (chance(game, 0.3)) copyBack(vat, restore);
}

/** One end drops its link, and the other one does as soon as it has seen that. */
function dropLink(game: Game): void {
  const vat = one(game, game.vats);
  const peer = one(game, game.vats);
  if (vat === peer || !stateBetween(vat, peer) || !stateBetween(peer, vat)) return;
  if (isDropped(game, vat, peer)) return;
  game.dropped.push([vat, peer]);
  // No disk goes back to a moment at which the link was there.
  game.backups.length = 0;
  drop(vat, peer.id);
  drive(game);
  world.run(one(game, [100, 5_000]));
  drop(peer, vat.id);
}

function playRound(game: Game, round: number): void {
  disturb(game);
  for (let left = DRIVES; left > 0; left -= 1) {
    if (chance(game, 0.3)) {
      const vat = one(game, game.vats);
      game.backups.push({ vat, restore: vat.backup() });
    }
    drive(game);
    world.run(one(game, [1, 50, 1_000, 40_000]));
  }
  if (round === ROUNDS - 2 && chance(game, 0.5)) dropLink(game);
  else if (game.backups.length > 0) goBack(game);
  settleAll(game);
  // What waits for promises is in the inbox.
  const quarrels = disagreements(world).filter((each) => !each.includes('in the inbox'));
  if (game.dropped.length === 0) expect(quarrels).toEqual([]);
  expect(miscounts(game.vats)).toEqual([]);
}

function play(seed: number): Game {
  world = makeWorld(seed);
  const vats = ['one', 'two', 'three'].map((name) => world.vat(name));
  for (const vat of vats) vat.setScript(runKept);
  const install = (count: number): Thing[] =>
    vats.flatMap((vat) =>
      Array.from({ length: count }, () => ({ vat, qrid: vat.install({ grants: ['log'] }) })),
    );
  const game: Game = {
    ...{ random: makeRandom(seed), vats, tellers: install(1), actors: install(ACTORS) },
    ...{ cells: install(8), used: [], ends: [], backups: [], dropped: [] },
  };
  // Whose peer has lost the link is another test's.
  greet(game);
  world.run();
  for (let round = 0; round < ROUNDS; round += 1) playRound(game, round);
  for (const each of game.used) settleOpen(game, each);
  world.run();
  for (const actor of game.actors) letGo(game, actor);
  world.run();
  return game;
}

/** A disk that went back may have nothing there that a program would take. */
const runKept: typeof runProgram = (turn, tell) => {
  const isTaking = turn.args.body.startsWith('[["take"');
  const object = tell({ type: 'ask', what: 'object', id: turn.target });
  const id = object?.type === 'object' ? object.object?.power.memory : undefined;
  const memory = isTaking && id ? tell({ type: 'ask', what: 'memory', id }) : undefined;
  if (memory?.type !== 'memory' || memory.value.slots.length > 0) return runProgram(turn, tell);
  return runProgram({ ...turn, args: { body: '[]', slots: [] } }, tell);
};

interface Note {
  readonly context: number;
  readonly value?: number;
  readonly error?: { readonly message: string; readonly code?: string };
}

describe('answers over parted histories', () => {
  for (const seed of someOf(SEEDS, 6)) {
    it(`Q8 Q20 each ends right, or by what was lost, and leaves nothing (${seed})`, () => {
      const game = play(seed);
      const { vats, tellers, ends, dropped } = game;
      const codes = dropped.length > 0 ? [...CODES, 'QRT_LINK_DROPPED'] : CODES;
      for (const { vat, qrid } of tellers) {
        for (const { context, value, error } of notesOf(vat, qrid) as readonly Note[]) {
          const right = [ends[context], ...codes];
          const became = error ? (error.code ?? error.message) : String(value);
          expect({ context, is: right.includes(became), became }).toMatchObject({ is: true });
        }
      }
      for (const vat of vats) {
        expect([vat.name, vat.status().promises]).toMatchObject([
          ...[vat.name, { pending: 0, settled: 0, waiting: { rows: 0 } }],
        ]);
        expect([vat.name, vat.store().hasPromiseExports()]).toEqual([vat.name, false]);
        expect(damagesOf(vat, vat.path)).toEqual([]);
      }
      if (dropped.length === 0) expect(disagreements(world)).toEqual([]);
    });
  }
});
