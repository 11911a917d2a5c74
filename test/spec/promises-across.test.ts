// Promises across vats: the same holds for answers that another vat gives, whatever dies meanwhile.

import { afterEach, describe, expect, it } from 'vitest';
import { HeldRef } from './disk.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { cutWire, honestWire, makeTestNet, type TestNet } from './net.ts';

/** Keeps all that it is sent. */
const LIST = '(args, power) => { (power.memory.got ??= []).push(args); }';
/** Keeps what it is sent, and answers with itself. */
const SELF = `({ self, n }, { memory }) => {
  memory.self ??= self;
  if (n !== undefined) (memory.got ??= []).push(n);
  return memory.self;
}`;
/** Answers later: with what it is told at another time. */
const LATER = `(args, { memory }) => {
  if (args) return memory.resolver.sendOnly(args);
  const { promise, resolver } = Q.promise();
  memory.resolver = resolver;
  return promise;
}`;
const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };

const gotOf = (vat: TestVat, name: string): readonly unknown[] =>
  (vat.memory(name) as { got?: readonly unknown[] }).got ?? [];

/** An asker of vat one with references to the objects of both that its code names. */
async function installAsker(one: TestVat, two: TestVat, code: string, names: readonly string[]) {
  const power = Object.fromEntries(names.map((name) => [name, two.ref(name)]));
  await one.install('asker', code, { power: { ...power, list: one.ref('list') } });
}

async function expectNothingLeft(net: TestNet, ...vats: TestVat[]): Promise<void> {
  await net.pass(5_000);
  await net.run();
  for (const vat of vats) expect((await vat.status()).promises).toEqual(NOTHING);
}

describe('promises across vats', () => {
  afterEach(closeTestVats);

  it('Q8 what a function returns reaches who sent for it from another vat, and nobody else', async () => {
    const net = makeTestNet();
    const one = await openTestVat({ net, objects: { list: LIST } });
    const two = await openTestVat({ net, objects: { echo: '(args) => ({ echo: args })' } });
    const code = `(args, { echo, list }) => {
      echo.sendOnly('only');
      Q.when(echo.send({ list }), { fulfilled: list });
    }`;
    await installAsker(one, two, code, ['echo']);
    await one.send('asker');
    await net.run();
    expect(gotOf(one, 'list')).toEqual([{ value: { echo: { list: expect.any(HeldRef) } } }]);
    await expectNothingLeft(net, one, two);
  });

  it('Q26 messages to answers of another vat go there at once: a chain of fifty in one box', async () => {
    const net = makeTestNet();
    const one = await openTestVat({ net, objects: { list: LIST } });
    const two = await openTestVat({ net, objects: { self: SELF } });
    await one.queue(two.ref('self'), { self: two.ref('self') });
    await net.run();
    const code = `(args, { self }) => {
      let answer = self;
      for (let n = 0; n < 50; n += 1) answer = answer.send({ n });
    }`;
    await installAsker(one, two, code, ['self']);
    let boxes = 0;
    net.setWire(async ({ from, bytes }, forward) => {
      if (from !== one.id) return forward(bytes);
      boxes += 1;
      return boxes === 1 ? forward(bytes) : { ok: false, reason: 'one is enough' };
    });
    await one.send('asker');
    await two.run();
    expect(gotOf(two, 'self')).toEqual(Array.from({ length: 50 }, (_, n) => n));
    net.setWire(honestWire);
    await expectNothingLeft(net, one, two);
  });

  it('Q58 an answer of another vat comes once, whichever of the two dies and while no wire holds', async () => {
    const net = makeTestNet();
    const one = await openTestVat({ net, objects: { list: LIST } });
    const two = await openTestVat({ net, objects: { later: LATER, list: LIST } });
    const code = `(args, { later, list }) => {
      const promise = later.send(null);
      Q.when(promise, { fulfilled: list, context: 'told' });
      for (const n of [1, 2, 3]) promise.send(n);
    }`;
    await installAsker(one, two, code, ['later']);
    net.setWire(cutWire);
    await one.send('asker');
    await one.crash();
    net.setWire(honestWire);
    await net.run();
    await two.crash();
    expect((await one.status()).promises.pending).toBeGreaterThan(0);
    net.setWire(cutWire);
    await two.send('later', { value: two.ref('list') });
    await net.pass(5_000);
    await two.crash();
    await one.crash();
    expect(gotOf(one, 'list')).toEqual([]);
    net.setWire(honestWire);
    await net.pass(40_000);
    await net.run();
    await one.crash();
    expect(gotOf(one, 'list')).toEqual([{ value: expect.any(HeldRef), context: 'told' }]);
    expect(gotOf(two, 'list')).toEqual([1, 2, 3]);
    await expectNothingLeft(net, one, two);
  });

  it('Q58 an answer of another vat is rejected for a cause that is named, and leaves nothing at either', async () => {
    const net = makeTestNet();
    const one = await openTestVat({ net, objects: { list: LIST } });
    const two = await openTestVat({ net, objects: { later: LATER, gone: LIST } });
    const work = `(args) => {
      if (args === 'throw') throw RangeError('on purpose');
      if (args === 'grow') return 'x'.repeat(300_000);
      return 5;
    }`;
    await two.install('work', work);
    await two.ask({ type: 'delete', id: 'delete-gone', object: two.ref('gone').id });
    const code = `(args, { work, gone, later, list }) => {
      const causes = {
        thrown: work.send('throw'), grown: work.send('grow'), gone: gone.send(1),
        data: work.send(1).send(2), late: later.send(null, { deadlineMs: 1_000 }),
        dropped: later.send(null),
      };
      for (const [context, cause] of Object.entries(causes)) {
        Q.when(cause, { fulfilled: list, rejected: list, context });
      }
    }`;
    await installAsker(one, two, code, ['work', 'gone', 'later']);
    await one.send('asker');
    await net.run();
    await net.pass(2_000);
    await net.run();
    expect(gotOf(one, 'list')).toHaveLength(5);
    await one.ask({ type: 'peer-drop', id: 'drop-two', peer: two.id });
    await one.run();
    const told = gotOf(one, 'list') as readonly {
      context: string;
      error: Record<string, string>;
    }[];
    const causes = told.map(({ context, error }) => [context, error['code'] ?? error['message']]);
    expect(Object.fromEntries(causes)).toEqual({
      thrown: 'on purpose',
      grown: 'QRT_DATA_OVERSIZE',
      gone: 'QRT_NO_OBJECT',
      data: 'QRT_PROMISE_DATA',
      late: 'QRT_DEADLINE_PASSED',
      dropped: 'QRT_LINK_DROPPED',
    });
    expect((await one.status()).promises).toEqual(NOTHING);
  });
});
