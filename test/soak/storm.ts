// Storm: what happens to three nodes under load: kills, cuts, and faults on all ways between them.

import { setTimeout as delay } from 'node:timers/promises';
import { pick } from '../sim/random.ts';
import { NAMES, type Name } from './load.ts';
import type { Roles } from './plan.ts';
import type { Trio } from './trio.ts';

/** How often each happened. */
export type Strikes = Record<'node' | 'worker' | 'cut', number>;

export interface StormOptions {
  readonly trio: Trio;
  readonly random: () => number;
  readonly roles: Roles;
  readonly lengthMs: number;
  readonly strikes: Strikes;
  readonly signal: AbortSignal;
}

const PAUSE_MS = { min: 300, max: 2_000 };
const DOWN_MS = { min: 0, max: 1_000 };
const CUT_MS = { min: 200, max: 1_500 };

/** Lets it happen; all nodes run and all ways are clear when this returns. */
export async function storm(options: StormOptions): Promise<void> {
  const { trio, random, roles, lengthMs, strikes, signal } = options;
  const between = ({ min, max }: { min: number; max: number }): number =>
    min + random() * (max - min);
  const wait = (range: { min: number; max: number }): Promise<void> =>
    delay(between(range), undefined, { signal });
  const endMs = performance.now() + lengthMs;
  for (const name of NAMES) trio.setWay(name, 'faulty');

  const ways: Readonly<Record<keyof Strikes, (name: Name) => Promise<boolean>>> = {
    async node(name) {
      if (!roles[name].isNodeKilled) return false;
      await trio.kill(name);
      await wait(DOWN_MS);
      await trio.start(name);
      return true;
    },
    async worker(name) {
      const [pid] = (await trio.status(name)).workerPids ?? [];
      if (!roles[name].isWorkerKilled || pid === undefined) return false;
      await trio.kill(name, pid);
      return true;
    },
    async cut(name) {
      trio.setWay(name, 'cut');
      await wait(CUT_MS);
      trio.setWay(name, 'faulty');
      return true;
    },
  };
  for (;;) {
    await wait(PAUSE_MS);
    if (performance.now() >= endMs) break;
    const kind = pick(random, ['node', 'node', 'worker', 'cut'] as const);
    if (await ways[kind](pick(random, NAMES))) strikes[kind] += 1;
  }
  for (const name of NAMES) trio.setWay(name, 'clear');
}
