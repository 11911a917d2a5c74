// Sample methods: what each of them does, and that there are no others.
import { describe, expect, it } from 'vitest';
import { startKit } from '../guest/kit.ts';
import { openVat, readGuestCode, type TestObject } from './kit.ts';

describe('sample-methods', () => {
  it('records, counts, keeps the last hundred and forgets', async () => {
    const vat = await openVat();
    const sample = await vat.guest('sample-methods');
    for (let value = 0; value < 102; value += 1)
      await vat.send(sample, { method: 'record', value });
    await vat.run();
    const { count, values } = await vat.read<{ count: number; values: number[] }>(sample);
    expect(count).toBe(102);
    expect(values).toEqual(Array.from({ length: 100 }, (_, n) => n + 2));
    await vat.done(sample, { method: 'forget' });
    expect(await vat.memory(sample)).toEqual({});
  });

  it('forwards and reports to a reference', async () => {
    const vat = await openVat();
    const sample = await vat.guest('sample-methods');
    const away = vat.outside('away');
    await vat.done(sample, { method: 'forward', to: away, value: { hello: ['world'] } });
    await vat.done(sample, { method: 'report', to: away });
    expect(vat.outbox()).toEqual([
      { to: 'away', args: { hello: ['world'] } },
      { to: 'away', args: { count: 0, values: [], children: [] } },
    ]);
  });

  it('spawns children that keep values, and sends to all of them', async () => {
    const vat = await openVat();
    const sample = await vat.guest('sample-methods');
    const children: TestObject[] = [];
    for (const name of ['a', 'b']) {
      const { child } = await vat.news(sample, { method: 'spawn', name });
      children.push(child!);
    }
    expect(await vat.news(sample, { method: 'report' })).toMatchObject({ children: ['a', 'b'] });
    const turns = await vat.done(sample, { method: 'broadcast', value: 7 });
    expect(turns.slice(1).map(({ target, sends, made }) => ({ target, sends, made }))).toEqual(
      children.map((target) => ({ target, sends: [], made: [] })),
    );
    for (const [n, child] of children.entries()) {
      expect(await vat.memory(child)).toEqual({ name: 'ab'[n], count: 1, values: [7] });
    }
  });

  it('gives a child a memory of its own and nothing else', async () => {
    const kit = await startKit();
    try {
      const sample = kit.install(readGuestCode('sample-methods'), {
        grants: ['make_object', 'log'],
      });
      const { objects } = await kit.done(sample, { method: 'spawn', name: 'a' });
      const { memory, ...rest } = objects[0]!.power;
      expect(memory).not.toBe(kit.power(sample).memory);
      expect(rest).toEqual({ data: { body: '{}', slots: [] }, natives: {} });
    } finally {
      await kit.close();
    }
  });

  it('logs when it was granted a log', async () => {
    const vat = await openVat();
    const sample = await vat.guest('sample-methods', { grants: ['log'] });
    const [turn] = await vat.done(sample, { method: 'record', value: 1 });
    expect(turn?.logs).toEqual(['record done']);
  });

  it('names its methods when it is sent none of them', async () => {
    const vat = await openVat();
    const sample = await vat.guest('sample-methods');
    const wrong = [
      null,
      5,
      {},
      { method: 'nope' },
      { method: 'constructor' },
      { method: ['record'] },
    ];
    for (const args of wrong) {
      const reason = await vat.refused(sample, args);
      expect(reason).toMatch(/one of: record, forward, report, spawn, broadcast, forget/);
    }
    expect(await vat.refused(sample, { method: 'spawn' })).toMatch(/spawn needs a name/);
    expect(await vat.memory(sample)).toEqual({});
  });
});
