// Threads of a worker: no filter of calls can count them, so whoever looks at its time counts them.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { WORKER_THREADS_MAX } from '../../src/core/limits.ts';
import { endHosts, startHost, type TestHost } from './host-kit.ts';
import { fixture, levelsHere, sandboxAt } from './sandbox-kit.ts';

const OTHERS_MAX = 20;

const startThreads = async (count: number): Promise<TestHost> => {
  const sandbox = await sandboxAt(levelsHere[0] ?? 'none', fixture('obedient.cjs'));
  // Each has a stack that counts as data: the attacker that is meant makes do with less.
  const test = startHost(sandbox, { dataBytes: 2 ** 32 });
  test.run(`
    process.env.UV_THREADPOOL_SIZE = '${count}';
    fs.stat('/', () => undefined);
    reply('started');`);
  await test.reply(0);
  expect(test.host.meter(1)).toBeGreaterThanOrEqual(0);
  return test;
};

describe.runIf(process.platform === 'linux')('threads of a worker', () => {
  afterEach(endHosts);

  it('may be more than any worker has', async () => {
    const { exit, notes } = await startThreads(WORKER_THREADS_MAX - OTHERS_MAX);
    expect(await Promise.race([exit(), sleep(200)])).toBeUndefined();
    expect(notes).toEqual([]);
  });

  it('end it when they are too many', async () => {
    const { exit, notes } = await startThreads(WORKER_THREADS_MAX);
    expect(await exit()).toMatchObject({ type: 'worker-exit', end: 'unknown' });
    expect(notes[0]).toBe('a worker was ended: it starts threads without end');
  });
});
