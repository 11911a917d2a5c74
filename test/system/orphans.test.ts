// No process outlives the node that started it, whatever its guest does and whenever the node dies.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { someOf } from '../thorough.ts';
import { copyBuild } from './kill-copy.ts';
import { eventually, isAlive, makeWorld, processesOf, type World } from './kit.ts';

const LOOP = 'function (args) { while (args.loop); }';

/** Two of the three, or the third: of a kind that `test/worker/orphan.test.ts` knows in small. */
const tried = someOf(['looping', 'waiting', 'starting'], 2);

describe('after the kill -9 of a node', () => {
  // A build of its own: its processes, adopted or not, all name a path in this directory.
  let world: World;
  beforeAll(() => {
    world = makeWorld({ makeQrt: (dir) => copyBuild({ dir }) });
  });
  afterAll(() => world.end());

  /** Starts a new node with messages for its guest, and waits for the worker. */
  const startBusy = async (name: string, args: string): Promise<void> => {
    await world.ok(['create-node', name]);
    const qrid = await world.install(name, LOOP);
    for (let count = 0; count < 3; count += 1) await world.ok(['send', '-d', name, qrid, args]);
    await world.ok(['start', name]);
    await eventually(async () => (await world.status(name)).workerPids?.length);
  };

  /** They end by themselves: at once, or on a busy machine when they get to run. */
  const untilNoneIsLeft = () => eventually(() => processesOf(world.dir).length === 0);

  it.runIf(tried.includes('looping'))(
    'no process of it is alive though its guest is in an endless loop',
    async () => {
      await startBusy('LOOPING', '{"loop":true}');
      // The loop is ended by its deadline, and begins again in another worker.
      const pids = await eventually(async () => {
        const { pid, workerPids = [], sparePid } = await world.status('LOOPING');
        const seen = [pid, ...workerPids, sparePid].filter((each) => each !== undefined);
        // Behind a wall what names the directory is the program that stands around the worker.
        const named = processesOf(world.dir).length;
        return seen.length === 3 && seen.every(isAlive) && named === 3 ? seen : undefined;
      });
      await world.kill('LOOPING');
      await untilNoneIsLeft();
      await eventually(() => !pids.some(isAlive));
    },
  );

  it.runIf(tried.includes('waiting'))(
    'no process of it is alive though its guest waits for work',
    async () => {
      await startBusy('WAITING', '{}');
      await eventually(async () => (await world.status('WAITING')).inbox.rows === 0);
      await world.kill('WAITING');
      await untilNoneIsLeft();
    },
  );

  it.runIf(tried.includes('starting'))(
    'no process of it is alive though its worker was just being started',
    async () => {
      await world.ok(['create-node', 'STARTING']);
      const qrid = await world.install('STARTING', LOOP);
      for (const afterMs of someOf([0, 50, 150], 3)) {
        await world.ok(['start', 'STARTING']);
        const { pid } = await world.status('STARTING');
        await world.ok(['send', '-d', 'STARTING', qrid, '{"loop":true}']);
        await delay(afterMs);
        process.kill(pid ?? 0, 'SIGKILL');
        await untilNoneIsLeft();
      }
    },
  );
});
