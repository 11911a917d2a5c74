// Turns by chance: deaths of worker and kernel, full disks, slow turns and stops in any order, and
// yet each message has its effect once, in the order in which it was sent.

import { afterEach, describe, expect, it } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import type { Qrid } from '../../src/core/ids.ts';
import { disagreements } from '../sim/checks.ts';
import { makeRandom } from '../sim/random.ts';
import { runProgram, type Script, type Step, type TurnFrame } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { Death } from '../sim/watched-store.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { someOf } from '../thorough.ts';

const OWNERS = 4;
const MESSAGES = 220;
const STEPS = 150;
/** Sixty and more were tried; each costs two seconds. */
const SEEDS = [1, 2];

let world: World;
afterEach(() => world.close());

/** What happens in the world, by chance. */
interface Chaos {
  readonly random: () => number;
  readonly one: TestVat;
  readonly two: TestVat;
  readonly objects: readonly Qrid[];
  /** Messages that were sent to each object, and those among them that end each worker. */
  readonly sent: { notes: string[]; passed: string[]; poisons: number }[];
}

const chance = ({ random }: Chaos, part: number): boolean => random() < part;
const pick = ({ random }: Chaos, count: number): number => Math.floor(random() * count);

/** Sends a few messages to one of the objects; some pass something on to the next object. */
function sendSome(chaos: Chaos): void {
  const to = pick(chaos, OWNERS);
  const { notes, poisons } = chaos.sent[to]!;
  for (let left = pick(chaos, 40); left > 0 && notes.length + poisons < MESSAGES; left -= 1) {
    const from = chance(chaos, 0.5) ? chaos.two : chaos.one;
    const name = `${from.name} ${to} ${chaos.sent[to]!.notes.length}`;
    if (chance(chaos, 0.01)) {
      chaos.sent[to]!.poisons += 1;
      from.send(chaos.objects[to]!, [['note', 'poison']]);
      continue;
    }
    const steps: Step[] = [['note', name]];
    if (chance(chaos, 0.3)) {
      steps.push(['send', 0, [['note', `passed ${name}`]]]);
      chaos.sent[to]!.passed.push(name);
    }
    chaos.sent[to]!.notes.push(name);
    from.send(chaos.objects[to]!, steps, { slots: [chaos.objects[(to + 1) % OWNERS]!] });
  }
}

/** Runs what can be run; the others end the worker in one way or another. */
const runOrDie =
  (chaos: Chaos): Script =>
  (turn, tell) => {
    if (!turn.args.body.includes('"poison"')) return runProgram(turn, tell);
    const kind = pick(chaos, 3);
    if (kind === 0) chaos.one.endWorker('heap');
    if (kind === 1) chaos.one.endWorker('unknown');
    if (kind === 2) tell(Buffer.from('{"type":"rubbish"}'));
    return undefined;
  };

function makeScript(chaos: Chaos, held: TurnFrame[], state: { isCalm: boolean }): Script {
  const { one } = chaos;
  return (turn, tell) => {
    if (held.length > 0) {
      held.push(turn);
      return undefined;
    }
    if (!state.isCalm && chance(chaos, 0.01)) {
      held.push(turn);
      return undefined;
    }
    if (!state.isCalm && chance(chaos, 0.001)) {
      one.crash();
      return undefined;
    }
    return runOrDie(chaos)(turn, tell);
  };
}

function play(seed: number): Chaos {
  world = makeWorld(seed);
  const [one, two] = [world.vat('one'), world.vat('two')];
  const objects = Array.from({ length: OWNERS }, () => one.install());
  const sent = objects.map(() => ({ notes: [], passed: [], poisons: 0 }));
  const chaos: Chaos = { random: makeRandom(seed), one, two, objects, sent };
  const held: TurnFrame[] = [];
  const state = { isCalm: false };
  one.setSpy(({ type }) => {
    if (type === 'worker-start' || type === 'worker-kill') held.splice(0);
  });
  one.setWatch({
    before: ({ name }) => {
      if (state.isCalm || name !== 'commit' || !chance(chaos, 0.004)) return;
      held.splice(0);
      if (chance(chaos, 0.3)) throw new Death();
      throw new QrtError('QRT_DISK_FULL', { dir: 'test' });
    },
  });
  one.setMeter(() => world.nowMs());
  one.setScript(makeScript(chaos, held, state));
  const answer = (): void => {
    const turn = held.shift();
    if (!turn) return;
    state.isCalm = true;
    one.answer(turn, runOrDie(chaos));
    state.isCalm = false;
  };
  for (let step = 0; step < STEPS; step += 1) {
    sendSome(chaos);
    world.run(pick(chaos, chance(chaos, 0.2) ? 900 : 20));
    for (let n = pick(chaos, 20); n > 0; n -= 1) answer();
    if (chance(chaos, 0.02)) {
      one.handle({ type: 'stop' });
      for (let n = 0; n < 700 && !one.outputs.some(({ type }) => type === 'stopped'); n += 1) {
        world.run(10);
      }
      expect(one.outputs.some(({ type }) => type === 'stopped')).toBe(true);
      one.outputs.splice(0);
      held.splice(0);
      one.crash();
    }
  }
  held.splice(0);
  one.crash();
  state.isCalm = true;
  world.run(10_000_000);
  return chaos;
}

describe('turns by chance', () => {
  for (const seed of someOf(SEEDS, 2)) {
    it(`each message once and in order (${seed})`, () => {
      const { one, objects, sent } = play(seed);
      const poisons = sent.reduce((sum, { poisons: count }) => sum + count, 0);
      expect(one.status()).toMatchObject({ quarantined: poisons, inbox: { rows: 0 } });
      objects.forEach((object, at) => {
        const notes = notesOf(one, object).map(String);
        for (const from of ['one', 'two']) {
          const own = (name: string): boolean => name.startsWith(from);
          expect(notes.filter(own)).toEqual(sent[at]!.notes.filter(own));
        }
        // What came by way of another object, in the order in which that one ran.
        const before = (at + OWNERS - 1) % OWNERS;
        const passed = new Set(sent[before]!.passed);
        const ran = notesOf(one, objects[before]!).map(String);
        expect(notes.filter((note) => note.startsWith('passed'))).toEqual(
          ran.filter((name) => passed.has(name)).map((name) => `passed ${name}`),
        );
      });
      expect(one.store().readCounters().starts).toBe(0);
      expect(disagreements(world)).toEqual([]);
    });
  }
});
