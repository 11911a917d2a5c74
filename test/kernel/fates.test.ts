// Fates of answers: whatever ends one, whoever waits is told once and by name, and nothing is left.

import { afterEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import type { ResultReply } from '../../src/kernel/answer-ports.ts';
import { quarrels } from '../sim/checks.ts';
import { drop } from '../sim/keeper.ts';
import { miscounts } from '../sim/mentions.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { someOf } from '../thorough.ts';
import { CAUSES, type Cause } from './fates.ts';
import { CALLEE, CALLER, MADE, type Scene, WATCHER } from './fates-scene.ts';

const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };
const TOLD = { fulfilled: CALLER, rejected: CALLER };

interface Waiter {
  readonly name: string;
  /** What the caller does about the promise at that place, the next thing being at `next`. */
  readonly steps?: (at: number, next: number) => readonly Step[];
  /** What is done when all is over. */
  readonly late?: readonly Step[];
  /** Who is told: the caller unless it is said. */
  readonly told?: 'watcher' | 'operator';
  /** Whether it is a message that waits where the promise is decided. */
  readonly isSentOn?: boolean;
  /** Whether it asks the callee by itself. */
  readonly isDirect?: boolean;
}

const WAITERS: readonly Waiter[] = [
  { name: 'a continuation', steps: (at) => [['when', at, TOLD]] },
  {
    name: 'a continuation behind one that has only values',
    steps: (at, next) => [
      ['when', at, { fulfilled: WATCHER }],
      ['when', next, TOLD],
    ],
  },
  {
    name: 'what was sent to the promise',
    isSentOn: true,
    steps: (at, next) => [
      ['ask', at, [['note', 'never']]],
      ['when', next, TOLD],
    ],
  },
  {
    name: 'a combination',
    steps: (at, next) => [
      ['all', [at, CALLER]],
      ['when', next, TOLD],
    ],
  },
  {
    name: 'an object of a third vat',
    steps: (at) => [['send', WATCHER, [['when', 0, { fulfilled: 1, rejected: 1 }]], [at, WATCHER]]],
    told: 'watcher',
  },
  {
    name: 'a continuation in a third vat',
    steps: (at) => [['when', at, { fulfilled: WATCHER, rejected: WATCHER }]],
    told: 'watcher',
  },
  {
    name: 'a continuation that comes when all is over',
    steps: (at) => [['keep', at]],
    late: [
      ['take', 0],
      ['when', MADE, TOLD],
    ],
  },
  {
    name: 'the operator, to whom the promise is answered',
    steps: (at) => [['return', '{"$":0}', [at]]],
    told: 'operator',
  },
  { name: 'the operator, who asked by itself', told: 'operator', isDirect: true },
];

interface Case {
  readonly cause: Cause;
  readonly waiter: Waiter;
  readonly where: 'same' | 'across';
  readonly title: string;
}

const CASES: readonly Case[] = CAUSES.flatMap((cause) =>
  WAITERS.flatMap((waiter) =>
    cause.where.flatMap((where): Case[] => {
      if (waiter.isDirect && !cause.program) return [];
      // What was sent to an answer is there with who decides that one: it has no deadline of its own.
      if (waiter.isSentOn && cause.isOurs && where === 'across') return [];
      const title = `${cause.name} (${where} vat), and so is told ${waiter.name}`;
      return [{ cause, waiter, where, title }];
    }),
  ),
);

let world: World;
afterEach(() => world.close());

function set(where: 'same' | 'across'): Scene {
  world = makeWorld();
  const [here, other, third] = ['one', 'two', 'three'].map((name) => world.vat(name));
  const there = where === 'same' ? here! : other!;
  const [caller, watcher] = [here!.install(), third!.install()];
  const [callee, trigger] = [there.install(), there.install()];
  return {
    ...{ world, here: here!, there, third: third!, caller, callee, trigger, watcher },
    ...{ asked: callee, later: undefined },
  };
}

/** Plays one case as far as the end of the promise. */
function play(scene: Scene, { cause, waiter }: Case): void {
  const { here, caller, trigger, watcher } = scene;
  cause.before?.(scene);
  const slots = [caller, scene.asked, trigger, watcher];
  const { at = MADE } = cause;
  const asking: readonly Step[] = cause.steps ?? [['ask', CALLEE, cause.program ?? []]];
  if (waiter.isDirect) here.send(scene.asked, cause.program, { id: 'asked', answer: true });
  else {
    const makes = asking.filter(([kind]) => !['send', 'give', 'forget'].includes(kind));
    const made = makes.reduce((sum, [kind]) => sum + (kind === 'promise' ? 2 : 1), MADE);
    const steps = [...asking, ...waiter.steps!(at, made)];
    here.send(caller, steps, { id: 'asked', slots, answer: waiter.told === 'operator' });
  }
  world.run(4_000);
  cause.after?.(scene);
  world.run(120_000);
  // By none of the references that may be gone by now.
  if (waiter.late) here.send(caller, waiter.late, { slots: Array<Qrid>(MADE).fill(caller) });
  world.run(120_000);
}

/** Everything that anybody was told. */
function toldIn(scene: Scene, { waiter }: Case): readonly unknown[] {
  const { here, third, caller, watcher } = scene;
  const notes = [...notesOf(here, caller), ...notesOf(third, watcher)];
  if (waiter.told !== 'operator') return notes;
  const reply = here.control({ type: 'result', id: 'asked', forget: true });
  expect(reply).toMatchObject({ ok: true, value: { state: 'rejected' } });
  const { data } = (reply as { readonly value: ResultReply & { data: { body: string } } }).value;
  return [...notes, { error: JSON.parse(data.body) }];
}

/** All objects let go of what they kept, and all vats die. */
function letGo(scene: Scene, { cause }: Case): void {
  const { here, there, third, caller, callee, watcher } = scene;
  // To the other end the peer is away, until its operator drops it, too.
  if (cause.isParted) drop(there, here.id);
  here.send(caller, [['forget']]);
  there.send(callee, [['forget']]);
  third.send(watcher, [['forget']]);
  world.run(60_000);
  for (const vat of world.vats()) vat.crash();
  world.run(60_000);
}

describe('an answer is rejected as', () => {
  // Not by `each`, which cuts long names.
  for (const of of someOf(CASES, 20)) {
    it(of.title, () => {
      const scene = set(of.where);
      play(scene, of);
      const { name = 'Error', ...end } = of.cause.end;
      expect(toldIn(scene, of)).toEqual([{ error: { name, ...end } }]);
      scene.there.setScript(runProgram);
      letGo(scene, of);
      for (const vat of world.vats()) {
        expect([vat.name, vat.status().promises]).toEqual([vat.name, NOTHING]);
        expect(vat.store().promisesOfPeers()).toEqual([]);
        expect(damagesOf(vat, vat.path)).toEqual([]);
      }
      if (of.cause.isParted) return;
      expect([...quarrels(world.vats()), ...miscounts(world.vats())]).toEqual([]);
    });
  }
});
