// Run: one history from a seed: faults fall for a while, then stop, and all must be as it should.

import type { Realm } from '../../src/guest/worker.ts';
import { gap, streamOf } from './chance.ts';
import { makeDesk } from './desk.ts';
import { type Engine, makeEngine } from './engine.ts';
import { type Faults, makeFaults } from './faults.ts';
import { drawPlan, type RunPlan, rewinding } from './plan.ts';
import type { Observer, Workload } from './stage.ts';

export interface RunInput {
  readonly seed: number;
  readonly realm: Realm;
  readonly vats?: number;
  /** Actions in each round; the seed decides without it. */
  readonly actions?: number;
  /** Runs each turn twice; without it some seeds do. */
  readonly isParanoid?: boolean;
  /** Makes the workload and what watches it, anew for each run. */
  readonly cast: (seed: number) => Cast;
  /** Only these faults; all without. */
  readonly only?: ReadonlySet<string>;
}

/** Who takes part in a run. */
export interface Cast {
  readonly workloads: readonly Workload[];
  readonly observers: readonly Observer[];
}

export interface RunResult {
  readonly seed: number;
  readonly workloads: readonly string[];
  /** Empty when all is well. */
  readonly complaints: readonly string[];
  /** Turns that were done. */
  readonly messages: number;
  readonly envelopes: number;
  /** Starts of vats after the first one of each. */
  readonly restarts: number;
  readonly simulatedMs: number;
  readonly faults: Faults;
  /** Of everything on the wire and of all final databases. */
  readonly hash: string;
}

const CHECK_STEPS = 64;
/** Longer than any wait of the product, many times over. */
const QUIET_MS_MAX = 6 * 3_600_000;
const STEPS_MAX = 3_000_000;

export function runSeed(input: RunInput): RunResult {
  const { seed, realm } = input;
  const drawn = drawPlan(seed, input.vats);
  const { actions = drawn.actions, isParanoid = drawn.isParanoid } = input;
  const cast = input.cast(seed);
  const isRewinding = cast.workloads.some(({ observer }) => observer !== undefined);
  const plan = { ...(isRewinding ? rewinding(drawn) : drawn), actions, isParanoid };
  const faults = makeFaults(input.only);
  const engine = makeEngine({ seed, plan, faults, realm, observers: cast.observers });
  let complaints: readonly string[] = [];
  let messages = 0;
  let restarts = 0;
  try {
    complaints = play(engine, { plan, faults, cast, seed });
  } catch (error) {
    complaints = [`thrown: ${describe(error)}`];
  } finally {
    for (const vat of engine.vats) {
      messages += vat.turnsDone();
      restarts += vat.lives() - 1;
    }
  }
  const simulatedMs = engine.pastMs();
  for (const each of [...cast.workloads, ...cast.observers]) each.close?.();
  const envelopes = engine.envelopes();
  const hash = engine.close();
  const workloads = cast.workloads.map(({ name }) => name);
  return { seed, workloads, complaints, messages, envelopes, restarts, simulatedMs, faults, hash };
}

interface Play {
  readonly plan: RunPlan;
  readonly faults: Faults;
  readonly cast: Cast;
  readonly seed: number;
}

function play(engine: Engine, { plan, cast, seed }: Play): readonly string[] {
  const { workloads, observers } = cast;
  const desk = makeDesk(engine, streamOf(seed, 'workload'));
  const timing = streamOf(seed, 'timing');
  let steps = 0;

  const look = (): readonly string[] => [
    ...observers.flatMap((observer) => observer.complaints(desk, false)),
    ...workloads.flatMap((workload) => workload.checkAlways?.(desk) ?? []),
  ];
  /** Lets things happen until `isOver`; returns complaints on the way. */
  const go = (isOver: () => boolean): readonly string[] => {
    while (!isOver() && engine.step()) {
      steps += 1;
      if (steps > STEPS_MAX) return ['it never comes to an end'];
      if (steps % CHECK_STEPS !== 0) continue;
      const found = look();
      if (found.length > 0) return found;
    }
    return look();
  };
  const rest = (): readonly string[] => {
    const endMs = engine.nowMs() + QUIET_MS_MAX;
    const found = go(() => engine.nowMs() > endMs);
    if (found.length > 0) return found;
    return engine.nowMs() > endMs ? ['it does not come to rest', ...engine.quarrels()] : [];
  };
  const storm = (): readonly string[] => {
    let left = plan.actions;
    const act = (): void => {
      for (let more = Math.min(left, plan.burst); more > 0; more -= 1) {
        for (const workload of workloads) workload.act(desk);
        left -= 1;
      }
      if (left > 0) engine.after(gap(timing, plan.actionMs), act);
    };
    act();
    return go(() => left === 0);
  };
  const quiet = (): readonly string[] => {
    const unsettled = engine.heal();
    if (unsettled.length > 0) return unsettled;
    desk.setPatient(true);
    for (const workload of workloads) workload.finish?.(desk);
    const found = rest();
    if (found.length > 0) return found;
    return [
      ...engine.quarrels(),
      ...workloads.flatMap((workload) => workload.checkQuiet(desk)),
      ...observers.flatMap((observer) => observer.complaints(desk, true)),
    ];
  };

  for (const workload of workloads) workload.prepare(desk);
  // What a workload counts on is there only now.
  if (!engine.run(QUIET_MS_MAX)) return ['it does not come to rest before any fault'];
  for (let round = 0; round < plan.rounds; round += 1) {
    desk.setPatient(false);
    engine.startFaults();
    const found = storm();
    if (found.length > 0) return found;
    const left = quiet();
    if (left.length > 0) return left;
  }
  return [];
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.name}: ${error.message}`;
}
