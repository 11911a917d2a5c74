// A restart of a test vat is a `kill -9`: what was committed is there, and all else never was.

import { setTimeout as delay, setImmediate as nextRound } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeTestVat, type TestVat } from '../../src/testing/make-test-vat.ts';

/** Each test has a worker process of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

describe('restart of a test vat', () => {
  let vat: TestVat;
  beforeEach(async () => {
    vat = await makeTestVat();
  });
  afterEach(() => vat.close());

  it('memory, waiting messages and references are there again', async () => {
    const counter = await vat.install({ path: 'counter' });
    const sink = await vat.sink();
    await vat.send(counter, { add: 2, to: sink });
    await vat.send(counter, { add: 3, to: sink });
    await vat.step();
    const before = vat.inbox();
    await vat.restart();
    expect(vat.inbox()).toEqual(before);
    expect(vat.inbox()[0]?.target).toBe(counter);
    expect(await vat.memory(counter)).toEqual({ count: 2 });
    await vat.run();
    expect(await sink.received()).toEqual([{ count: 2 }, { count: 5 }]);
  });

  it('a turn that runs is interrupted, and its message waits as before', async () => {
    const spinner = await vat.install({ code: '(args) => { while (args.spin); }' });
    await vat.send(spinner, { spin: false });
    await vat.run();
    await vat.send(spinner, { spin: true });
    const stepping = vat.step();
    // The worker is ready, so the turn began in the round after the call.
    for (let round = 0; round < 3; round += 1) await nextRound();
    await vat.restart();
    expect(await stepping).toEqual({
      target: spinner,
      args: { spin: true },
      status: 'interrupted',
      sends: [],
      logs: [],
      made: [],
    });
    expect(vat.inbox()).toEqual([{ target: spinner, args: { spin: true } }]);
  });

  it('a message that is being queued is queued once', async () => {
    const sink = await vat.sink();
    const sending = Array.from({ length: 20 }, (_, n) => vat.send(sink, n));
    // The first is with the kernel, which replies in a later round, after its commit.
    for (let step = 0; step < 5; step += 1) await Promise.resolve();
    await Promise.all([vat.restart(), ...sending]);
    await vat.run();
    expect(await sink.received()).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('restarts in the middle of a run lose nothing and double nothing', async () => {
    const counter = await vat.install({ path: 'counter' });
    const sink = await vat.sink();
    const total = 600;
    for (let n = 0; n < total; n += 1) await vat.send(counter, { to: sink });
    const running = vat.run();
    for (const count of [30, 150, 300, 450]) {
      while ((await sink.received()).length < count) await delay(1);
      await vat.restart();
    }
    const turns = await running;
    const counts = Array.from({ length: total }, (_, n) => ({ count: n + 1 }));
    expect(await sink.received()).toEqual(counts);
    expect(await vat.memory(counter)).toEqual({ count: total });
    const done = turns.filter(({ status }) => status === 'done');
    expect(done.filter(({ target }) => target === sink).map(({ args }) => args)).toEqual(counts);
    expect(done).toHaveLength(2 * total);
    const others = turns.filter(({ status }) => status !== 'done');
    expect(others.every(({ status }) => status === 'interrupted')).toBe(true);
  });
});
