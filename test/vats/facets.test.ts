// Facets: each does what its right is, and never more.
import { describe, expect, it } from 'vitest';
import { makeRandom, pick } from '../sim/random.ts';
import { someOf } from '../thorough.ts';
import { type GuestVat, openVat, type TestObject } from './kit.ts';

type Right = 'reader' | 'writer' | 'adder';
const RIGHTS: readonly Right[] = ['reader', 'writer', 'adder'];

const makeFacets = async (vat: GuestVat) => {
  const root = await vat.guest('facets');
  const facets = {} as Record<Right, TestObject>;
  for (const right of RIGHTS) facets[right] = (await vat.news(root, { right }))[right]!;
  return { root, facets };
};

/** Everything that any facet or the root understands, alone and together, and things nobody does. */
const ARGS: readonly (Record<string, unknown> | string | null)[] = [
  {},
  { value: 7 },
  { value: -3 },
  { add: 5 },
  { add: 0 },
  { add: -5 },
  { add: 0.5 },
  { add: Number.MAX_SAFE_INTEGER },
  { value: '8' },
  { value: 9, add: 4 },
  { value: 9, add: -4, right: 'writer' },
  { right: 'writer' },
  { method: 'write', value: 1 },
  { memory: { value: 1 } },
  JSON.parse('{"__proto__":{"value":1,"add":1}}'),
  'value',
  null,
];

/** What the value becomes; undefined when the right does not allow the message. */
function model(right: Right, args: unknown, value: number): number | undefined {
  const { value: next, add } = Object(args) as { value?: unknown; add?: unknown };
  if (right === 'reader') return value;
  if (right === 'writer') return Number.isSafeInteger(next) ? (next as number) : undefined;
  const sum = value + (add as number);
  const isRaised = Number.isSafeInteger(add) && (add as number) >= 0;
  return isRaised && Number.isSafeInteger(sum) ? sum : undefined;
}

describe('facets', () => {
  it.each(someOf([1, 2], 2))(
    'a facet never does more than its right, whatever it is sent (seed %i)',
    async (seed) => {
      const random = makeRandom(seed);
      const vat = await openVat();
      const { root, facets } = await makeFacets(vat);
      const to = await vat.sink();
      const told: unknown[] = [];
      let value = 0;
      for (let n = 0; n < 150; n += 1) {
        const right = pick(random, RIGHTS);
        const given = pick(random, ARGS);
        const isAsking = random() < 0.5;
        const args = isAsking && typeof given === 'object' ? { ...given, to } : given;
        const next = model(right, args, value);
        const tells = right === 'reader' && Object(args).to === to;
        // One that can read is also answered.
        const isDone = next !== undefined;
        await vat.send(facets[right], args);
        const [turn] = await vat.run();
        expect(turn).toMatchObject({ status: isDone ? 'done' : 'failed', made: [] });
        expect(turn?.sends).toEqual(tells ? [{ target: to, args: { value } }] : []);
        if (tells) told.push({ value });
        value = next ?? value;
        expect(await vat.memory(root)).toEqual({ value });
        if (random() < 0.02) await vat.restart();
      }
      expect(await to.received()).toEqual(told);
    },
  );

  it('an immediate call gets no more out of a facet than a message does', async () => {
    const vat = await openVat();
    const { root, facets } = await makeFacets(vat);
    const thief = await vat.object(
      `(args, { memory, facets }) => {
        for (const [right, facet] of Object.entries(facets)) {
          for (const args of [{ value: 3, add: 2 }, { add: 2, get value() { return 4; } }]) {
            try { memory[right] = [...memory[right] ?? [], facet.call(args) ?? null]; } catch {}
          }
          memory[right + ' keys'] = Reflect.ownKeys(facet);
        }
      }`,
      { facets },
    );
    await vat.done(thief);
    const keys = { 'reader keys': [], 'writer keys': [], 'adder keys': [] };
    const reader = [{ value: 0 }, { value: 0 }];
    const done = { reader, writer: [null, null], adder: [null, null] };
    expect(await vat.memory(thief)).toEqual({ ...done, ...keys });
    expect(await vat.memory(root)).toEqual({ value: 8 });
  });

  it('what one facet does is seen by the others at once', async () => {
    const vat = await openVat();
    const { facets } = await makeFacets(vat);
    await vat.done(facets.writer, { value: 40 });
    await vat.done(facets.adder, { add: 2 });
    expect(await vat.news(facets.reader)).toEqual({ value: 42 });
  });

  it('a right that there is not is refused with those that there are', async () => {
    const vat = await openVat();
    const root = await vat.guest('facets');
    const wrong = ['owner', 'constructor', '__proto__', ['reader'], null];
    for (const args of [{}, ...wrong.map((right) => ({ right }))]) {
      const reason = await vat.refused(root, args);
      expect(reason).toBe('args.right is one of: reader, writer, adder');
    }
  });
});
