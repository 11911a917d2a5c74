// Rest: what a node costs that has nothing to do, and what it costs while its worker runs.

import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, type Place, type ProcessUse, readUse, until } from './nodes.ts';

const CODE = `function bench({ left, self }, { memory }) {
  memory.turns = (memory.turns ?? 0) + 1;
  if (left > 0) self.sendOnly({ left: left - 1, self });
}`;

/** Turns that keep the worker busy for longer than it is looked at. */
const BUSY_TURNS = 1_000_000_000;
const BUSY_MS = 2_000;
/** The worker of a node without work is given back within this time. */
const REST_MS_MAX = 30_000;

/** A node at rest for `restMs`, and at work. */
export interface Rest {
  readonly restMs: number;
  /** Its CPU time is that of `restMs`. */
  readonly rest: ProcessUse;
  readonly busy: ProcessUse;
}

/** Makes node REST, gives it one turn, measures it at rest, then lets it work. */
export async function measureRest(place: Place, restMs: number): Promise<Rest> {
  place.qrt('create-node', 'REST');
  const qrid = place.install('REST', CODE);
  const pid = place.start('REST');
  place.qrt('send', '-d', 'REST', qrid, '{"left":0}', '--wait');
  const beganMs = performance.now();
  await until(() => readUse(pid).processes > 1, 20);
  await until(() => readUse(pid).processes === 1 || performance.now() - beganMs > REST_MS_MAX, 100);
  const before = readUse(pid);
  await delay(restMs);
  const after = readUse(pid);
  const rest = { ...after, cpuMs: after.cpuMs - before.cpuMs };
  const args = JSON.stringify({ left: BUSY_TURNS });
  place.qrt('send', '-d', 'REST', qrid, args, '--ref', `self=${qrid}`);
  await delay(BUSY_MS);
  const busy = readUse(pid);
  await endProcess(pid, 'SIGKILL');
  return { restMs, rest, busy };
}
