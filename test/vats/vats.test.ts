import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kit, startKit } from '../guest/kit.ts';

const codeOf = async (kit: Kit, name: string): Promise<string> => {
  const path = new URL(`../../vats/${name}.js`, import.meta.url);
  const checked = await kit.check(readFileSync(path, 'utf8'));
  if ('reason' in checked) throw new Error(checked.reason);
  return checked.text;
};

describe('vats', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  describe('counter', () => {
    it('adds up and tells the new count', async () => {
      const counter = kit.install(await codeOf(kit, 'counter'));
      await kit.done(counter, { add: 5 });
      await kit.done(counter);
      const { sends } = await kit.done(counter, { add: -2, to: { $: 0 } }, { slots: ['i3'] });
      expect(kit.memory(counter)).toEqual({ count: 4 });
      expect(sends).toMatchObject([{ target: 'i3', args: { body: '{"count":4}' } }]);
    });

    it('refuses what is no whole number', async () => {
      const counter = kit.install(await codeOf(kit, 'counter'));
      expect((await kit.failed(counter, { add: 0.5 })).message).toMatch(/whole number/);
      expect(kit.memory(counter)).toEqual({});
    });
  });

  describe('sample-methods', () => {
    const install = async (grants: readonly ('make_object' | 'log')[] = ['make_object']) =>
      kit.install(await codeOf(kit, 'sample-methods'), { grants });

    it('records, counts, keeps the last hundred and forgets', async () => {
      const sample = await install();
      for (let value = 0; value < 102; value += 1) {
        await kit.done(sample, { method: 'record', value });
      }
      const memory = kit.memory(sample) as { count: number; values: number[] };
      expect(memory.count).toBe(102);
      expect([memory.values.length, memory.values[0], memory.values.at(-1)]).toEqual([100, 2, 101]);
      await kit.done(sample, { method: 'forget' });
      expect(kit.memory(sample)).toEqual({});
    });

    it('forwards and reports to a reference', async () => {
      const sample = await install();
      const slots = ['i9'];
      const forward = { method: 'forward', to: { $: 0 }, value: { hello: ['world'] } };
      expect((await kit.done(sample, forward, { slots })).sends).toMatchObject([
        { target: 'i9', args: { body: '{"hello":["world"]}' } },
      ]);
      const report = { method: 'report', to: { $: 0 } };
      expect((await kit.done(sample, report, { slots })).sends).toMatchObject([
        { target: 'i9', args: { body: '{"count":0,"values":[],"children":[]}' } },
      ]);
    });

    it('spawns children and sends to all of them', async () => {
      const sample = await install();
      await kit.done(sample, { method: 'spawn', name: 'a' });
      const spawned = await kit.done(
        sample,
        { method: 'spawn', name: 'b', to: { $: 0 } },
        { slots: ['i2'] },
      );
      expect(spawned.sends).toMatchObject([
        { target: 'i2', args: { slots: [expect.any(String)] } },
      ]);
      const sent = await kit.done(sample, { method: 'broadcast', value: 7 });
      expect(sent.sends).toHaveLength(2);
      await kit.deliver(sent);
      for (const { target } of sent.sends) {
        expect(kit.memory(target)).toMatchObject({ count: 1, values: [7] });
        expect(kit.power(target).natives).toEqual({});
      }
    });

    it('logs when it was granted a log', async () => {
      const sample = await install(['make_object', 'log']);
      const { logs } = await kit.done(sample, { method: 'record', value: 1 });
      expect(logs).toEqual([{ object: sample, text: 'record done' }]);
    });

    it.each([null, 5, {}, { method: 'nope' }, { method: 'constructor' }, { method: ['record'] }])(
      'names its methods when args are %j',
      async (args) => {
        const { message } = await kit.failed(await install(), args);
        expect(message).toMatch(/one of: record, forward, report, spawn, broadcast, forget/);
      },
    );
  });
});
