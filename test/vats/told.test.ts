// Told: what guests send to a reference `to` is what they answer, so nobody needs both.
import { describe, expect, it } from 'vitest';
import { openVat, type Sink, type TestObject } from './kit.ts';

describe('guests that tell and answer', () => {
  it('answer what they send to a reference, or the one thing in it', async () => {
    const vat = await openVat();
    const to: Sink = await vat.sink();
    const heard = async () => (await to.received()).at(-1);
    const both = async (target: TestObject, args: object) => {
      const value = await vat.answer<unknown>(target, { ...args, to });
      return [await heard(), value] as const;
    };
    const counter = await vat.guest('counter');
    expect(await both(counter, { add: 5 })).toEqual([{ count: 5 }, { count: 5 }]);
    const text = { text: 'Hello, you!' };
    expect(await both(await vat.guest('greeter'), { name: 'you' })).toEqual([text, text]);
    const facets = await vat.guest('facets');
    const [{ reader }, same] = (await both(facets, { right: 'reader' })) as [never, TestObject];
    expect(reader).toBe(same);
    expect(await both(same, {})).toEqual([{ value: 0 }, { value: 0 }]);
    const store = await vat.guest('key-value-store');
    const missing = { key: 'a', found: false };
    expect(await both(store, { method: 'get', key: 'a' })).toEqual([missing, missing]);
    const none = { keys: [], more: false };
    expect(await both(store, { method: 'list' })).toEqual([none, none]);
    const notebook = await vat.guest('notebook');
    const [{ writer }, own] = (await both(notebook, { method: 'writer' })) as [never, TestObject];
    expect(writer).toBe(own);
    expect(await both(own, { entry: 'x' })).toEqual([{ number: 1 }, { number: 1 }]);
    const [page, read] = await both(notebook, { method: 'read' });
    expect([page, read]).toEqual([read, { from: 1, entries: ['x'], next: 2, written: 1 }]);
    const limiter = await vat.guest('rate-limiter');
    const [pair, made] = await both(limiter, { target: counter, capacity: 1 });
    expect(pair).toEqual(made);
    const tokens = { tokens: 1, waiting: 0, passed: 0, dropped: 0 };
    const { refill } = made as { refill: TestObject };
    expect(await both(refill, {})).toEqual([tokens, tokens]);
    const sample = await vat.guest('sample-methods');
    const kept = { count: 0, values: [], children: [] };
    expect(await both(sample, { method: 'report' })).toEqual([kept, kept]);
  });
});
