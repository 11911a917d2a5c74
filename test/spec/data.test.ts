// Data: what args and memory carry, exactly or not at all.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeldRef } from './disk.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { makeTestNet } from './net.ts';

/** Keeps what it gets, and passes it on to the references in \`next\`. */
const KEEP = `(args, power) => {
  power.memory.kept = args.data;
  power.memory.same = JSON.stringify(args.data) === args.text;
  for (const to of args.next ?? []) to.sendOnly({ data: args.data, text: args.text });
}`;

/** Expressions that JSON would change or drop, and what the refusal says of them. */
const UNCARRIED: readonly (readonly [string, RegExp])[] = [
  ['undefined', /undefined/],
  ['NaN', /NaN/],
  ['Infinity', /Infinity/],
  ['-Infinity', /Infinity/],
  ['-0', /-0/],
  ['0 * -1', /-0/],
  ['() => 1', /function/],
  ['function f() {}', /function/],
  ['class C {}', /function/],
  ['power.make_object', /./],
  ['args.to.sendOnly', /function/],
  ['Symbol("s")', /symbol/],
  ['Symbol.iterator', /symbol/],
  ['1n', /bigint/],
  ['new Date(0)', /Date/],
  ['new Map([[1, 2]])', /Map/],
  ['new Set([1])', /Set/],
  ['new WeakMap()', /WeakMap/],
  ['/x/g', /RegExp/],
  ['new Error("e")', /Error/],
  ['new (class C { x = 1; })()', /prototype/],
  ['Object.create(null)', /prototype/],
  ['Object.create({ inherited: 1 })', /prototype/],
  ['new Number(1)', /prototype/],
  ['new String("s")', /prototype|properties/],
  ['(function* () {})()', /prototype/],
  ['(function () { return arguments; })(1)', /./],
  ['({ get x() { throw Error("ran"); } })', /accessor/],
  ['({ set x(v) {} })', /accessor/],
  ['Object.defineProperty({}, "x", { value: 1 })', /enumerable/],
  ['({ [Symbol("k")]: 1 })', /symbol/],
  ['({ toJSON() { throw Error("ran"); } })', /function/],
  ['[1, , 3]', /hole/],
  ['Object.assign([1], { extra: 1 })', /properties/],
  ['new (class A extends Array {})()', /prototype/],
  ['(() => { const loop = {}; loop.self = [loop]; return loop; })()', /itself/],
  ['new Proxy({}, { ownKeys() { throw Error("ran"); } })', /proxy/],
  ['new Proxy([], {})', /proxy/],
  ['"\\ud800"', /surrogate/],
  ['({ "a\\udc00": 1 })', /surrogate/],
];

/** Data that looks like a reference of this or another system, or hits a name with a meaning. */
const LOOKALIKES: readonly string[] = [
  '{"@ref":0}',
  '{"$slot":0}',
  '{"$":0}',
  '{"$":1}',
  '{"$":"o1.0"}',
  '{"$":{"$":0}}',
  '{"$$":0}',
  '{"$$$":{"$":0},"$":1}',
  '{"$":0,"x":1}',
  '{"slot":0}',
  '{"@qclass":"slot","index":0}',
  '{"__proto__":{"polluted":true}}',
  '{"__proto__":null}',
  '{"__proto__":0,"x":1}',
  '{"$x":1,"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toJSON":"x","sendOnly":"y","call":1}',
  '{"held":"o1.0"}',
  '["$",0,"@ref",[{"$":0}]]',
  '"qrt:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"',
];

const EDGES: readonly unknown[] = [
  ...[0, 1, -1, 0.1 + 0.2, 1e21, 1.5e300, 5e-324, -1e-7, 2 ** 53 + 2, Number.MAX_VALUE],
  ...['', '\u0000', '\u2028\u2029', '😀', '\\u0041', '"', '</script>', 'é', 'x'.repeat(10_000)],
  ...[
    null,
    true,
    false,
    [],
    {},
    [[]],
    [{}],
    { '': 0 },
    { 0: 1, b: 2, a: 3 },
    { ' ': { '.': [null] } },
  ],
];

describe('data', () => {
  let one: TestVat;
  let two: TestVat;
  beforeAll(async () => {
    const net = makeTestNet();
    one = await openTestVat({ net, objects: { keep: KEEP, local: KEEP } });
    two = await openTestVat({ net, objects: { keep: KEEP } });
  });
  afterAll(closeTestVats);

  /** Sends JSON to a vat, from there to another object and to another vat; all must hold it. */
  const roundTrip = async (text: string): Promise<void> => {
    const next = [one.ref('local'), two.ref('keep')];
    await one.queue('keep', { data: JSON.parse(text), text, next });
    await one.net.run();
    for (const memory of [one.memory('keep'), one.memory('local'), two.memory('keep')]) {
      const { kept, same } = memory as { kept: unknown; same: unknown };
      expect(JSON.stringify(kept)).toBe(text);
      expect(same).toBe(true);
    }
  };

  it('Q10 JSON goes from sender to memory and to other vats exactly as it was', async () => {
    const generated = fc.sample(fc.jsonValue({ maxDepth: 5 }), { numRuns: 300, seed: 7 });
    const text = JSON.stringify(JSON.parse(JSON.stringify([...EDGES, ...generated])));
    await roundTrip(text);
    // The same through static data of a power and the memory of a child.
    const found = await one.value(
      `(() => { const child = power.make_object('(args, power) => JSON.stringify([power.data, power.memory])',
          { data: power.data, memory: power.data });
        return child.call() === JSON.stringify([power.data, power.data]); })()`,
      null,
      { power: { data: JSON.parse(text) } },
    );
    expect(found).toBe(true);
  });

  it('Q10 references are carried at any depth, and one target is one reference', async () => {
    const keep = await one.install(
      'refs',
      `(args, power) => {
        power.memory.same ??= [];
        const here = args.a[0].b, there = args.d[1][0];
        power.memory.same.push(here === args.c, there === args.e, here === there);
        if (power.memory.kept) power.memory.same.push(power.memory.kept.a[0].b === here, power.memory.kept.e === there);
        power.memory.kept = args;
      }`,
    );
    const here = one.ref('local');
    const there = two.ref('keep');
    const args = { a: [{ b: here }], c: here, d: [0, [there]], e: there };
    await one.send(keep, args);
    await one.send(keep, args);
    const { same, kept } = one.memory(keep) as { same: unknown; kept: Record<string, unknown> };
    expect(same).toEqual([true, true, false, true, true, false, true, true]);
    expect(kept['c']).toEqual(new HeldRef(here.id));
    expect(kept['a']).toEqual([{ b: new HeldRef(here.id) }]);
    expect((kept['d'] as unknown[][])[1]?.[0]).toEqual(kept['e']);
    expect(kept['e']).toBeInstanceOf(HeldRef);
  });

  it('Q10 a shared part is carried as two copies', async () => {
    await one.value(
      '(() => { const part = { n: 1 }; args.to.sendOnly({ data: [part, part], text: "" }); })() ?? 0',
      {
        to: one.ref('local'),
      },
    );
    await one.net.run();
    expect(one.memory('local')).toMatchObject({ kept: [{ n: 1 }, { n: 1 }] });
  });

  it('Q10 what JSON would change is refused in args and powers with the path of its place', async () => {
    const makers = UNCARRIED.map(([expression]) => `() => (${expression})`);
    const before = (await one.status()).turns;
    const found = (await one.value(
      `[${makers.join(',\n')}].map((make) => [
        () => args.to.sendOnly({ items: [0, 1, 2, { when: make() }] }),
        () => Q.sendOnly(args.to, { items: [0, 1, 2, { when: make() }] }),
        () => power.make_object('() => 1', { items: [0, 1, 2, { when: make() }] }),
        () => power.make_object('() => 1', { memory: { items: [0, 1, 2, { when: make() }] } }),
      ].map((attempt) => { try { attempt(); return 'carried'; } catch (error) { return error.message; } }))`,
      { to: one.ref('local') },
    )) as string[][];
    expect((await one.status()).turns).toBe(before + 1);
    const starts = ['args', 'args', 'newpower', 'newpower.memory'];
    for (const [index, [expression, reason]] of UNCARRIED.entries()) {
      for (const [way, start] of starts.entries()) {
        const message = found[index]?.[way] ?? '';
        expect(message, expression).toContain(`${start}.items[3].when`);
        expect(message, expression).toMatch(reason);
        expect(message, expression).not.toContain('ran');
      }
    }
  });

  it('Q10 what JSON would change fails the turn when it stands in memory', async () => {
    const kinds = UNCARRIED.filter(([expression]) => !expression.startsWith('power.'));
    const makers = kinds.map(([expression]) => `() => (${expression})`);
    const keep = await one.install(
      'memory',
      `(args, power) => {
        power.memory.n = args.n;
        power.memory.items = [0, { when: [${makers.join(',\n')}][args.n]() }];
        args.to.sendOnly({ data: 'never', text: '' });
      }`,
    );
    const to = one.ref('local');
    for (const n of kinds.keys()) await one.queue(keep, { n, to });
    await one.run();
    const failures = (await one.log('failure')).slice(-kinds.length);
    for (const [index, [expression, reason]] of kinds.entries()) {
      expect(failures[index], expression).toContain('power.memory.items[1].when');
      expect(failures[index], expression).toMatch(reason);
    }
    expect(one.memory(keep)).toEqual({});
    expect(one.memory('local')).not.toMatchObject({ kept: 'never' });
  });

  it('Q11 data that looks like a reference arrives as the same data', async () => {
    await roundTrip(`[${LOOKALIKES.join(',')}]`);
    for (const text of LOOKALIKES) await roundTrip(text);
    const { kept } = one.memory('keep') as { kept: unknown };
    expect(kept).not.toBeInstanceOf(HeldRef);
  });

  it('Q11 in every place where data stands it gives nothing to send to', async () => {
    const data = LOOKALIKES.map((text) => JSON.parse(text) as unknown);
    const found = await one.value(
      `(() => {
        const child = power.make_object(\`(args, power) => [args, power.data, power.memory.data].map((data) =>
            data.map((each) => { try { Q.sendOnly(each, 1); return 'sent'; } catch (error) { return error.code; } })
              .concat([JSON.stringify(data)]))\`,
          { data: power.data, memory: { data: power.data } });
        const seen = child.call(args.data);
        return { codes: [...new Set(seen.flatMap((each) => each.slice(0, -1)))], texts: [...new Set(seen.map((each) => each.at(-1)))],
          polluted: ({}).polluted ?? null, prototypes: args.data.filter((each) => Object(each) === each)
            .every((each) => [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(each))) };
      })()`,
      // A real reference stands first, so that index 0 exists in every body.
      { first: one.ref('local'), data },
      { power: { first: one.ref('local'), data } },
    );
    expect(found).toEqual({
      codes: ['QRT_TARGET_INVALID'],
      texts: [`[${LOOKALIKES.join(',')}]`],
      polluted: null,
      prototypes: true,
    });
  });

  it('Q11 a reference under the key __proto__ stays there and becomes no prototype', async () => {
    const check = `(args, power) => {
      const own = Object.getOwnPropertyDescriptor(args.data, '__proto__');
      power.memory.found = [Object.getPrototypeOf(args.data) === Object.prototype, typeof args.data.sendOnly,
        own?.enumerable, own?.value === args.to || own?.value.deep === args.to];
      for (const to of args.next) to.sendOnly({ ...args, next: [] });
    }`;
    const [here, there] = [await one.install('here', check), await two.install('there', check)];
    for (const value of ['args.to', '{ deep: args.to }']) {
      await one.value(
        `args.here.sendOnly({ data: Object.defineProperty({}, '__proto__', { value: ${value}, enumerable: true }),
          to: args.to, next: [args.there] }) ?? 0`,
        { here, there, to: one.ref('local') },
      );
      await one.net.run();
      const found = [true, 'undefined', true, true];
      expect([one.memory(here), two.memory(there)]).toEqual([{ found }, { found }]);
    }
  });
});
