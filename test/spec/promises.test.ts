// Promises: `send` returns what the answer will be, and whatever happens it comes, or a reason why not.

import { afterEach, describe, expect, it } from 'vitest';
import type { LocalId } from '../../src/core/ids.ts';
import { makeLimits } from '../../src/core/node-limits.ts';
import { HeldRef } from './disk.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';

interface Told {
  readonly context: string;
  readonly error: { readonly code?: string; readonly message: string };
}

/** Keeps all that it is sent. */
const LIST = '(args, power) => { (power.memory.got ??= []).push(args); }';
const gotOf = (vat: TestVat, name: string): readonly unknown[] =>
  (vat.memory(name) as { got?: readonly unknown[] }).got ?? [];

/** Makes a promise for `to`, and settles it when it is told how. */
const MAKER = `({ to, end }, { memory }) => {
  if (end) return memory.resolver.sendOnly(end);
  const { promise, resolver } = Q.promise();
  memory.resolver = resolver;
  to.sendOnly({ keep: promise });
}`;
/** Keeps a promise, and does with it what the args say. */
const USER = `({ keep, to, name, numbers = [] }, { memory }) => {
  if (keep) memory.kept = keep;
  if (to) Q.when(memory.kept, { fulfilled: to, rejected: to, context: name });
  for (const n of numbers) memory.kept.sendOnly(n);
  return memory.kept;
}`;

describe('promises', () => {
  afterEach(closeTestVats);

  it('Q8 what a function returns reaches who sent for it, and nobody else', async () => {
    const vat = await openTestVat({ objects: { list: LIST, echo: '(args) => ({ echo: args })' } });
    const asker = `(args, { echo, list }) => {
      echo.sendOnly('only');
      Q.when(echo.send('sent'), { fulfilled: list });
    }`;
    await vat.install('asker', asker, { power: { echo: vat.ref('echo'), list: vat.ref('list') } });
    await vat.queue('echo', 'from outside');
    await vat.send('asker');
    expect(gotOf(vat, 'list')).toEqual([{ value: { echo: 'sent' } }]);
  });

  it('Q8 a function that returns what cannot be carried fails its turn, if somebody waits for it', async () => {
    const vat = await openTestVat({ objects: { list: LIST } });
    const power = { list: vat.ref('list') };
    const bad = `(args, { memory, list }) => {
      (memory.did ??= []).push(args);
      list.sendOnly({ from: args });
      return { at: [new Map()] };
    }`;
    await vat.install('bad', bad, { power });
    const asker = `(args, { bad, list }) => {
      Q.when(bad.send('sent'), { fulfilled: list, rejected: list });
      bad.sendOnly('only');
    }`;
    await vat.install('asker', asker, { power: { ...power, bad: vat.ref('bad') } });
    await vat.send('asker');
    expect(vat.memory('bad')).toEqual({ did: ['only'] });
    const error = {
      name: 'QrtError',
      code: 'QRT_DATA_UNCARRIED',
      message: 'answer.at[0] cannot be carried: a Map',
    };
    expect(gotOf(vat, 'list')).toHaveLength(2);
    expect(gotOf(vat, 'list')).toEqual(expect.arrayContaining([{ error }, { from: 'only' }]));
    expect(await vat.log('failure')).toEqual([expect.stringContaining('answer.at[0]')]);
  });

  it('Q26 `o.send` and `Q.send` queue a message and return a promise of its answer, which is a reference', async () => {
    const vat = await openTestVat({ objects: { list: LIST, echo: '(args) => args' } });
    const power = { list: vat.ref('list'), echo: vat.ref('echo') };
    const asker = `(args, { echo, list, memory }) => {
      const said = { n: 1 };
      const promises = [echo.send(said), Q.send(echo, said)];
      said.n = 2;
      for (const promise of promises) {
        Q.when(promise, { fulfilled: list, context: { promise } });
        memory.promise = promise;
      }
      const [one, other] = promises;
      list.sendOnly([one === other, typeof one, 'then' in one, Object.isFrozen(one), String(one),
        JSON.stringify(one), Reflect.ownKeys(one)]);
    }`;
    await vat.install('asker', asker, { power });
    await vat.send('asker');
    const [seen, ...told] = gotOf(vat, 'list');
    expect(seen).toEqual([false, 'object', false, true, '[object Reference]', '{}', []]);
    const context = { promise: expect.any(HeldRef) };
    expect(told).toEqual([1, 2].map(() => ({ value: { n: 1 }, context })));
    expect(vat.memory('asker')).toEqual(context);
  });

  it('Q26 `Q.send` runs no code of what only looks like a reference, and queues nothing', async () => {
    const vat = await openTestVat();
    const value = `(() => {
      const ran = [];
      const run = (name) => ran.push(name);
      const traps = new Proxy({}, { get: (_, name) => () => run(name) });
      const fakes = [null, 5, () => run('function'), { send: () => run('send') },
        { get send() { run('getter'); } }, { get then() { run('then'); } }, new Proxy({}, traps),
        new Proxy(args.to, traps), Object.create(args.to)];
      const codes = fakes.map((fake) => {
        try { return typeof Q.send(fake, 1); } catch (error) { return error.code; }
      });
      return [ran, ...new Set(codes)];
    })()`;
    const to = await vat.install('list', LIST);
    expect(await vat.value(value, { to })).toEqual([[], 'QRT_TARGET_INVALID']);
    expect(gotOf(vat, 'list')).toEqual([]);
  });

  it('Q58 a promise lives in memories, args and answers over crashes, and all who hold it are told its end', async () => {
    const objects = { list: LIST, maker: MAKER, one: USER, two: USER };
    const vat = await openTestVat({ objects });
    const [list, one, two] = [vat.ref('list'), vat.ref('one'), vat.ref('two')];
    await vat.send('maker', { to: one });
    await vat.crash();
    // It is the answer of the one, and then kept and answered by the other.
    const asker = '(args, { one, two, list }) => { two.sendOnly({ keep: one.send({}) }); }';
    await vat.install('asker', asker, { power: { one, two, list } });
    await vat.send('asker');
    await vat.crash();
    await vat.send('one', { to: list, name: 'one' });
    await vat.send('two', { to: list, name: 'two' });
    await vat.crash();
    expect(gotOf(vat, 'list')).toEqual([]);
    await vat.send('maker', { end: { value: { n: 1, list } } });
    await vat.crash();
    await vat.send('two', { to: list, name: 'late' });
    const value = { n: 1, list: expect.any(HeldRef) };
    const got = gotOf(vat, 'list');
    expect(got).toHaveLength(3);
    const told = ['one', 'two', 'late'].map((context) => ({ value, context }));
    expect(got).toEqual(expect.arrayContaining(told));
  });

  it('Q58 what is sent to a promise goes to what it becomes, in order, over crashes', async () => {
    const vat = await openTestVat({ objects: { list: LIST, maker: MAKER, user: USER } });
    const tenFrom = (first: number): number[] => Array.from({ length: 10 }, (_, n) => first + n);
    await vat.send('maker', { to: vat.ref('user') });
    await vat.send('user', { numbers: tenFrom(0) });
    await vat.crash();
    await vat.send('user', { numbers: tenFrom(10) });
    expect(gotOf(vat, 'list')).toEqual([]);
    for (const first of [20, 30]) {
      if (first === 30) await vat.queue('maker', { end: { value: vat.ref('list') } });
      await vat.queue('user', { numbers: tenFrom(first) });
    }
    await vat.crash();
    await vat.send('user', { numbers: tenFrom(40) });
    expect(gotOf(vat, 'list')).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('Q58 a promise is rejected for a cause that is named, and leaves nothing on the disk', async () => {
    const limits = makeLimits({ turnCpuMs: 200 });
    const vat = await openTestVat({ objects: { list: LIST }, limits });
    const worker = `(args, { memory }) => {
      if (args === 'throw') throw RangeError('on purpose');
      if (args === 'carry') return () => 1;
      if (args === 'grow') return 'x'.repeat(300_000);
      if (args === 'loop') for (;;);
      return 5;
    }`;
    const gone = await vat.install('gone', LIST);
    const work = await vat.install('work', worker);
    const asker = `(args, { work, gone, list }) => {
      const { promise, resolver } = Q.promise();
      resolver.sendOnly({ error: { name: 'Mine', message: 'told' } });
      const ring = Q.promise();
      ring.resolver.sendOnly({ value: ring.promise });
      const causes = {
        thrown: work.send('throw'), carried: work.send('carry'), grown: work.send('grow'),
        looped: work.send('loop'), gone: gone.send(1), late: work.send(1, { deadlineMs: 0 }),
        data: work.send(1).send(2), told: promise, again: resolver.send({ value: 1 }),
        wrong: Q.promise().resolver.send('now'), empty: Q.first([]), one: Q.all([1, promise]),
        ring: ring.promise, passed: Q.when(promise, { fulfilled: list }),
      };
      for (const [context, cause] of Object.entries(causes)) Q.when(cause, { fulfilled: list, rejected: list, context });
    }`;
    const power = { work, gone, list: vat.ref('list') };
    await vat.install('asker', asker, { power });
    await vat.ask({ type: 'delete', id: 'delete-gone', object: gone.id as LocalId });
    await vat.send('asker');
    const told = gotOf(vat, 'list') as readonly Told[];
    const causes = told.map(({ context, error }) => [context, error.code ?? error.message]);
    expect(Object.fromEntries(causes)).toEqual({
      thrown: 'on purpose',
      carried: 'QRT_DATA_UNCARRIED',
      grown: 'QRT_DATA_OVERSIZE',
      looped: 'QRT_MESSAGE_QUARANTINED',
      gone: 'QRT_NO_OBJECT',
      late: 'QRT_DEADLINE_PASSED',
      data: 'QRT_PROMISE_DATA',
      told: 'told',
      again: 'QRT_PROMISE_SETTLED',
      wrong: 'QRT_PROMISE_INVALID',
      empty: 'QRT_PROMISE_EMPTY',
      one: 'told',
      ring: 'QRT_PROMISE_CYCLE',
      passed: 'told',
    });
    const { promises } = await vat.status();
    expect(promises).toEqual({ pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } });
  });
});
