// Memory: variations of a power, and memory that several objects share.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeldRef } from './disk.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';

const quote = (code: string): string => JSON.stringify(code);

describe('memory', () => {
  let vat: TestVat;
  beforeAll(async () => {
    vat = await openTestVat();
  });
  afterAll(closeTestVats);

  it('Q39 add makes a frozen variation, changes nothing, and keeps natives and the memory', async () => {
    const found = await vat.value(
      `(() => {
        const before = JSON.stringify([Object.keys(power), power]);
        const fresh = add(power, { memory: {} });
        const none = add(power, { memory: null });
        const stuffed = add(power, { stuff: 'foo' });
        const over = add(stuffed, { data: [2], memory: power.memory });
        return {
          pure: before === JSON.stringify([Object.keys(power), power]),
          frozen: [fresh, none, stuffed, over].every(Object.isFrozen),
          memory: [fresh.memory === power.memory, 'memory' in none, stuffed.memory === power.memory, over.memory === power.memory],
          natives: [fresh, none, stuffed, over].every((each) => each.make_object === power.make_object && each.log === power.log),
          data: [fresh.data === power.data, stuffed.stuff, 'stuff' in power, over.stuff, over.data, stuffed.data],
          empty: Object.keys(add({}, {})).length,
        };
      })()`,
      null,
      { power: { data: [1] }, grants: ['log'] },
    );
    expect(found).toEqual({
      pure: true,
      frozen: true,
      memory: [false, false, true, true],
      natives: true,
      data: [true, 'foo', false, 'foo', [2], [1]],
      empty: 0,
    });
  });

  it('Q39 children of the three variations have memory of their own, none, and the shared one', async () => {
    const look = `(args, power) => {
      power.log?.('child'); const { memory } = power;
      if (memory) memory.byChild = true;
      return [Object.keys(power).sort().join(), power.stuff ?? '-', memory === undefined ? 'none' : JSON.stringify(memory)];
    }`;
    const maker = await vat.install(
      'variations',
      `(args, power) => {
        power.memory.own = 1;
        const made = [add(power, { memory: {} }), add(power, { memory: null }), add(power, { stuff: 'foo' })]
          .map((newpower) => power.make_object(${quote(look)}, newpower));
        const results = made.map((child) => child.call());
        power.memory.results = results; power.memory.made = made;
      }`,
      { grants: ['log'] },
    );
    await vat.send(maker);
    const { results, made, byChild } = vat.memory(maker) as {
      results: unknown;
      made: HeldRef[];
      byChild: unknown;
    };
    expect(results).toEqual([
      ['log,make_object,memory', '-', '{"byChild":true}'],
      ['log,make_object', '-', 'none'],
      ['log,make_object,memory,stuff', 'foo', '{"own":1,"byChild":true}'],
    ]);
    expect(byChild).toBe(true);
    expect(
      made.map(({ held }) => vat.object(held)['memory'] === vat.object(maker.id)['memory']),
    ).toEqual([false, false, true]);
    expect(await vat.log('log')).toHaveLength(3);
  });

  it('Q39 add takes plain records only, and runs no code of what it is given', async () => {
    const found = await vat.value(
      `(() => {
        const ran = [];
        const bad = [null, 5, [], new Map(), new Proxy({}, { ownKeys() { ran.push('trap'); return []; } }), { get x() { ran.push('getter'); return 1; } },
          { [Symbol('s')]: 1 }, Object.create({ inherited: 1 })];
        const codes = bad.flatMap((each) => [() => add(each, {}), () => add(power, each)]).map((attempt) => {
          try { attempt(); return 'added'; } catch (error) { return error.code; }
        });
        return [ran, [...new Set(codes)]];
      })()`,
    );
    expect(found).toEqual([[], ['QRT_POWER_INVALID']]);
    const proto = await vat.value(
      `(() => { const made = add({}, JSON.parse('{"__proto__":{"x":1}}')); return [Object.keys(made), made.x ?? null, ({}).x ?? null]; })()`,
    );
    expect(proto).toEqual([['__proto__'], null, null]);
  });

  it('Q40 what a child changed is there at the next invocation of its parent', async () => {
    const child =
      '(args, power) => { power.memory.log.push(args); delete power.memory.gone; power.memory.deep.list[0].n += 1; }';
    const parent = await vat.install(
      'parent',
      `(args, power) => {
        const { memory } = power;
        if (!memory.child) {
          memory.log = []; memory.gone = 1; memory.deep = { list: [{ n: 0 }] };
          memory.child = power.make_object(${quote(child)}, power);
          args.give.sendOnly({ child: memory.child });
        }
        memory.log.push('parent sees ' + memory.log.length + ' ' + memory.deep.list[0].n + ' ' + ('gone' in memory));
      }`,
    );
    const give = await vat.install(
      'give',
      '(args) => { args.child.sendOnly("by send"); args.child.call("by call"); }',
    );
    await vat.send(parent, { give });
    await vat.send(parent, {});
    expect(vat.memory(parent)).toMatchObject({
      log: ['parent sees 0 0 true', 'by call', 'by send', 'parent sees 3 2 false'],
      deep: { list: [{ n: 2 }] },
    });
    await vat.crash();
    await vat.send(parent, {});
    expect((vat.memory(parent) as { log: string[] }).log.at(-1)).toBe('parent sees 4 2 false');
  });

  it('Q40 in nested calls of one turn there is one live value: no update is lost', async () => {
    const parent = await vat.install(
      'nested',
      `(args, power) => {
        const { memory } = power;
        memory.n ??= 0;
        memory.same ??= [];
        memory.child ??= power.make_object(${quote(`(args, power) => {
          power.memory.n += 1;
          power.memory.same.push(args.memory === power.memory);
          if (args.depth > 0) args.next.call({ ...args, depth: args.depth - 1 });
          return power.memory;
        }`)}, power);
        // Reads, lets a child write the same slot, writes.
        const before = memory.n;
        const returned = memory.child.call({ memory, depth: 3, next: memory.child });
        memory.same.push(returned === memory);
        memory.lost = memory.n !== before + 4;
        memory.n = memory.n + 10;
        memory.child.call({ memory, depth: 0 });
      }`,
    );
    await vat.send(parent);
    expect(vat.memory(parent)).toMatchObject({ n: 15, lost: false, same: Array(6).fill(true) });
    // The same through an object that was loaded from disk and entered from below.
    await vat.crash();
    await vat.send(parent);
    expect(vat.memory(parent)).toMatchObject({ n: 30, lost: false, same: Array(12).fill(true) });
  });

  it('Q40 a turn that fails undoes the shared memory for all who share it', async () => {
    const parent = await vat.install(
      'undone',
      `(args, power) => {
        power.memory.n ??= 0;
        power.memory.child ??= power.make_object('(args, power) => { power.memory.n += 1; if (args.fail) throw Error("x"); }', power);
        power.memory.child.call(args);
      }`,
    );
    for (const fail of [false, true, false]) await vat.send(parent, { fail });
    expect(vat.memory(parent)).toMatchObject({ n: 2 });
    const { child } = vat.memory(parent) as { child: HeldRef };
    expect(vat.memoryOf(child.held)).toMatchObject({ n: 2 });
  });
});
