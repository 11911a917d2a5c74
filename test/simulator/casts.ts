// Casts: the workloads and observers that take part in a run.

import { pick } from '../sim/random.ts';
import { streamOf } from './chance.ts';
import { makeOracle } from './oracle/oracle.ts';
import type { Cast } from './run.ts';
import type { Workload } from './stage.ts';
import { makeBank } from './workloads/bank.ts';
import { makeGlass } from './workloads/glass.ts';
import { makeGraph } from './workloads/graph.ts';
import { makeRewind } from './workloads/rewind.ts';
import { makeRing } from './workloads/ring.ts';
import { makeStrangers } from './workloads/strangers.ts';
import { makeStreams } from './workloads/streams.ts';

const WORKLOADS: ReadonlyMap<string, () => Workload> = new Map([
  ['streams', makeStreams],
  ['bank', makeBank],
  ['ring', makeRing],
  ['graph', makeGraph],
  ['strangers', makeStrangers],
]);
/** These are run only when they are asked for. */
const SPECIAL: ReadonlyMap<string, () => Workload> = new Map([
  ['rewind', makeRewind],
  ['glass', makeGlass],
]);

export const WORKLOAD_NAMES = [...WORKLOADS.keys(), ...SPECIAL.keys()];

/** Who takes part in the run of a seed: the workload of that name, or one drawn from the seed. */
export function makeCast(seed: number, workload?: string): Cast {
  const name = workload ?? pick(streamOf(seed, 'cast'), [...WORKLOADS.keys()]);
  const make = WORKLOADS.get(name) ?? SPECIAL.get(name)!;
  const made = make();
  const { observer } = made;
  return { workloads: [made], observers: [makeOracle(), ...(observer ? [observer] : [])] };
}
