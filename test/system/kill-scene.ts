// Scene: two nodes with the pump at A and the meter at B, and a slow wire from A to B.

import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type NodeStatus, readStatus } from '../../src/node/status.ts';
import { makeRandom } from '../sim/random.ts';
import { startAskers, stopAskers } from './kill-askers.ts';
import { METER, PUMP } from './kill-guests.ts';
import { makeOperators, type Operators } from './kill-operators.ts';
import { startWire, type Wire } from './kill-wire.ts';
import { makeWorld, type World } from './kit.ts';

/** What both kernels say of themselves. */
export interface Look {
  readonly a: NodeStatus;
  readonly b: NodeStatus;
}

/** Two nodes under load. */
export interface Scene {
  readonly world: World;
  /** From A to B; what B answers goes by it too. */
  readonly wire: Wire;
  readonly operators: Operators;
  /** Asks both nodes, which must run. Throws when a link is in doubt. */
  look(): Promise<Look>;
  /** Stops all load, waits until nothing is under way and stops both nodes; returns complaints. */
  finish(): Promise<readonly string[]>;
  end(): Promise<void>;
}

/** A promise that waits for ever. */
export class LostAnswerError extends Error {}

/** A link that stopped: what was promised is broken already. */
export class DoubtError extends Error {}

export interface SceneOptions {
  readonly seed: number;
  readonly makeQrt: (dir: string) => string;
}

const HOLD_MS = { min: 200, max: 600 };
const QUIET_MS_MAX = 60_000;
/** With empty queues nothing settles a promise after so long. */
const LOST_MS = 5_000;
const LOOK_EVERY_MS = 50;

/** Makes and starts everything; the pump runs when this returns. */
export async function makeScene({ seed, makeQrt }: SceneOptions): Promise<Scene> {
  const world = makeWorld({ makeQrt });
  const random = makeRandom(seed);
  const holdMs = () => HOLD_MS.min + random() * (HOLD_MS.max - HOLD_MS.min);
  const wire = await startWire({ targetPort: () => portOf(world, 'B'), holdMs });
  const end = async (): Promise<void> => {
    await world.end();
    await wire.close();
  };
  const look = async (): Promise<Look> => {
    const a = await readStatus(world.path('A'));
    const b = await readStatus(world.path('B'));
    for (const { state, reason } of [...a.links, ...b.links]) {
      if (state !== 'ok') throw new DoubtError(`a link is in ${state}: ${reason}`);
    }
    return { a, b };
  };
  try {
    const pump = await startLoad(world, wire.port);
    const askers = await startAskers(world);
    const operators = makeOperators(world, askers);
    const finish = async (): Promise<readonly string[]> => {
      await world.ok(['send', '-d', 'A', pump, '{"on":false}', '--wait']);
      await stopAskers(world, askers);
      const complaints = await operators.review();
      await untilQuiet(look);
      await world.ok(['stop', 'A', 'B']);
      return complaints;
    };
    return Object.freeze({ world, wire, operators, look, finish, end });
  } catch (error) {
    await end();
    throw error;
  }
}

/** Returns the QRID of the pump. */
async function startLoad(world: World, wirePort: number): Promise<string> {
  await world.ok(['create-node', 'A']);
  await world.ok(['create-node', 'B', '--url', `http://127.0.0.1:${wirePort}`]);
  await world.ok(['start', 'A', 'B']);
  await world.ok(['gossip', 'A', 'B']);
  const pump = await world.ok(['install', 'A', world.write('pump.js', PUMP)]);
  const meter = await world.ok(['install', 'B', world.write('meter.js', METER)]);
  const refs = ['--ref', `to=${meter}`, '--ref', `self=${pump}`];
  await world.ok(['send', '-d', 'A', pump, '{"on":true}', ...refs, '--wait']);
  return pump;
}

async function untilQuiet(look: () => Promise<Look>): Promise<void> {
  const endMs = performance.now() + QUIET_MS_MAX;
  let movedMs = performance.now();
  for (let quiet = 0; quiet < 2; ) {
    const { a, b } = await look();
    const rows = [a.inbox, a.outbox, b.inbox, b.outbox].map((queue) => queue.rows);
    const pending = [a.promises.pending, b.promises.pending];
    const nowMs = performance.now();
    const isMoving = rows.some((count) => count > 0);
    if (isMoving) movedMs = nowMs;
    quiet = isMoving || pending.some((count) => count > 0) ? 0 : quiet + 1;
    if (nowMs > endMs) throw new Error(`not quiet, rows are left: ${rows}`);
    if (quiet === 0 && nowMs > movedMs + LOST_MS) {
      throw new LostAnswerError(`promises are left that nothing settles: ${pending}`);
    }
    await delay(LOOK_EVERY_MS);
  }
}

function portOf(world: World, name: string): number {
  return (JSON.parse(readFileSync(world.path(name, 'config.json'), 'utf8')) as { port: number })
    .port;
}
