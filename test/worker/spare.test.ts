// The spare of a host: when there is one, what it has seen, and that it outlives nobody.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KernelFrame } from '../../src/core/frames.ts';
import type { LocalId } from '../../src/core/ids.ts';
import { SPARE_DELAY_MS, SPARE_FAILURES_MAX } from '../../src/core/limits.ts';
import { makeWorkerHost, type WorkerHost, type WorkerInput } from '../../src/worker/host.ts';
import { isRunning, msUntilGone } from './processes.ts';
import { fixture, levelsHere, sandboxAt } from './sandbox-kit.ts';

/** Each test has worker processes of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const obedient = await sandboxAt('none', fixture('obedient.cjs'));
const talkative = await sandboxAt('none', fixture('talkative.cjs'));

const NONE = { rows: 0, bytes: 0 };
const TURN: KernelFrame = {
  type: 'turn',
  turn: 1,
  target: 'o1.0' as LocalId,
  args: { body: '[]', slots: [] },
  readings: { timeMs: 0, seed: '', inbox: NONE, outbox: NONE },
};

const hosts: WorkerHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

function startHost({ sandbox = obedient, idleMsMax = 60_000 } = {}) {
  const inputs: WorkerInput[] = [];
  const notes: string[] = [];
  const host = makeWorkerHost({
    sandbox,
    spare: { idleMsMax },
    onInput: (input) => inputs.push(input),
    onNote: (text) => notes.push(text),
  });
  hosts.push(host);
  const said = (worker: number): unknown[] =>
    inputs.flatMap((input) =>
      input.type === 'worker-frame' && input.worker === worker
        ? [JSON.parse(Buffer.from(input.payload).toString())]
        : [],
    );
  /** Runs a text in a worker; its reply is the one after `ready`. */
  const ask = async (worker: number, text: string): Promise<unknown> => {
    host.send(worker, { type: 'check', text, bytesMax: 1 });
    await expect.poll(() => said(worker), LONG).toHaveLength(2);
    return said(worker)[1];
  };
  return { host, inputs, notes, said, ask };
}

const LONG = { timeout: 30_000, interval: 5 };

/** Worker 1 has begun a turn, and the spare has been started. */
async function startBoth(options?: Parameters<typeof startHost>[0]) {
  const test = startHost(options);
  const { host, said } = test;
  host.start(1);
  await expect.poll(() => said(1).length, LONG).toBeGreaterThan(0);
  host.send(1, TURN);
  await expect.poll(() => host.sparePid(), LONG).toBeDefined();
  const [worker = 0] = host.pids();
  return { ...test, worker, spare: host.sparePid() ?? 0 };
}

describe('the spare worker', () => {
  it('is started after the first turn has begun, and not before', async () => {
    const { host, ask } = startHost();
    host.start(1);
    await ask(1, 'reply(1)');
    await sleep(3 * SPARE_DELAY_MS);
    expect(host.sparePid()).toBeUndefined();
    host.send(1, TURN);
    expect(host.sparePid()).toBeUndefined();
    await expect.poll(() => host.sparePid(), LONG).toBeDefined();
    expect(host.pids()).toHaveLength(1);
    expect(host.pids()).not.toContain(host.sparePid());
  });

  it('takes over from a killed worker, ready, and has never been sent a frame', async () => {
    const { host, said, ask, inputs, worker, spare } = await startBoth();
    // It is ready, but nobody is told.
    await sleep(300);
    expect(inputs).toHaveLength(1);
    host.send(1, { type: 'check', text: 'globalThis.seen = 1; for (;;) {}', bytesMax: 1 });
    host.kill(1);
    host.start(2);
    expect(host.pids()).toEqual([worker, spare]);
    expect(said(2)).toEqual([]);
    expect(await ask(2, 'reply([process.pid, String(globalThis.seen), read.count])')).toEqual([
      spare,
      'undefined',
      // The length and the body of this very frame.
      2,
    ]);
    expect(said(2)[0]).toMatchObject({ type: 'ready' });
    const exits = () => inputs.filter(({ type }) => type === 'worker-exit');
    await expect.poll(exits, LONG).toEqual([{ type: 'worker-exit', worker: 1, end: 'killed' }]);
    expect(host.sparePid()).toBeUndefined();
    host.send(2, TURN);
    await expect.poll(() => host.sparePid(), LONG).toBeDefined();
    expect(host.sparePid()).not.toBe(spare);
  });

  it('is handed out also while it is being started, and tells all that it says', async () => {
    const { host, ask, spare } = await startBoth();
    host.kill(1);
    host.start(2);
    expect(await ask(2, 'reply(process.pid)')).toBe(spare);
  });

  it('tells nothing when it is handed out and killed at once', async () => {
    const { host, said, spare } = await startBoth();
    await sleep(300);
    host.start(2);
    host.kill(2);
    await msUntilGone(spare, 5_000);
    expect(said(2)).toEqual([]);
  });

  it('ends with the worker that is given back for rest', async () => {
    const { host, worker, spare, notes } = await startBoth();
    host.kill(1, 'rest');
    expect(host.sparePid()).toBeUndefined();
    await Promise.all([msUntilGone(worker, 5_000), msUntilGone(spare, 5_000)]);
    expect(notes).toEqual([]);
  });

  it('does not start any more when the worker is given back first', async () => {
    const { host, ask } = startHost();
    host.start(1);
    await ask(1, 'reply(1)');
    host.send(1, TURN);
    host.kill(1, 'rest');
    await sleep(3 * SPARE_DELAY_MS);
    expect(host.sparePid()).toBeUndefined();
  });

  it('ends after a while when a worker was killed and none follows', async () => {
    const { host, spare } = await startBoth({ idleMsMax: 300 });
    host.kill(1, 'fault');
    expect(host.sparePid()).toBe(spare);
    await msUntilGone(spare, 5_000);
    expect(host.sparePid()).toBeUndefined();
  });

  it('stays as long as workers follow one another', async () => {
    const { host, ask, worker } = await startBoth({ idleMsMax: 300 });
    host.kill(1, 'fault');
    await msUntilGone(worker, 5_000);
    host.start(2);
    host.send(2, TURN);
    await ask(2, 'reply(1)');
    await sleep(500);
    expect(host.sparePid()).toBeDefined();
  });

  it('ends with its host, which waits for it', async () => {
    const { host, worker, spare } = await startBoth();
    await host.close();
    expect([worker, spare].filter(isRunning)).toEqual([]);
  });

  it('is replaced when it dies by itself, a few times in a row, and nobody else is told', async () => {
    const { host, inputs, notes, worker } = await startBoth();
    for (let lost = 0; lost < SPARE_FAILURES_MAX; lost += 1) {
      await expect.poll(() => host.sparePid(), LONG).toBeDefined();
      process.kill(host.sparePid() ?? 0, 'SIGKILL');
      await expect.poll(() => host.sparePid(), LONG).toBeUndefined();
      host.send(1, TURN);
    }
    expect(notes.at(-1)).toContain(`${SPARE_FAILURES_MAX} spare workers in a row were lost`);
    await sleep(3 * SPARE_DELAY_MS);
    expect(host.sparePid()).toBeUndefined();
    expect(inputs.every(({ worker: number }) => number === 1)).toBe(true);
    expect(isRunning(worker)).toBe(true);
    // The next worker gets a new one.
    host.kill(1);
    host.start(2);
    host.send(2, TURN);
    await expect.poll(() => host.sparePid(), LONG).toBeDefined();
  });

  it('is thrown away when it speaks unasked', async () => {
    const { host, notes, spare } = await startBoth({ sandbox: talkative });
    await msUntilGone(spare, 5_000);
    expect(notes).toContain('a spare worker was ended: it spoke unasked');
    expect(host.sparePid()).not.toBe(spare);
  });

  for (const level of levelsHere) {
    it(`ends with the node that is killed, and so does the worker in its loop (${level})`, async () => {
      const loader = new URL('../../scripts/ts-loader.mjs', import.meta.url).href;
      const programs = [fixture('parent-with-spare.mjs'), fixture('obedient.cjs')];
      const args = ['--import', loader, ...programs, level];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const lines = createInterface({ input: child.stdout });
      const line = await new Promise<string>((resolve) => lines.once('line', resolve));
      const pids = JSON.parse(line) as number[];
      expect(pids.filter(isRunning)).toHaveLength(2);
      child.kill('SIGKILL');
      for (const pid of pids) expect(await msUntilGone(pid, 2_000)).toBeLessThan(2_000);
    });
  }
});
