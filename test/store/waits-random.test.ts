// Waits by chance: what is told of promises that real turns made, held against a plain reading of the
// rows, and against what becomes of those promises later.

import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import type { Combination } from '../../src/core/frames.ts';
import type { Qrid } from '../../src/core/ids.ts';
import type { Waits } from '../../src/core/waits.ts';
import { openWaits } from '../../src/store/waits-reader.ts';
import { makeRandom } from '../sim/random.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, type World } from '../sim/world.ts';
import { someOf } from '../thorough.ts';
import { cyclesOf, readPlainly } from './waits-model.ts';

const ROUNDS = 6;
const STEPS = 14;
/** Each of them makes cycles. */
const SEEDS = [4, 5, 6, 8, 11, 12, 13, 14, 15, 17, 18, 19, 20, 23, 24];

let world: World;
afterEach(() => world.close());

function list({ path }: TestVat): Waits {
  const reader = openWaits(path);
  const found = reader.list({ limit: 10_000 });
  reader.close();
  return found;
}

/** The references that the object keeps: promises and resolvers that it can use. */
interface Kept {
  readonly kind: 'promise' | 'resolver';
}

/** One turn: takes all that is kept, makes promises, and uses and keeps some of it. */
function makeProgram(
  random: () => number,
  { kept, kinds }: { readonly kept: Kept[]; readonly kinds: readonly Combination[] },
): Step[] {
  const steps: Step[] = kept.map((_, at) => ['take', at]);
  const of = (kind: Kept['kind']): number[] =>
    kept.flatMap((each, at) => (each.kind === kind ? [at + 1] : []));
  const [promises, resolvers] = [of('promise'), of('resolver')];
  let places = 1 + kept.length;
  const one = (from: readonly number[]): number => from[Math.floor(random() * from.length)]!;
  const keep = (kind: Kept['kind'], place: number): void => {
    steps.push(['keep', place]);
    kept.push({ kind });
  };
  const made = (): void => {
    promises.push(places);
    keep('promise', places);
    places += 1;
  };
  for (let n = 0; n < STEPS; n += 1) {
    const [what, any] = [random(), promises.length > 0];
    if (what < 0.3 || !any) {
      steps.push(['promise']);
      made();
      resolvers.push(places);
      if (random() < 0.4) keep('resolver', places);
      places += 1;
    } else if (what < 0.45) {
      steps.push(['ask', one(promises), []]);
      made();
    } else if (what < 0.7) {
      // The resolver of another promise is a continuation like any other.
      const target = resolvers.length > 0 && random() < 0.7 ? one(resolvers) : 0;
      steps.push(['when', one(promises), { fulfilled: target, rejected: target }]);
      made();
    } else if (what < 0.85) {
      const kind = kinds[Math.floor(random() * kinds.length)]!;
      steps.push([kind, [one(promises), one(promises)]]);
      made();
    } else if (resolvers.length > 0 && random() < 0.7) {
      steps.push(['give', one(resolvers), '{"value":{"$":0}}', [one(promises)]]);
    }
  }
  return steps;
}

const REJECTION = '{"error":{"name":"Error","message":"at last"}}';

function statesOf({ path }: TestVat): ReadonlyMap<string, string> {
  const db = new Database(path, { readonly: true });
  const rows = db.prepare('SELECT id, state FROM promise').raw().all() as [string, string][];
  db.close();
  return new Map(rows);
}

it.each(someOf(SEEDS, 5))(
  'Q8 what is called stuck is never settled, all else is once each resolver that is held was used (seed %i)',
  (seed) => {
    world = makeWorld(seed);
    const random = makeRandom(seed);
    const one = world.vat('one');
    const object: Qrid = one.install();
    const play = (steps: readonly Step[]): void => {
      one.send(object, steps, { slots: [object] });
      world.run();
    };
    const kept: Kept[] = [];
    // One that is stuck but could be rejected stays, when those that could reject it do not.
    const hasAll = seed % 2 === 0;
    const kinds: readonly Combination[] = [
      'first',
      'settled',
      ...(hasAll ? (['all'] as const) : []),
    ];
    const stuck = new Set<string>();
    let last: Waits | undefined;
    let rings = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      play(makeProgram(random, { kept, kinds }));
      last = list(one);
      for (const { id, isStuck } of last.promises) if (isStuck) stuck.add(id);
      const states = statesOf(one);
      for (const id of stuck) expect([id, states.get(id) ?? 'pending']).toEqual([id, 'pending']);
      const plain = readPlainly(one.path);
      expect(cyclesOf(last)).toEqual(plain.cycles);
      expect(last.promises.map(({ id }) => id).toSorted()).toEqual(plain.pending);
      // Whatever real turns make, there is something that shall settle it.
      expect(last.promises.filter(({ decider }) => decider.by === 'nobody')).toEqual([]);
      rings += last.totals.cycles;
    }
    const before = last!;
    play([
      ...kept.map((_, at): Step => ['take', at]),
      ...kept.flatMap(({ kind }, at): Step[] =>
        kind === 'resolver' ? [['give', at + 1, REJECTION]] : [],
      ),
    ]);
    const states = statesOf(one);
    for (const { id, isStuck } of before.promises) {
      if (isStuck || !hasAll) expect([id, states.get(id) === 'pending']).toEqual([id, isStuck]);
    }
    expect(before.totals.stuck).toBeGreaterThan(0);
    expect(rings).toBeGreaterThan(0);
    expect(damagesOf(one, one.path)).toEqual([]);
  },
);
