// Glass: the streams, taken for broken as soon as one vat was started for the third time. With it
// the simulator's own alarm is tried.

import type { Stage, Workload } from '../stage.ts';
import { makeStreams } from './streams.ts';

const LIVES_MAX = 2;

export function makeGlass(): Workload {
  const checkAlways = ({ vats }: Stage): string[] =>
    vats.filter((vat) => vat.lives() > LIVES_MAX).map(({ name }) => `${name} broke`);
  return { ...makeStreams(), name: 'glass', checkAlways, checkRewound: checkAlways };
}
