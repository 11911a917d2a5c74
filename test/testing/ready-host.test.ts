// The first worker of a test vat: it is there before it is asked for, and one that died is not used.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { guestProgram } from '../../src/node/program.ts';
import { makeReadyHost } from '../../src/testing/ready-host.ts';
import type { WorkerHost, WorkerInput } from '../../src/worker/host.ts';
import { findSandbox } from '../../src/worker/sandbox-finder.ts';

/** Each test has a worker process of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

describe('ready host', () => {
  let host: WorkerHost;
  const inputs: WorkerInput[] = [];
  let wake = (): void => {};
  const open = async (): Promise<void> => {
    const sandbox = await findSandbox({ program: guestProgram() });
    inputs.length = 0;
    host = makeReadyHost({
      sandbox,
      onInput(input) {
        inputs.push(input);
        wake();
      },
    });
  };
  const next = async (): Promise<WorkerInput> => {
    if (inputs.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return inputs.shift()!;
  };
  afterEach(() => host.close());

  it('what the first worker says is told under the number that it gets', async () => {
    await open();
    await expect.poll(() => host.meter(0)).toBeGreaterThan(0);
    const [first] = host.pids();
    host.start(7);
    expect(host.pids()).toEqual([first]);
    expect(await next()).toMatchObject({ type: 'worker-frame', worker: 7 });
    host.start(8);
    await expect.poll(() => host.pids()).toHaveLength(2);
    host.kill(7);
    const ends = [await next(), await next()].filter(({ type }) => type === 'worker-exit');
    expect(ends).toEqual([{ type: 'worker-exit', worker: 7, end: 'killed' }]);
  });

  it('a first worker that died before it was wanted is replaced', async () => {
    await open();
    await expect.poll(() => host.pids()).toHaveLength(1);
    process.kill(host.pids()[0]!, 'SIGKILL');
    await expect.poll(() => host.pids()).toEqual([]);
    host.start(7);
    expect(await next()).toMatchObject({ type: 'worker-frame', worker: 7 });
  });
});
