// Casts: the workloads and observers that take part in a run.

import { pick } from '../sim/random.ts';
import { streamOf } from './chance.ts';
import { makeOracle } from './oracle/oracle.ts';
import type { Cast } from './play.ts';
import type { Workload } from './stage.ts';
import { makeAnswers } from './workloads/answers.ts';
import { makeBank } from './workloads/bank.ts';
import { makeEscrow } from './workloads/escrow.ts';
import { makeGlass } from './workloads/glass.ts';
import { makeGraph } from './workloads/graph.ts';
import { makeJobs } from './workloads/jobs.ts';
import { makeRewind } from './workloads/rewind.ts';
import { makeRing } from './workloads/ring.ts';
import { makeStrangers } from './workloads/strangers.ts';
import { makeStreams } from './workloads/streams.ts';
import { makeThings } from './workloads/things.ts';

/** Makes one, of which all names begin so. */
type MakeWorkload = (prefix: string) => Workload;

const WORKLOADS: ReadonlyMap<string, MakeWorkload> = new Map([
  ['streams', makeStreams],
  ['bank', makeBank],
  ['ring', makeRing],
  ['graph', makeGraph],
  ['strangers', makeStrangers],
  ['answers', makeAnswers],
  ['escrow', makeEscrow],
  ['jobs', makeJobs],
]);
/** These are run only when they are asked for. */
const SPECIAL: ReadonlyMap<string, MakeWorkload> = new Map([
  ['rewind', makeRewind],
  ['things', makeThings],
  ['glass', makeGlass],
]);

export const WORKLOAD_NAMES = [...WORKLOADS.keys(), ...SPECIAL.keys()];

/** Who takes part in the run of a seed: the workload of that name, or one drawn from the seed. */
export function makeCast(seed: number, workload?: string): Cast {
  const name = workload ?? pick(streamOf(seed, 'cast'), [...WORKLOADS.keys()]);
  const make = WORKLOADS.get(name) ?? SPECIAL.get(name)!;
  // One number after another, so that nothing has the name of anything before.
  let made = 0;
  const next = (): Workload => {
    made += 1;
    return make(made === 1 ? '' : `${made}-`);
  };
  const isRewound = make === makeRewind || make === makeThings;
  // Whoever pays by an escrow needs five rows at once, half of what others leave.
  const rowsMin = make === makeEscrow ? 30 : 1;
  return { next, oracle: makeOracle(), isRewound, rowsMin };
}
