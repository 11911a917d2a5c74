// Key-value store: it behaves as a Map does, whatever the keys are called.
import { describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { someOf } from '../thorough.ts';
import { type GuestVat, openVat, type TestObject } from './kit.ts';

const HOSTILE_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  'size',
  'entries',
  'memory',
  '',
  ' ',
  '0',
  '-0',
  '$',
  '$0',
  '@ref',
  'then',
  'toJSON',
  'x'.repeat(100),
  '\u0000',
  '"\\',
  'ключ',
  '🔑',
];

interface Page {
  readonly keys: readonly string[];
  readonly more: boolean;
}

const get = (vat: GuestVat, store: TestObject, key: string) =>
  vat.news<object>(store, { method: 'get', key });

const listAll = async (vat: GuestVat, store: TestObject): Promise<string[]> => {
  const keys: string[] = [];
  for (;;) {
    const from = keys.length === 0 ? {} : { after: keys.at(-1) };
    const page = await vat.news<Page>(store, { method: 'list', ...from });
    keys.push(...page.keys);
    if (!page.more) return keys;
  }
};

describe('key-value store', () => {
  it.each(someOf([1, 2], 2))(
    'behaves as a Map over random operations with hostile keys (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const vat = await openVat();
      const store = await vat.guest('key-value-store');
      const other = await vat.guest('key-value-store');
      const model = new Map<string, unknown>();
      const values = [
        0,
        '',
        false,
        null,
        [],
        [[{}]],
        JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
        { $: 0, '@ref': 0 },
        store,
        { deep: [vat.outside('away')] },
        'x'.repeat(1_000),
      ];
      for (let n = 0; n < 300; n += 1) {
        const key = pick(random, HOSTILE_KEYS);
        const dice = random();
        if (dice < 0.4) {
          const value = pick(random, values);
          await vat.done(store, { method: 'set', key, value });
          model.set(key, value);
        } else if (dice < 0.6) {
          await vat.done(store, { method: 'delete', key });
          model.delete(key);
        } else if (dice < 0.9) {
          const found = model.has(key);
          const answer = found ? { key, found, value: model.get(key) } : { key, found };
          expect(await get(vat, store, key)).toStrictEqual(answer);
        } else {
          expect(await listAll(vat, store)).toEqual([...model.keys()].sort());
        }
        if (random() < 0.02) await vat.restart();
      }
      for (const [key, value] of model) {
        expect(await get(vat, store, key)).toStrictEqual({ key, found: true, value });
      }
      expect(await get(vat, other, '__proto__')).toEqual({ key: '__proto__', found: false });
      expect(await listAll(vat, other)).toEqual([]);
    },
  );

  it('lists more keys than fit on a page, each once, while others come and go', async () => {
    const vat = await openVat();
    const store = await vat.guest('key-value-store');
    const keys = Array.from({ length: 1_001 }, (_, n) => `key ${String(n).padStart(4, '0')}`);
    for (const key of keys.toReversed()) await vat.send(store, { method: 'set', key, value: 1 });
    await vat.run();
    const page = await vat.news<Page>(store, { method: 'list' });
    expect(page).toEqual({ keys: keys.slice(0, 500), more: true });
    await vat.done(store, { method: 'delete', key: keys[0] });
    await vat.done(store, { method: 'set', key: 'a', value: 1 });
    expect(await vat.news(store, { method: 'list', after: keys[499] })).toEqual({
      keys: keys.slice(500, 1_000),
      more: true,
    });
    expect(await vat.news(store, { method: 'list', after: keys[999] })).toEqual({
      keys: [keys[1_000]],
      more: false,
    });
  });

  it('refuses what is too large with its bound, and stays as it was', async () => {
    const vat = await openVat();
    const store = await vat.guest('key-value-store');
    const set = (key: unknown, value: unknown) => ({ method: 'set', key, value });
    await vat.done(store, set('k'.repeat(100), 'x'.repeat(59_998)));
    const before = await vat.memory(store);
    expect(await vat.refused(store, set('k'.repeat(101), 1))).toMatch(/at most 100 characters/);
    expect(await vat.refused(store, set(5, 1))).toMatch(/args.key is a text/);
    expect(await vat.refused(store, set('k', 'x'.repeat(59_999)))).toMatch(/at most 60000/);
    expect(await vat.refused(store, { method: 'set', key: 'k' })).toMatch(/needs args.value/);
    expect(await vat.memory(store)).toEqual(before);
  });

  it('is full at its own bound, before that of a memory, whatever the characters are', async () => {
    const vat = await openVat();
    const store = await vat.guest('key-value-store');
    for (const character of ['x', '"', '\u0001', 'ж', '語', '🔑']) {
      const perValue = Math.floor(59_000 / (JSON.stringify(character).length - 2));
      const value = character.repeat(perValue);
      for (const key of ['a', 'b', 'c']) await vat.done(store, { method: 'set', key, value });
      const reason = await vat.refused(store, { method: 'set', key: 'd', value });
      expect(reason).toMatch(/the store is full \(180000 characters of JSON\): delete other keys/);
      expect(await get(vat, store, 'c')).toEqual({ key: 'c', found: true, value });
      await vat.done(store, { method: 'delete', key: 'a' });
      await vat.done(store, { method: 'set', key: 'd', value });
      expect(await listAll(vat, store)).toEqual(['b', 'c', 'd']);
      for (const key of ['b', 'c', 'd']) await vat.done(store, { method: 'delete', key });
    }
  });

  it('is full at its own bound also when it holds many small values, or references', async () => {
    const vat = await openVat();
    const store = await vat.guest('key-value-store');
    const zeros = Array(29_000).fill(0);
    for (const key of ['a', 'b', 'c']) await vat.done(store, { method: 'set', key, value: zeros });
    expect(await vat.refused(store, { method: 'set', key: 'd', value: zeros })).toMatch(/full/);
    for (const key of ['a', 'b', 'c']) await vat.done(store, { method: 'delete', key });
    const user = await vat.object(
      `({ from, count, key }, { memory, make_object, store }) => {
        memory.made ??= [];
        if (key) store.call({ method: 'set', key, value: memory.made.slice(from, from + count) });
        else for (let n = 0; n < 100; n += 1) memory.made.push(make_object('() => {}'));
      }`,
      { store },
    );
    for (let n = 0; n < 10; n += 1) await vat.done(user, {});
    expect(await vat.refused(user, { key: 'a', from: 0, count: 300 })).toMatch(/at most 60000/);
    for (const [n, key] of ['a', 'b', 'c'].entries()) {
      await vat.done(user, { key, from: n * 298, count: 298 });
    }
    expect(await vat.refused(user, { key: 'd', from: 900, count: 10 })).toMatch(/full/);
  });

  it('names its methods when it is sent none of them', async () => {
    const vat = await openVat();
    const store = await vat.guest('key-value-store');
    for (const args of [
      null,
      {},
      { method: 'clear' },
      { method: '__proto__' },
      { method: ['get'] },
    ]) {
      expect(await vat.refused(store, args)).toMatch(/one of: set, get, delete, list/);
    }
  });

  it('refuses to tell what is no reference, and a page that begins after no text', async () => {
    const vat = await openVat();
    const store = await vat.guest('key-value-store');
    expect(await vat.refused(store, { method: 'get', key: 'a', to: 5 })).toMatch(
      /needs a reference/,
    );
    expect(await vat.refused(store, { method: 'list', after: 5 })).toMatch(
      /args.after is the last/,
    );
  });
});
