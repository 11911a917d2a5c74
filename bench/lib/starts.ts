// Starts: how long `qrt start` takes until the node can be asked, after many turns and after none.
//
// Nothing is replayed at a start, so what a vat has lived through must not show.

import { endProcess, type Place, until } from './nodes.ts';

const CODE = `function bench({ left, self }, { memory }) {
  memory.turns = (memory.turns ?? 0) + 1;
  for (let n = Math.min(left, 500); n > 0; n -= 1) self.sendOnly({ left: 0 });
  if (left > 500) self.sendOnly({ left: left - 500, self });
}`;

/** Times to ready in milliseconds. */
export interface Starts {
  readonly emptyMs: readonly number[];
  readonly grownMs: readonly number[];
  readonly turns: number;
}

/** Makes node EMPTY and node GROWN, and starts each `runs` times, in turn. */
export async function measureStarts(
  place: Place,
  { turns, runs }: { readonly turns: number; readonly runs: number },
): Promise<Starts> {
  place.qrt('create-node', 'EMPTY');
  place.install('EMPTY', CODE);
  const done = await grow(place, turns);
  const emptyMs: number[] = [];
  const grownMs: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    emptyMs.push(await timeStart(place, 'EMPTY'));
    grownMs.push(await timeStart(place, 'GROWN'));
  }
  return { emptyMs, grownMs, turns: done };
}

async function grow(place: Place, turns: number): Promise<number> {
  place.qrt('create-node', 'GROWN');
  const qrid = place.install('GROWN', CODE);
  const pid = place.start('GROWN');
  const args = JSON.stringify({ left: turns });
  place.qrt('send', '-d', 'GROWN', qrid, args, '--ref', `self=${qrid}`);
  const count = (): number => {
    const counters = JSON.parse(place.qrt('dump', 'GROWN', 'counters', '--json'));
    return (counters as { turns_done: number }).turns_done;
  };
  await until(() => count() >= turns, 500);
  await endProcess(pid, 'SIGTERM');
  return count();
}

async function timeStart(place: Place, name: string): Promise<number> {
  const beganMs = performance.now();
  const pid = place.start(name);
  const ms = performance.now() - beganMs;
  await endProcess(pid, 'SIGTERM');
  return ms;
}
