// Calls: running another object of this vat now, in this turn.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { makeTestNet } from './net.ts';

const LIST =
  '(args, power) => { (power.memory.got ??= []).push(args); return power.memory.got.length; }';

describe('calls', () => {
  let vat: TestVat;
  let peer: TestVat;
  beforeAll(async () => {
    const net = makeTestNet();
    vat = await openTestVat({ net });
    peer = await openTestVat({ net, objects: { list: LIST } });
    // Known to each other, so that a later send would be the only new item.
    await vat.queue(peer.ref('list'), 'first');
    await net.run();
  });
  afterAll(closeTestVats);

  it('Q27 a call runs the callee now and returns what it returns, as it is', async () => {
    const list = await vat.install('list', LIST);
    const turns = (await vat.status()).turns;
    const found = await vat.value(
      `(() => {
        const first = args.list.call('a');
        const second = Q.call(args.list, 'b');
        const give = power.make_object('(args) => args.value');
        const values = [undefined, null, 5, 'text', Symbol.iterator, 10n, new Map(), () => 1, args.list];
        return { counts: [first, second], same: values.map((value) => give.call({ value }) === value), none: typeof give.call({}) };
      })()`,
      { list },
    );
    expect(found).toEqual({ counts: [1, 2], same: Array(9).fill(true), none: 'undefined' });
    expect(vat.memory(list)).toEqual({ got: ['a', 'b'] });
    // Two calls, and still one turn.
    expect((await vat.status()).turns).toBe(turns + 1);
  });

  it('Q27 what the callee throws reaches the caller as it is, and can be caught', async () => {
    const found = await vat.value(
      `(() => {
        const thrower = power.make_object('(args, power) => { throw args.thrown; }');
        const things = [Error('mine'), 'text', null, undefined, { any: 'thing' }, () => 1, Symbol.for('s')];
        const seen = things.map((thrown) => {
          try { thrower.call({ thrown }); return 'returned'; } catch (error) { return error === thrown; }
        });
        const inner = power.make_object('(args) => args.thrower.call(args)');
        try { inner.call({ thrower, thrown: 'deep' }); } catch (error) { seen.push(error); }
        return seen;
      })()`,
    );
    expect(found).toEqual([...Array(7).fill(true), 'deep']);
  });

  it('Q27 objects may call themselves and each other again', async () => {
    const found = await vat.value(
      `(() => {
        const fib = power.make_object('(args) => args.n < 2 ? args.n : args.fib.call({ n: args.n - 1, fib: args.fib }) + args.fib.call({ n: args.n - 2, fib: args.fib })');
        const ping = power.make_object('(args, power) => { power.memory.n += 1; if (args.n > 0) args.other.call({ n: args.n - 1, other: args.own, own: args.other }); return power.memory.n; }', { memory: { n: 0 } });
        const pong = power.make_object('(args, power) => { power.memory.n += 10; if (args.n > 0) args.other.call({ n: args.n - 1, other: args.own, own: args.other }); return power.memory.n; }', { memory: { n: 0 } });
        const first = ping.call({ n: 4, own: ping, other: pong });
        return [fib.call({ n: 10, fib }), first, pong.call({ n: 0 })];
      })()`,
    );
    expect(found).toEqual([55, 3, 30]);
    // Also the one that runs now: it meets its own memory, half-changed.
    const self = await vat.install(
      'self',
      `(args, power) => {
        const { memory } = power;
        if (args.again) { memory.seen = memory.n; memory.n = 5; return; }
        memory.n = 1;
        args.self.call({ again: true });
        memory.after = memory.n;
      }`,
    );
    await vat.send(self, { self });
    expect(vat.memory(self)).toEqual({ n: 5, seen: 1, after: 5 });
  });

  it('Q28 a call carries what JSON cannot: functions, maps, cycles, and the same object', async () => {
    const found = await vat.value(
      `(() => {
        const apply = power.make_object('(args) => args.f(args.x)');
        const touch = power.make_object('(args) => { args.box.touched = true; args.map.set("k", args.box); args.loop.self = args.loop; return args.box; }');
        const box = {}; const map = new Map(); const loop = {};
        const back = touch.call({ box, map, loop });
        return [apply.call({ f: (x) => x * 2, x: 21 }), box.touched, map.get('k') === box, back === box, loop.self === loop];
      })()`,
    );
    expect(found).toEqual([42, true, true, true, true]);
  });

  it('Q28 a function in memory, in a send or in a new power fails loudly, with its path', async () => {
    const turns = (await vat.status()).turns;
    const inMemory = await vat.install(
      'keeper',
      '(args, power) => { power.memory.cb = args.f; power.memory.ran = 1; }',
    );
    const found = await vat.value(
      `[() => args.keeper.sendOnly({ list: [() => 1] }), () => power.make_object('() => 1', { cb: () => 1 }),
        () => power.make_object('() => 1', { memory: { cb: args.keeper.call } })].map((attempt) => {
          try { attempt(); return 'done'; } catch (error) { return error.code + ' ' + error.message; }
        })`,
      { keeper: inMemory },
    );
    expect(found).toEqual([
      expect.stringMatching(/^QRT_DATA_UNCARRIED args\.list\[0\] .*function/),
      expect.stringMatching(/^QRT_DATA_UNCARRIED newpower\.cb .*function/),
      expect.stringMatching(/^QRT_DATA_UNCARRIED newpower\.memory\.cb .*function/),
    ]);
    await expect(
      vat.value('args.keeper.call({ f: () => 1 }) ?? 0', { keeper: inMemory }),
    ).rejects.toThrow(/power\.memory\.cb.*function/);
    expect(vat.memory(inMemory)).toEqual({});
    expect((await vat.status()).turns).toBe(turns + 2);
  });

  it('Q29 a call to an object of another vat throws QRT_CALL_REMOTE and queues nothing', async () => {
    const to = peer.ref('list');
    const sentBefore = (await vat.status()).links[0]?.sent;
    const found = await vat.value(
      `[() => args.to.call({ n: 1 }), () => Q.call(args.to, { n: 2 }), () => args.to.call(() => 1)].map((attempt) => {
        try { attempt(); return 'called'; } catch (error) { return [error.code, error instanceof Error, Object.isFrozen(error)]; }
      })`,
      { to },
    );
    expect(found).toEqual(Array(3).fill(['QRT_CALL_REMOTE', true, true]));
    await vat.net.run();
    expect((await vat.status()).links[0]?.sent).toEqual(sentBefore);
    expect(peer.memory('list')).toEqual({ got: ['first'] });
    // Uncaught it fails the turn, and what the turn had sent before is gone with it.
    const code =
      '(args, power) => { power.memory.ran = 1; args.to.sendOnly("lost"); args.to.call(1); }';
    const caller = await vat.install('caller', code);
    await vat.queue(caller, { to });
    await vat.net.run();
    expect((await vat.log('failure')).at(-1)).toContain('QRT_CALL_REMOTE');
    expect(vat.memory(caller)).toEqual({});
    expect(peer.memory('list')).toEqual({ got: ['first'] });
  });

  it('Q29 a call to a deleted object throws QRT_NO_OBJECT, whether or not it was just called', async () => {
    const callee = await vat.install('callee', LIST);
    const never = await vat.install('never', LIST);
    const power = { callee, never, far: peer.ref('list') };
    const caller = await vat.install(
      'calls all',
      `(args, { memory, callee, never, far }) => {
        const call = (to) => {
          try { return to.call(1); } catch (error) { return [error.code, error instanceof Error, Object.isFrozen(error)]; }
        };
        const targets = args === 'both' ? [callee, far] : [callee, never, far];
        (memory.found ??= []).push(targets.map(call));
      }`,
      { power },
    );
    const careless = await vat.install(
      'careless',
      '(args, { memory, callee }) => { memory.ran = args; callee.sendOnly(1); if (args === "call") callee.call(1); }',
      { power },
    );
    await vat.send(caller, 'both');
    const [worker] = vat.workerPids();
    for (const object of [callee.id, never.id]) {
      const reply = await vat.ask({ type: 'delete', id: `delete-${object}`, object });
      expect(reply).toMatchObject({ ok: true, value: { memory: 'emptied' } });
    }
    await vat.send(caller);
    const [remote, gone] = ['QRT_CALL_REMOTE', 'QRT_NO_OBJECT'].map((code) => [code, true, true]);
    const found = [
      [1, remote],
      [gone, gone, remote],
    ];
    expect(vat.memory(caller)).toEqual({ found });
    // The very worker that had called it was told to forget it.
    expect(vat.workerPids()).toEqual([worker]);
    await vat.crash();
    await vat.send(caller);
    expect(vat.memory(caller)).toEqual({ found: [...found, found[1]] });
    // Uncaught it fails the turn; a send is accepted, and rejected in the log.
    const failures = (await vat.log('failure')).length;
    await vat.send(careless, 'call');
    expect(vat.memory(careless)).toEqual({});
    await vat.send(careless, 'send');
    expect(vat.memory(careless)).toEqual({ ran: 'send' });
    expect((await vat.log('failure')).slice(failures)).toEqual(
      Array(2).fill(expect.stringMatching(/^QRT_NO_OBJECT: /)),
    );
  });

  it('Q29 of messages around a deletion each ran before it or was rejected, none was lost', async () => {
    const count = 400;
    const callee = await vat.install(
      'counted',
      '(args, { memory }) => { memory.n = (memory.n ?? 0) + 1; }',
    );
    const caller = await vat.install(
      'counter',
      `(args, { memory, callee }) => {
        try { callee.call(); memory.ran = (memory.ran ?? 0) + 1; } catch (error) { memory[error.code] = (memory[error.code] ?? 0) + 1; }
      }`,
      { power: { callee } },
    );
    const [failures, { turns }] = [(await vat.log('failure')).length, await vat.status()];
    const queued: Promise<unknown>[] = [];
    for (let n = 0; n < count; n += 1) {
      if (n === count / 2) {
        queued.push(vat.ask({ type: 'delete', id: 'in-between', object: callee.id }));
      }
      queued.push(vat.queue(caller));
      // After the deletion its QRID opens nothing; before, its turns stand between the calls.
      if (n < count / 2) queued.push(vat.queue(callee));
    }
    await Promise.all(queued);
    await vat.run();
    const memory = vat.memory(caller) as { ran: number; QRT_NO_OBJECT: number };
    expect(memory.ran + memory.QRT_NO_OBJECT).toBe(count);
    expect(memory.QRT_NO_OBJECT).toBeGreaterThanOrEqual(count / 2);
    const rejected = (await vat.log('failure')).length - failures;
    const status = await vat.status();
    expect(status).toMatchObject({ workersLost: 0, quarantined: 0, inbox: { rows: 0 } });
    expect(status.turns - turns).toBe(count + count / 2 - rejected);
    const emptied = callee.id.replace(/^o(\d+)\.0$/, 'm$1.1');
    expect(vat.rows('memory').find(({ id }) => id === emptied)).toMatchObject({ value: '{}' });
  });

  it('Q27 what is no reference cannot be called', async () => {
    const codes = await vat.value(
      `[null, {}, 'text', () => 1, { call: () => 1 }, new Proxy(args.to, {}), Object.create(args.to)].map((fake) => {
        try { return String(Q.call(fake, 1)); } catch (error) { return error.code; }
      })`,
      { to: await vat.install('to', LIST) },
    );
    expect(codes).toEqual(Array(7).fill('QRT_TARGET_INVALID'));
  });

  it('Q30 a nested call and its caller are kept or undone as one', async () => {
    const inner =
      '(args, power) => { power.memory.n = (power.memory.n ?? 0) + 1; args.sink.sendOnly("inner"); if (args.inner) throw Error("inner"); }';
    const outer = `(args, power) => {
      power.memory.n = (power.memory.n ?? 0) + 1;
      try { args.callee.call(args); } catch (error) { if (!args.caught) throw error; power.memory.caught = error.message; }
      args.sink.sendOnly('outer');
      if (args.outer) throw Error('outer');
    }`;
    const sink = await vat.install('sink', LIST);
    const callee = await vat.install('callee', inner);
    const caller = await vat.install('caller', outer);
    const run = async (how: Record<string, unknown>): Promise<unknown[]> => {
      await vat.send(caller, { ...how, callee, sink });
      return [vat.memory(caller), vat.memory(callee), vat.memory(sink)];
    };
    // The caller fails after the callee was done: nothing of either.
    expect(await run({ outer: true })).toEqual([{}, {}, {}]);
    // The callee fails and nobody catches: nothing of either.
    expect(await run({ inner: true })).toEqual([{}, {}, {}]);
    // Both are done: all of both.
    const both = [{ n: 1 }, { n: 1 }, { got: ['inner', 'outer'] }];
    expect(await run({})).toEqual(both);
    // The callee fails and the caller goes on: what the callee did stays, as part of this turn.
    const caught = [
      { n: 2, caught: 'inner' },
      { n: 2 },
      { got: ['inner', 'outer', 'inner', 'outer'] },
    ];
    expect(await run({ inner: true, caught: true })).toEqual(caught);
    // And fails with it.
    expect(await run({ inner: true, caught: true, outer: true })).toEqual(caught);
  });
});
