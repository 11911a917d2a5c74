// Kill: how long the next message waits for its outcome when a worker was ended for its CPU time.
//
// Both moments are seen from inside (`inside.ts`): when the kernel ends the worker, and when the outcome of the message behind
// is on disk. What lies between: the quarantine of the message at fault and the attempt of the next
// one in one commit, the hand-out of a spare or the start of a worker, loading object, memory and
// code, the turn, its commit.

import { setTimeout as delay } from 'node:timers/promises';
import { parseQrid } from '../../src/core/ids.ts';
import type { VatOutput } from '../../src/kernel/ports.ts';
import { runInside } from './inside.ts';
import { type Place, until } from './nodes.ts';

const CODE = `function bench({ n, loop }, { memory }) {
  while (loop);
  memory.n = n;
}`;

/** The meter runs that much faster than the clock: a turn's second is over in a third of it. */
const METER_FACTOR = 3;
/** Between two runs: the spare of the last worker is ready then, as it is in a node at work. */
const PAUSE_MS = 500;

export interface KillInput {
  readonly kills: number;
  readonly spare: 'warm' | 'none';
}

/** Milliseconds from the end of a worker to the next outcome on disk, one for each kill. */
export async function measureKills(place: Place, { kills, spare }: KillInput): Promise<number[]> {
  const name = `KILL-${spare}`;
  place.qrt('create-node', name);
  const target = parseQrid(place.install(name, CODE));
  const watch = makeWatch();
  const running = await runInside(place, { name, spare, watch, meterFactor: METER_FACTOR });
  const waits: number[] = [];
  try {
    for (let n = 0; n < kills; n += 1) {
      running.send(target, { loop: true });
      running.send(target, { n });
      waits.push(await watch.nextWait());
      await delay(PAUSE_MS);
    }
  } finally {
    await running.end();
  }
  return waits;
}

/** Sees when workers are ended, and when the next outcome is on disk. */
function makeWatch() {
  let killedMs: number | undefined;
  let waitMs: number | undefined;
  return Object.freeze({
    noteOutput(output: VatOutput): void {
      if (output.type !== 'worker-kill' || output.reason === 'rest') return;
      killedMs = performance.now();
    },
    noteOutcomesOnDisk(): void {
      if (killedMs === undefined) return;
      waitMs = performance.now() - killedMs;
      killedMs = undefined;
    },
    async nextWait(): Promise<number> {
      await until(() => waitMs !== undefined, 5);
      const found = waitMs ?? Number.NaN;
      waitMs = undefined;
      return found;
    },
  });
}
