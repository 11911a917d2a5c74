// A test vat: what a test sees of it is what is in its database and what its turns did.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeTestVat, type TestObject, type TestVat } from '../../src/testing/make-test-vat.ts';

const KEEPER = '(args, { memory }) => { memory.got = args; }';

/** Each test has a worker process of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

describe('test vat', () => {
  let vat: TestVat;
  beforeEach(async () => {
    vat = await makeTestVat();
  });
  afterEach(() => vat.close());

  it('a step runs exactly one turn, in the order of sending', async () => {
    const counter = await vat.install({ path: 'vats/counter.js' });
    const sink = await vat.sink();
    await vat.send(counter, { add: 2, to: sink });
    await vat.send(counter, { add: 3, to: sink });
    expect(await vat.step()).toEqual({
      target: counter,
      args: { add: 2, to: sink },
      status: 'done',
      sends: [{ target: sink, args: { count: 2 } }],
      logs: [],
      made: [],
    });
    expect(await vat.memory(counter)).toEqual({ count: 2 });
    expect(await sink.received()).toEqual([]);
    expect(await vat.run()).toHaveLength(3);
    expect(await sink.received()).toEqual([{ count: 2 }, { count: 5 }]);
    expect(await vat.step()).toBe(undefined);
    expect(await vat.run()).toEqual([]);
  });

  it('nothing runs before it is asked for, and calls that are not awaited keep their order', async () => {
    const installed = vat.install({ code: KEEPER });
    const keeper = await installed;
    const sent = [1, 2, 3].map((n) => vat.send(keeper, { n }));
    const stepped = vat.step();
    const memory = vat.memory(keeper);
    await Promise.all(sent);
    expect((await stepped)?.args).toEqual({ n: 1 });
    expect(await memory).toEqual({ got: { n: 1 } });
    expect(vat.inbox()).toEqual([
      { target: keeper, args: { n: 2 } },
      { target: keeper, args: { n: 3 } },
    ]);
  });

  it('references are the same values wherever they come back', async () => {
    const keeper = await vat.install({ code: KEEPER, power: { unused: [vat.outside('eve')] } });
    const sink = await vat.sink();
    const bob = vat.outside('bob');
    expect(vat.outside('bob')).toBe(bob);
    const args = { list: [sink, { deep: keeper }], bob };
    await vat.send(keeper, args);
    const [turn] = await vat.run();
    const { got } = (await vat.memory(keeper)) as { got: typeof args };
    for (const found of [got, turn?.args as typeof args]) {
      expect(found.list[0]).toBe(sink);
      expect((found.list[1] as { deep: TestObject }).deep).toBe(keeper);
      expect(found.bob).toBe(bob);
    }
  });

  it('data arrives as it was sent: own __proto__ keys, `$` keys, and what it was at that moment', async () => {
    const keeper = await vat.install({ code: KEEPER });
    const args = JSON.parse('{"__proto__":{"a":1},"$":0,"$$":{"$":1},"text":"\\u0000é"}');
    const text = JSON.stringify(args);
    const sent = vat.send(keeper, args);
    args.text = 'changed afterwards';
    await sent;
    expect(JSON.stringify(vat.inbox()[0]?.args)).toBe(text);
    await vat.run();
    expect(JSON.stringify(await vat.memory(keeper))).toBe(`{"got":${text}}`);
  });

  it('what a test does to what it reads changes nothing', async () => {
    const keeper = await vat.install({ code: KEEPER });
    await vat.send(keeper, { list: [1] });
    await vat.run();
    ((await vat.memory(keeper)) as { got: { list: number[] } }).got.list.push(2);
    expect(await vat.memory(keeper)).toEqual({ got: { list: [1] } });
  });

  it('a turn that throws leaves memory, objects, outbox and log as they were', async () => {
    const code = `({ to, fail }, { memory, make_object, log }) => {
      memory.runs = (memory.runs ?? 0) + 1;
      log('run ' + memory.runs);
      to.sendOnly(make_object('() => {}'));
      if (fail) throw TypeError('as asked');
    }`;
    const object = await vat.install({ code, name: 'maker', grants: ['log'] });
    const bob = vat.outside('bob');
    await vat.send(object, { to: bob });
    await vat.send(object, { to: bob, fail: true });
    const [done, failed] = await vat.run();
    expect(done).toMatchObject({ status: 'done', logs: ['run 1'] });
    expect(done?.made).toHaveLength(1);
    expect(failed).toEqual({
      target: object,
      args: { to: bob, fail: true },
      status: 'failed',
      failure: { name: 'TypeError', message: 'as asked' },
      sends: [],
      logs: [],
      made: [],
    });
    expect(await vat.memory(object)).toEqual({ runs: 1 });
    expect(vat.outbox()).toEqual([{ to: 'bob', args: done?.made[0] }]);
    expect(vat.log()).toEqual([
      { level: 'log', source: object, text: 'run 1' },
      { level: 'failure', source: object, text: expect.stringMatching(/^TypeError: as asked/) },
    ]);
  });

  it('an error of qrt is told with its code', async () => {
    const code = '(args, { memory }) => { memory.when = new Date(0); }';
    await vat.send(await vat.install({ code }));
    expect((await vat.step())?.failure).toEqual({
      name: 'QrtError',
      code: 'QRT_DATA_UNCARRIED',
      message: expect.stringContaining('power.memory.when of object o1.0'),
    });
  });

  it('made objects can be sent to and looked into, also while they wait in args', async () => {
    const code = `(args, { memory, make_object }) => {
      memory.child = make_object('(args, { memory }) => { memory.got = args; }', { memory: {} });
      memory.bare = make_object('() => {}');
    }`;
    const parent = await vat.install({ code, name: 'parent' });
    await vat.send(parent);
    const [turn] = await vat.run();
    const { child, bare } = (await vat.memory(parent)) as { child: TestObject; bare: TestObject };
    expect(turn?.made).toEqual([child, bare]);
    expect(turn?.made[0]).toBe(child);
    expect(child.name).toBe('parent');
    await vat.send(child, { me: child, parent });
    await vat.run();
    expect(await vat.memory(child)).toEqual({ got: { me: child, parent } });
    expect(await vat.memory(bare)).toBe(undefined);
    const again = await vat.install({ code: KEEPER, power: { child } });
    await vat.send(again, child);
    await vat.run();
    expect(await vat.memory(again)).toEqual({ got: child });
  });

  it('the outbox holds what was sent to outside objects, in the order of sending', async () => {
    const [bob, carol] = [vat.outside('bob'), vat.outside('carol')];
    const code = `({ bob, carol, me }) => {
      bob.sendOnly(1); carol.sendOnly({ bob, me }); bob.sendOnly([carol]);
    }`;
    const sender = await vat.install({ code });
    await vat.send(sender, { bob, carol, me: sender });
    await vat.run();
    const sent = [
      { to: 'bob', args: 1 },
      { to: 'carol', args: { bob, me: sender } },
      { to: 'bob', args: [carol] },
    ];
    expect(vat.outbox()).toEqual(sent);
    await vat.restart();
    expect(vat.outbox()).toEqual(sent);
    await vat.send(bob, 'from the operator');
    expect(vat.outbox()).toEqual([...sent, { to: 'bob', args: 'from the operator' }]);
  });

  it('an object outside cannot be called', async () => {
    const caller = await vat.install({ code: '({ to }) => to.call()' });
    await vat.send(caller, { to: vat.outside('bob') });
    expect((await vat.step())?.failure?.code).toBe('QRT_CALL_REMOTE');
  });

  it('a sink does nothing by itself and keeps more than a memory could', async () => {
    const sink = await vat.sink();
    const text = 'x'.repeat(200_000);
    for (let n = 0; n < 10; n += 1) await vat.send(sink, { n, text });
    expect(await vat.run()).toHaveLength(10);
    const received = (await sink.received()) as { n: number }[];
    expect(received.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await vat.memory(sink)).toEqual({});
  });

  it('two vats side by side have nothing in common', async () => {
    const other = await makeTestVat();
    try {
      const [mine, theirs] = [await vat.sink(), await other.sink()];
      expect(mine.id).toBe(theirs.id);
      expect(mine).not.toEqual(theirs);
      await Promise.all([vat.send(mine, 'mine'), other.send(theirs, 'theirs')]);
      await Promise.all([vat.run(), other.run()]);
      expect(await mine.received()).toEqual(['mine']);
      expect(await theirs.received()).toEqual(['theirs']);
    } finally {
      await other.close();
    }
  });

  it("nothing global changes in the test's own process", async () => {
    const names = Object.getOwnPropertyNames(globalThis);
    const counter = await vat.install({ path: 'counter' });
    await vat.send(counter);
    await vat.run();
    expect(Object.getOwnPropertyNames(globalThis)).toEqual(names);
    expect(Object.isFrozen(Object.prototype)).toBe(false);
    expect(Math.random()).toBeLessThan(1);
  });
});
