// Run: one history from a seed, and what came of it.

import type { Realm } from '../../src/guest/worker.ts';
import { streamOf } from './chance.ts';
import { makeDesk } from './desk.ts';
import { makeEngine } from './engine.ts';
import { type Faults, makeFaults } from './faults.ts';
import { drawPlan, withRightClocks, withRows, withSmallQueues } from './plan.ts';
import { type Cast, makeTroupe, play } from './play.ts';

export interface RunInput {
  readonly seed: number;
  readonly realm: Realm;
  readonly vats?: number;
  /** Actions in each round; the seed decides without it. */
  readonly actions?: number;
  /** Runs each turn twice; without it some seeds do. */
  readonly isParanoid?: boolean;
  /** Gives vats older disks; without it some seeds do. */
  readonly isRewinding?: boolean;
  /** Gives vats queues that are soon full; without it some seeds do. */
  readonly hasSmallQueues?: boolean;
  /** Makes the workload and what watches it, anew for each run. */
  readonly cast: (seed: number) => Cast;
  /** Only these faults; all without. */
  readonly only?: ReadonlySet<string>;
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

export function runSeed(input: RunInput): RunResult {
  const { seed, realm } = input;
  const drawn = drawPlan(seed, input.vats);
  const { actions = drawn.actions, isParanoid = drawn.isParanoid } = input;
  const cast = input.cast(seed);
  const isRewinding = cast.isRewound || input.isRewinding || drawn.isRewinding;
  const tamed = isRewinding ? withRightClocks(drawn) : drawn;
  const queued = input.hasSmallQueues ? withSmallQueues(tamed, seed) : tamed;
  const limits = withRows(queued.limits, cast.rowsMin);
  const plan = { ...queued, limits, actions, isParanoid, isRewinding };
  const faults = makeFaults(input.only);
  const troupe = makeTroupe(cast, plan);
  const engine = makeEngine({ seed, plan, faults, realm, observers: [cast.oracle, troupe] });
  const desk = makeDesk(engine, streamOf(seed, 'workload'));
  let complaints: readonly string[] = [];
  let messages = 0;
  let restarts = 0;
  try {
    const timing = streamOf(seed, 'timing');
    complaints = play({ engine, desk, plan, cast, troupe, timing });
  } catch (error) {
    complaints = [`thrown: ${describe(error)}`];
  } finally {
    for (const vat of engine.vats) {
      messages += vat.turnsDone();
      restarts += vat.lives() - 1;
    }
  }
  const simulatedMs = engine.pastMs();
  troupe.close();
  cast.oracle.close?.();
  const envelopes = engine.envelopes();
  const hash = engine.close();
  const workloads = troupe.names();
  return { seed, workloads, complaints, messages, envelopes, restarts, simulatedMs, faults, hash };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.name}: ${error.message}`;
}
