// Scene: two nodes with the pump at A and the meter at B, and a slow wire from A to B.

import { readFileSync } from 'node:fs';
import { type NodeStatus, readStatus } from '../../src/node/status.ts';
import { makeRandom } from '../sim/random.ts';
import { startAskers, stopAskers } from './kill-askers.ts';
import { METER, pumpCode } from './kill-guests.ts';
import { makeOperators, type Operators } from './kill-operators.ts';
import { startWire, type Wire } from './kill-wire.ts';
import { makeWorld, type World } from './kit.ts';
import { assertLinked, untilQuiet } from './quiet.ts';

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

export interface SceneOptions {
  readonly seed: number;
  readonly makeQrt: (dir: string) => string;
}

const HOLD_MS = { min: 200, max: 600 };
const QUIET = { quietMsMax: 60_000, lostMs: 5_000 };
/** Messages of the pump that are under way at most. */
const WINDOW = 4_000;

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
    assertLinked([a, b]);
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
      await untilQuiet(async () => Object.values(await look()), QUIET);
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
  const pump = await world.ok(['install', 'A', world.write('pump.js', pumpCode(WINDOW))]);
  const meter = await world.ok(['install', 'B', world.write('meter.js', METER)]);
  const refs = ['--ref', `to=${meter}`, '--ref', `self=${pump}`];
  await world.ok(['send', '-d', 'A', pump, '{"on":true,"stream":"A to B"}', ...refs, '--wait']);
  return pump;
}

function portOf(world: World, name: string): number {
  return (JSON.parse(readFileSync(world.path(name, 'config.json'), 'utf8')) as { port: number })
    .port;
}
