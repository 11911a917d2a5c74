// Fair: how long a message waits for its outcome while another installation has only messages that
// never end, each of which is ended for its CPU time twice.

import { setTimeout as delay } from 'node:timers/promises';
import { parseQrid } from '../../src/core/ids.ts';
import type { VatOutput } from '../../src/kernel/ports.ts';
import { runInside } from './inside.ts';
import { type Place, until } from './nodes.ts';

const GOOD = '(n, { memory }) => { memory.n = n; }';
const BAD = '() => { for (;;); }';
/** Pauses between messages, in milliseconds: they come at any moment of the others' deadlines. */
const PAUSES_MS = [50, 310, 570, 730, 890];

export interface FairTimes {
  /** Milliseconds from each message's arrival to its outcome on disk. */
  readonly waits: readonly number[];
  /** What a deadline of CPU time took by the clock: more where others want the processor too. */
  readonly deadlines: readonly number[];
}

/** Sends so many messages, one after another. */
export async function measureFair(place: Place, messages: number): Promise<FairTimes> {
  place.qrt('create-node', 'FAIR');
  const good = parseQrid(place.install('FAIR', GOOD));
  const bad = parseQrid(place.install('FAIR', BAD));
  const watch = makeWatch();
  const running = await runInside(place, { name: 'FAIR', spare: 'warm', watch, meterFactor: 1 });
  const waits: number[] = [];
  try {
    // Two deadlines each, and two of the good one's for every one of them at most.
    for (let n = 0; n < 2 * messages + 5; n += 1) running.send(bad, { n });
    for (let n = 0; n < messages; n += 1) {
      await delay(PAUSES_MS[n % PAUSES_MS.length]);
      const beganMs = performance.now();
      running.send(good, { n });
      waits.push((await watch.next()) - beganMs);
    }
  } finally {
    await running.end();
  }
  return { waits, deadlines: watch.deadlines };
}

/** Sees when an outcome is on disk: only the good one's turns ever have one. */
function makeWatch() {
  let doneMs: number | undefined;
  let turnMs = 0;
  const deadlines: number[] = [];
  return Object.freeze({
    deadlines,
    noteOutput(output: VatOutput): void {
      const now = performance.now();
      if (output.type === 'worker-frame' && output.frame.type === 'turn') turnMs = now;
      if (output.type === 'worker-kill' && output.reason === 'fault') deadlines.push(now - turnMs);
    },
    noteOutcomesOnDisk(): void {
      doneMs = performance.now();
    },
    async next(): Promise<number> {
      await until(() => doneMs !== undefined, 2);
      const found = doneMs ?? Number.NaN;
      doneMs = undefined;
      return found;
    },
  });
}
