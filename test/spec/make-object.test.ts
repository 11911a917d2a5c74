// make_object: which power a new object gets, and which memory.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTables } from '../../src/node/inspect.ts';
import { HeldRef } from './disk.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';

/** A child that adds to its memory and tells what it has. */
const COUNT = `(args, power) => { power.memory.n = (power.memory.n ?? 0) + (args?.add ?? 0); return power.memory.n; }`;
const LOOK = `(args, power) => ({ keys: Object.keys(power).sort(), memory: 'memory' in power ? JSON.stringify(power.memory) : 'none' })`;

const quote = (code: string): string => JSON.stringify(code);

describe('make_object', () => {
  let vat: TestVat;
  beforeAll(async () => {
    vat = await openTestVat({
      objects: { sink: '(args, power) => { (power.memory.got ??= []).push(args); }' },
    });
  });
  afterAll(closeTestVats);

  /** The memory slot of an object, as it is on disk. */
  const slotOf = (id: string): unknown => vat.object(id)['memory'];
  const heldBy = (name: string): string => (vat.memory(name) as { child: HeldRef }).child.held;

  it('Q32 the new reference can be used at once, and the object exists if the turn commits', async () => {
    const code = `(args, power) => {
      const child = power.make_object(${quote(COUNT)}, { memory: {} });
      const called = [child.call({ add: 1 }), Q.call(child, { add: 1 })];
      child.sendOnly({ add: 5 });
      args.sink.sendOnly({ child });
      power.memory.child = child; power.memory.called = called;
      if (args.fail) throw Error('on purpose');
    }`;
    const maker = await vat.install('maker', code);
    const before = (await vat.status()).objects;
    const codes = vat.tables()['code']?.length;
    await vat.send(maker, { sink: vat.ref('sink'), fail: true });
    expect((await vat.status()).objects).toBe(before);
    expect(vat.tables()['code']?.length).toBe(codes);
    expect([vat.memory(maker), vat.memory('sink')]).toEqual([{}, {}]);
    await vat.send(maker, { sink: vat.ref('sink') });
    expect((await vat.status()).objects).toBe(before + 1);
    const child = heldBy('maker');
    expect(vat.memory(maker)).toMatchObject({ called: [1, 2] });
    expect(vat.memoryOf(child)).toEqual({ n: 7 });
    expect(vat.memory('sink')).toEqual({ got: [{ child: new HeldRef(child) }] });
  });

  it('Q32 nothing of a turn that failed, its code included, is taken for made by the next', async () => {
    const code = `(args, power) => { power.memory.child = power.make_object(args.code, { memory: { by: args.by } }); if (args.fail) throw Error('x'); }`;
    const maker = await vat.install('numbers', code);
    for (const [by, fail] of [
      ['lost', true],
      ['kept', false],
    ])
      await vat.send(maker, { by, fail, code: '() => 1' });
    expect(vat.memoryOf(heldBy('numbers'))).toEqual({ by: 'kept' });
    expect((await vat.status()).workersLost).toBe(0);
  });

  it('Q33 newpower === power makes a child with the same memory, natives and references', async () => {
    const code = `(args, power) => {
      const child = power.make_object(${quote(`(args, power) => {
        power.memory.byChild = Object.keys(power).sort().join();
        power.log('from the child'); power.data.to.sendOnly('from the child');
        power.memory.grandchild = power.make_object('() => 1', {});
      }`)}, power);
      child.call(1);
      power.memory.child = child; power.memory.sees = power.memory.byChild;
    }`;
    const clone = await vat.install('clone', code, {
      power: { data: { to: vat.ref('sink'), n: 1 } },
      grants: ['log'],
    });
    await vat.send(clone);
    const keys = 'data,log,make_object,memory';
    expect(vat.memory(clone)).toMatchObject({
      byChild: keys,
      sees: keys,
      grandchild: expect.any(HeldRef),
    });
    expect(slotOf(heldBy('clone'))).toBe(slotOf(clone.id));
    expect(await vat.log('log')).toEqual(['from the child']);
    expect(vat.memory('sink')).toMatchObject({ got: expect.arrayContaining(['from the child']) });
    const [parent, child] = [vat.object(clone.id), vat.object(heldBy('clone'))];
    for (const part of ['natives', 'power', 'slots']) expect(child[part]).toEqual(parent[part]);
  });

  it('Q34 an empty or missing newpower makes a child without memory and natives', async () => {
    const maker = await vat.install(
      'powerless',
      `(args, power) => {
        const pure = '(args, power) => { power; if (args.to) args.to.sendOnly("by args"); return [Object.keys(power).length, args.n * 2]; }';
        const children = [power.make_object(pure, {}), power.make_object(pure, null), power.make_object(pure), power.make_object(pure, undefined)];
        power.memory.results = children.map((child) => child.call({ n: 21 }));
        children[0].call({ n: 1, to: args.to });
        power.memory.children = children;
        power.memory.refs = power.make_object(pure, { to: args.to });
      }`,
    );
    await vat.send(maker, { to: vat.ref('sink') });
    const { results, children, refs } = vat.memory(maker) as {
      results: unknown;
      children: HeldRef[];
      refs: HeldRef;
    };
    expect(results).toEqual(Array(4).fill([0, 42]));
    expect(vat.memory('sink')).toMatchObject({ got: expect.arrayContaining(['by args']) });
    // What \`qrt dump DIR objects\` shows.
    const rows = readTables(vat.dir, ['objects']).get('objects') as Record<string, unknown>[];
    const shown = new Map(rows.map((row) => [row['id'], row['powerless']]));
    expect(children.map(({ held }) => shown.get(held))).toEqual(Array(4).fill(true));
    expect([shown.get(maker.id), shown.get(refs.held), shown.get(vat.ref('sink').id)]).toEqual([
      false,
      false,
      false,
    ]);
    for (const { held } of children)
      expect(vat.object(held)).toMatchObject({ memory: null, natives: {} });
  });

  it('Q35 data and references stand at the same place in the child, as a frozen copy', async () => {
    const maker = await vat.install(
      'copies',
      `(args, power) => {
        const data = { list: [1, { deep: [args.to] }], own: power.data };
        const look = power.make_object(${quote(`(args, power) => {
          const frozen = (value) => Object(value) !== value || Object.isFrozen(value) && Object.values(value).every(frozen);
          const attempts = [() => power.data.list.push(1), () => { power.data.list[1].deep = 0; }, () => { power.data.own.x = 1; }, () => { power.extra = 1; }];
          power.data.list[1].deep[0].sendOnly('by the copy');
          return [frozen(power), attempts.filter((attempt) => { try { attempt(); return true; } catch { return false; } }).length,
            JSON.stringify(power.data), power.at.the.top === args.to];
        }`)}, { data, at: { the: { top: args.to } } });
        data.list.push('later'); data.list[1].deep.push('later'); data.more = 1;
        power.memory.found ??= look.call({ to: args.to });
        power.memory.child ??= look;
        power.memory.again = power.memory.child.call({ to: args.to });
      }`,
      { power: { data: { n: 1 } } },
    );
    // In the turn that made it, and in a later one.
    for (let turn = 0; turn < 2; turn += 1) {
      await vat.send(maker, { to: vat.ref('sink') });
      const { found, again } = vat.memory(maker) as { found: unknown; again: unknown };
      const seen = [true, 0, '{"list":[1,{"deep":[{}]}],"own":{"n":1}}', true];
      expect([found, again]).toEqual([seen, seen]);
    }
    expect(vat.memory('sink')).toMatchObject({ got: expect.arrayContaining(['by the copy']) });
    expect(JSON.stringify(vat.object(heldBy('copies')))).not.toContain('later');
  });

  it('Q36 the very memory of the maker is shared; an equal copy is a slot of its own', async () => {
    const maker = await vat.install(
      'sharing',
      `(args, power) => {
        const { memory } = power;
        const names = ['same', 'equal', 'parsed', 'added'];
        if (!memory.same) {
          memory.n = 10;
          memory.same = power.make_object(${quote(COUNT)}, { memory });
          memory.equal = power.make_object(${quote(COUNT)}, { memory: { ...memory } });
          memory.parsed = power.make_object(${quote(COUNT)}, { memory: JSON.parse(JSON.stringify({ n: memory.n })) });
          memory.added = power.make_object(${quote(COUNT)}, add(power, { extra: 1 }));
        }
        memory.results = names.map((name) => memory[name].call({ add: args }));
        memory.seen = memory.n;
      }`,
    );
    await vat.send(maker, 1);
    const memory = vat.memory(maker) as Record<string, HeldRef>;
    expect(memory).toMatchObject({ results: [11, 11, 11, 12], seen: 12, n: 12 });
    const slots = ['same', 'equal', 'parsed', 'added'].map((name) =>
      slotOf(memory[name]?.held ?? ''),
    );
    expect([slots[0], slots[3]]).toEqual([slotOf(maker.id), slotOf(maker.id)]);
    expect(new Set(slots)).toHaveLength(3);
    // In later turns they go on in the same way.
    await vat.send(maker, 100);
    expect(vat.memory(maker)).toMatchObject({ results: [112, 111, 111, 212], seen: 212, n: 212 });
    for (const name of ['equal', 'parsed']) {
      expect(vat.memoryOf(memory[name]?.held ?? '')).toMatchObject({ n: 111 });
    }
  });

  it('Q36 only identity counts: memory of another object, a part, or a proxy is never the slot', async () => {
    const maker = await vat.install(
      'identity',
      `(args, power) => {
        const { memory } = power;
        memory.part = { n: 1 };
        // The memory in args is the caller's: for the callee's own native it is content for a new slot.
        const outer = power.make_object(${quote(`(args, power) => {
          const child = (args.make ?? power.make_object)(${quote(COUNT)}, { memory: args.memory });
          child.call({ add: 1 });
          return child;
        }`)}, { memory: {}, make_object: power.make_object });
        memory.n = 0;
        memory.foreign = outer.call({ memory });
        memory.ofPart = outer.call({ memory: memory.part });
        // The native knows to whom it was given: lent out, it still means its owner's memory.
        memory.lent = outer.call({ memory, make: power.make_object });
        try { power.make_object(${quote(COUNT)}, { memory: new Proxy(memory, {}) }); memory.proxy = 'made'; } catch (error) { memory.proxy = error.code; }
      }`,
    );
    await vat.send(maker);
    const memory = vat.memory(maker) as Record<string, HeldRef>;
    expect(memory).toMatchObject({ part: { n: 1 }, n: 1, proxy: expect.stringMatching(/^QRT_/) });
    const [foreign, ofPart, lent] = ['foreign', 'ofPart', 'lent'].map((name) => memory[name]!.held);
    expect(vat.memoryOf(foreign!)).toMatchObject({ n: 1, part: { n: 1 } });
    expect(vat.memoryOf(ofPart!)).toEqual({ n: 2 });
    expect(slotOf(lent!)).toBe(slotOf(maker.id));
    expect(new Set([maker.id, foreign!, ofPart!].map(slotOf))).toHaveLength(3);
  });

  it('Q37 undefined memory, and null through add, is none', async () => {
    const found = await vat.value(
      `[{ memory: undefined }, { memory: null }, add(power, { memory: null }), add(power, { memory: undefined }), { x: 1 }]
        .map((newpower) => power.make_object(${quote(LOOK)}, newpower).call()).map(({ memory }) => memory)`,
    );
    expect(found).toEqual(Array(5).fill('none'));
  });

  it('Q37 memory passed in args or elsewhere in newpower is a copy, never the slot', async () => {
    const maker = await vat.install(
      'elsewhere',
      `(args, power) => {
        const { memory } = power;
        memory.n = 1;
        args.to.sendOnly({ memory });
        memory.child = power.make_object(${quote(`(args, power) => { try { power.kept.n = 9; } catch {} power.memory.n += 1; return JSON.stringify([power.kept, power.deep, power.memory]); }`)},
          { kept: memory, deep: [{ memory }], memory: { n: 5, memory } });
        memory.n = 2;
        memory.seen = memory.child.call();
      }`,
    );
    await vat.send(maker, { to: vat.ref('sink') });
    const memory = vat.memory(maker) as { n: number; seen: string; child: HeldRef };
    expect(memory.n).toBe(2);
    expect(memory.seen).toBe('[{"n":1},[{"memory":{"n":1}}],{"n":6,"memory":{"n":1}}]');
    expect(slotOf(memory.child.held)).not.toBe(slotOf(maker.id));
    expect(vat.memory('sink')).toMatchObject({
      got: expect.arrayContaining([{ memory: { n: 1 } }]),
    });
  });

  it('Q38 another object or array as memory is the content of a new slot, references kept', async () => {
    const maker = await vat.install(
      'fresh',
      `(args, power) => {
        const content = { list: [args.to, { to: args.to }], text: 'x' };
        const { memory } = power;
        memory.record = power.make_object(${quote(`(args, power) => { power.memory.list[0].sendOnly('kept'); power.memory.calls = 1; return power.memory.list[1].to === args; }`)}, { memory: content });
        memory.list = power.make_object('(args, power) => { power.memory.push(args); return power.memory.length; }', { memory: [1, args.to] });
        content.text = 'changed later'; content.list.length = 0;
        memory.results = [memory.record.call(args.to), memory.list.call('more')];
        memory.refused = [5, 'text', true, () => 1, args.to, new Map(), new Date(0)].map((bad) => {
          try { power.make_object('() => 1', { memory: bad }); return 'made'; } catch (error) { return error.code; }
        });
      }`,
    );
    await vat.send(maker, { to: vat.ref('sink') });
    const memory = vat.memory(maker) as {
      record: HeldRef;
      list: HeldRef;
      results: unknown;
      refused: string[];
    };
    const to = new HeldRef(vat.ref('sink').id);
    expect(memory.results).toEqual([true, 3]);
    expect(vat.memoryOf(memory.record.held)).toEqual({ list: [to, { to }], text: 'x', calls: 1 });
    expect(vat.memoryOf(memory.list.held)).toEqual([1, to, 'more']);
    expect(memory.refused.every((code) => /^QRT_(POWER_INVALID|DATA_UNCARRIED)$/.test(code))).toBe(
      true,
    );
    expect(vat.memory('sink')).toMatchObject({ got: expect.arrayContaining(['kept']) });
  });
});
