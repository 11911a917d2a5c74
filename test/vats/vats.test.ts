import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeTestVat, type TestObject, type TestVat } from '../../src/testing/make-test-vat.ts';

/** Each test has a worker process of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

describe('vats', () => {
  let vat: TestVat;
  beforeEach(async () => {
    vat = await makeTestVat();
  });
  afterEach(() => vat.close());

  /** Sends a message and runs its turn, which must be done. */
  const done = async (target: TestObject, args?: unknown) => {
    await vat.send(target, args);
    const turn = await vat.step();
    expect(turn).toMatchObject({ target, status: 'done' });
    return turn!;
  };
  const failed = async (target: TestObject, args: unknown): Promise<string> => {
    await vat.send(target, args);
    const turn = await vat.step();
    expect(turn).toMatchObject({ target, status: 'failed' });
    return turn!.failure!.message;
  };

  describe('counter', () => {
    it('adds up and tells the new count', async () => {
      const counter = await vat.install({ path: 'counter' });
      const bob = vat.outside('bob');
      await done(counter, { add: 5 });
      await done(counter);
      const { sends } = await done(counter, { add: -2, to: bob });
      expect(await vat.memory(counter)).toEqual({ count: 4 });
      expect(sends).toEqual([{ target: bob, args: { count: 4 } }]);
    });

    it('refuses what is no whole number', async () => {
      const counter = await vat.install({ path: 'counter' });
      expect(await failed(counter, { add: 0.5 })).toMatch(/whole number/);
      expect(await vat.memory(counter)).toEqual({});
    });
  });

  describe('sample-methods', () => {
    const install = (grants: readonly string[] = []) =>
      vat.install({ path: 'sample-methods', grants });

    it('records, counts, keeps the last hundred and forgets', async () => {
      const sample = await install();
      for (let value = 0; value < 102; value += 1) {
        await vat.send(sample, { method: 'record', value });
      }
      await vat.run();
      const memory = await vat.memory<{ count: number; values: number[] }>(sample);
      expect(memory.count).toBe(102);
      expect([memory.values.length, memory.values[0], memory.values.at(-1)]).toEqual([100, 2, 101]);
      await done(sample, { method: 'forget' });
      expect(await vat.memory(sample)).toEqual({});
    });

    it('forwards and reports to a reference', async () => {
      const sample = await install();
      const to = vat.outside('friend');
      await done(sample, { method: 'forward', to, value: { hello: ['world'] } });
      await done(sample, { method: 'report', to });
      expect(vat.outbox()).toEqual([
        { to: 'friend', args: { hello: ['world'] } },
        { to: 'friend', args: { count: 0, values: [], children: [] } },
      ]);
    });

    it('spawns children and sends to all of them', async () => {
      const sample = await install();
      const to = vat.outside('friend');
      const [a] = (await done(sample, { method: 'spawn', name: 'a' })).made;
      const spawned = await done(sample, { method: 'spawn', name: 'b', to });
      const [b] = spawned.made;
      expect(spawned.sends).toEqual([{ target: to, args: { name: 'b', child: b } }]);
      const { sends } = await done(sample, { method: 'broadcast', value: 7 });
      expect(sends.map(({ target }) => target)).toEqual([a, b]);
      await vat.run();
      for (const child of [a!, b!]) {
        expect(await vat.memory(child)).toMatchObject({ count: 1, values: [7] });
      }
    });

    it('logs when it was granted a log', async () => {
      const sample = await install(['log']);
      expect((await done(sample, { method: 'record', value: 1 })).logs).toEqual(['record done']);
      expect(vat.log()).toEqual([{ level: 'log', source: sample, text: 'record done' }]);
    });

    it.each([null, 5, {}, { method: 'nope' }, { method: 'constructor' }, { method: ['record'] }])(
      'names its methods when args are %j',
      async (args) => {
        expect(await failed(await install(), args)).toMatch(
          /one of: record, forward, report, spawn, broadcast, forget/,
        );
      },
    );
  });
});
