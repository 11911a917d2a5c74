// Casts: the workloads and observers that take part in a run.

import { pick } from '../sim/random.ts';
import { streamOf } from './chance.ts';
import type { Cast } from './run.ts';
import type { Workload } from './stage.ts';
import { makeGlass } from './workloads/glass.ts';
import { makeStreams } from './workloads/streams.ts';

const WORKLOADS: ReadonlyMap<string, () => Workload> = new Map([['streams', makeStreams]]);
/** These are run only when they are asked for. */
const SPECIAL: ReadonlyMap<string, () => Workload> = new Map([['glass', makeGlass]]);

export const WORKLOAD_NAMES = [...WORKLOADS.keys(), ...SPECIAL.keys()];

/** Who takes part in the run of a seed: the workload of that name, or one drawn from the seed. */
export function makeCast(seed: number, workload?: string): Cast {
  const name = workload ?? pick(streamOf(seed, 'cast'), [...WORKLOADS.keys()]);
  const make = WORKLOADS.get(name) ?? SPECIAL.get(name)!;
  return { workloads: [make()], observers: [] };
}
