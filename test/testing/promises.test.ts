// Promises within one vat, as guests see them: the real worker, kernel and database.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PENDING_SERVED_MAX, WAITS_WALKED_MAX } from '../../src/core/limits.ts';
import { makeTestVat, type TestObject, type TestVat } from '../../src/testing/make-test-vat.ts';

/** Each test has a worker process of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const DOUBLE = '({ n }) => { if (n === 13) throw Error("unlucky"); return { twice: 2 * n }; }';
const NOTE = '(args, { memory }) => { (memory.got ??= []).push(args); return memory.got.length; }';

let vat: TestVat;
let note: TestObject;
let double: TestObject;
beforeEach(async () => {
  vat = await makeTestVat();
  note = await vat.install({ code: NOTE, name: 'note' });
  double = await vat.install({ code: DOUBLE, name: 'double' });
});
afterEach(() => vat.close());

const got = async (): Promise<unknown> => ((await vat.memory(note)) as { got?: unknown }).got;

/** Runs a function body once, with `double`, `note` and `memory`; then all that comes of it. */
async function play(body: string, args: unknown = null): Promise<void> {
  const code = `(args, { double, note, memory, me }) => { ${body} }`;
  const player = await vat.install({ code, power: { double, note } });
  await vat.send(player, args as null);
  const turns = await vat.run();
  expect(turns[0]).toMatchObject({ status: 'done' });
}

describe('promises', () => {
  it('Q26 Q8 the value that a function returns reaches the continuation, once, with its context', async () => {
    await play('Q.when(double.send({ n: 4 }), { fulfilled: note, context: { of: "four" } });');
    expect(await got()).toEqual([{ value: { twice: 8 }, context: { of: 'four' } }]);
  });

  it('a throw rejects it with name, message and code, and nothing of where it was', async () => {
    await play(`Q.when(double.send({ n: 13 }), { fulfilled: double, rejected: note });
      Q.when(double.send({ n: 1 }).send({ n: 2 }), { fulfilled: double, rejected: note, context: 1 });`);
    expect(await got()).toEqual([
      { error: { name: 'Error', message: 'unlucky' } },
      {
        error: expect.objectContaining({ code: 'QRT_PROMISE_DATA' }),
        context: 1,
      },
    ]);
  });

  it('a continuation without `rejected` hands the error on, and its own answer otherwise', async () => {
    await play(`const one = Q.when(double.send({ n: 13 }), { fulfilled: note });
      Q.when(one, { fulfilled: note, rejected: note, context: 'error' });
      const two = Q.when(double.send({ n: 1 }), { fulfilled: note });
      Q.when(two, { fulfilled: note, context: 'count' });`);
    expect(await got()).toEqual([
      { error: { name: 'Error', message: 'unlucky' }, context: 'error' },
      { value: { twice: 2 } },
      { value: 2, context: 'count' },
    ]);
  });

  it('Q22 what is sent to a promise goes to what it becomes, in order, before what comes later', async () => {
    const maker = await vat.install({ code: '(args, { note }) => note', power: { note } });
    const code = `({ late }, { maker, note, memory }) => {
      if (late) return memory.promise.sendOnly('late');
      memory.promise = maker.send(null);
      memory.promise.sendOnly('first');
      memory.promise.sendOnly('second');
    }`;
    const player = await vat.install({ code, power: { maker, note } });
    await vat.send(player, {});
    await vat.run();
    await vat.restart();
    await vat.send(player, { late: true });
    await vat.run();
    expect(await got()).toEqual(['first', 'second', 'late']);
  });

  it('a promise that is returned is followed; one that would wait for itself is rejected', async () => {
    const relay = await vat.install({
      code: '({ n }, { double }) => double.send({ n })',
      power: { double },
    });
    const code = `(args, { relay, note }) => {
      Q.when(relay.send({ n: 21 }), { fulfilled: note });
      const { promise, resolver } = Q.promise();
      resolver.sendOnly({ value: promise });
      Q.when(promise, { fulfilled: note, rejected: note });
      const [a, b] = [Q.promise(), Q.promise()];
      a.resolver.sendOnly({ value: Q.all([b.promise]) });
      b.resolver.sendOnly({ value: a.promise });
      Q.when(b.promise, { fulfilled: note, rejected: note });
    }`;
    const player = await vat.install({ code, power: { relay, note } });
    await vat.send(player, null);
    await vat.run();
    const cycle = { error: expect.objectContaining({ code: 'QRT_PROMISE_CYCLE' }) };
    expect(await got()).toEqual(expect.arrayContaining([{ value: { twice: 42 } }, cycle, cycle]));
  });

  it('a resolver settles its promise once, with a value or an error; again is refused', async () => {
    await play(`const { promise, resolver } = Q.promise();
      memory.keep = promise;
      Q.when(promise, { fulfilled: note });
      const first = resolver.send({ value: [note] });
      Q.when(first, { fulfilled: note, context: 'first' });
      Q.when(resolver.send({ value: 2 }), { fulfilled: note, rejected: note, context: 'again' });
      Q.when(resolver.send(3), { fulfilled: note, rejected: note });
      const other = Q.promise();
      other.resolver.sendOnly({ error: { name: 'TypeError', message: 'no', more: 1 } });
      Q.when(other.promise, { fulfilled: note, rejected: note });
      const bad = Q.promise();
      Q.when(bad.resolver.send({ both: 1 }), { fulfilled: note, rejected: note });
      memory.bad = bad.promise;`);
    const found = (await got()) as unknown[];
    const code = (name: string) => ({ error: expect.objectContaining({ code: name }) });
    expect(found).toHaveLength(6);
    expect(found).toEqual(
      expect.arrayContaining([
        { value: [note] },
        { value: null, context: 'first' },
        { ...code('QRT_PROMISE_SETTLED'), context: 'again' },
        code('QRT_PROMISE_SETTLED'),
        { error: { name: 'TypeError', message: 'no' } },
        code('QRT_PROMISE_INVALID'),
      ]),
    );
  });

  it('Q.all, Q.first and Q.settled make one promise of several', async () => {
    await play(`const twice = (n) => double.send({ n });
      const tell = (promise, context) => Q.when(promise, { fulfilled: note, rejected: note, context });
      tell(Q.all([twice(1), 'data', note, twice(2), twice(1)]), 'all');
      tell(Q.all([twice(1), twice(13), Q.promise().promise]), 'one fails');
      tell(Q.all([]), 'none');
      tell(Q.first([Q.promise().promise, twice(3)]), 'first');
      tell(Q.first([]), 'empty');
      tell(Q.settled([twice(13), twice(4), note]), 'settled');`);
    const unlucky = { name: 'Error', message: 'unlucky' };
    expect(await got()).toEqual(
      expect.arrayContaining([
        { value: [{ twice: 2 }, 'data', note, { twice: 4 }, { twice: 2 }], context: 'all' },
        { error: unlucky, context: 'one fails' },
        { value: [], context: 'none' },
        { value: { twice: 6 }, context: 'first' },
        { error: expect.objectContaining({ code: 'QRT_PROMISE_EMPTY' }), context: 'empty' },
        {
          value: [{ error: unlucky }, { value: { twice: 8 } }, { value: note }],
          context: 'settled',
        },
      ]),
    );
  });

  it('a deadline in the past rejects at once, and the message has its effect all the same', async () => {
    await play(`Q.when(double.send({ n: 1 }, { deadlineMs: 0 }), { fulfilled: note, rejected: note });
      Q.when(note.send('sent', { deadlineMs: -5 }), { fulfilled: note, rejected: note });
      Q.when(double.send({ n: 2 }, { deadlineMs: 86_400_000 }), { fulfilled: note });`);
    const passed = { error: expect.objectContaining({ code: 'QRT_DEADLINE_PASSED' }) };
    const found = (await got()) as unknown[];
    expect(found).toHaveLength(4);
    expect(found).toEqual(
      expect.arrayContaining(['sent', passed, passed, { value: { twice: 4 } }]),
    );
  });

  it('more than is served at once waits for one promise, and each is served once, in order', async () => {
    const count = PENDING_SERVED_MAX + 500;
    const code = `({ from, to, end }, { note, memory }) => {
      if (from === 0) Object.assign(memory, Q.promise());
      for (let n = from; n < to; n += 1) memory.promise.sendOnly(n);
      if (end) memory.resolver.sendOnly({ value: note });
      if (end) memory.promise.sendOnly('last');
    }`;
    const player = await vat.install({ code, power: { note } });
    for (let from = 0; from < count; from += 500) {
      await vat.send(player, { from, to: from + 500 });
    }
    await vat.send(player, { end: true });
    await vat.run();
    expect(await got()).toEqual([...Array.from({ length: count }, (_, n) => n), 'last']);
  });

  it('a chain longer than anybody looks along comes to its end, and a ring of them is shown as pending', async () => {
    const links = 2 * WAITS_WALKED_MAX + 100;
    // Each follows one that follows nothing yet, so that the way from the first grows.
    const code = `({ step, ring }, { note, memory }) => {
      const made = Array.from({ length: 100 }, () => Q.promise());
      memory.last?.sendOnly({ value: made[0].promise });
      made.forEach(({ resolver }, n) => n < 99 && resolver.sendOnly({ value: made[n + 1].promise }));
      memory.first ??= made[0].promise;
      memory.last = made[99].resolver;
      if (step > 0) return;
      Q.when(memory.first, { fulfilled: note, rejected: note });
      memory.last.sendOnly({ value: ring ? memory.first : 'the end' });
    }`;
    for (const ring of [true, false]) {
      const player = await vat.install({ code, power: { note } });
      for (let step = links / 100 - 1; step >= 0; step -= 1) await vat.send(player, { step, ring });
      await vat.run();
    }
    expect(await got()).toEqual([{ value: 'the end' }]);
  });

  it('a large value is not stored again by each that follows it, nor queued beyond the inbox', async () => {
    await vat.close();
    vat = await makeTestVat({ limits: { inboxBytes: 2 ** 20 } });
    note = await vat.install({
      code: '({ value }, { memory }) => { memory.count = (memory.count ?? 0) + value.length; }',
    });
    const code = `({ more }, { note, memory }) => {
      memory.large ??= Q.promise();
      memory.all ??= [];
      for (let n = 0; n < 20; n += 1) {
        const { promise, resolver } = Q.promise();
        resolver.sendOnly({ value: memory.large.promise });
        memory.all.push(promise);
        Q.when(promise, { fulfilled: note });
      }
      if (!more) memory.large.resolver.sendOnly({ value: 'x'.repeat(200_000) });
    }`;
    const player = await vat.install({ code, power: { note } });
    await vat.send(player, { more: true });
    await vat.send(player, {});
    let largest = 0;
    for (let turn = await vat.step(); turn; turn = await vat.step()) {
      largest = Math.max(largest, JSON.stringify(vat.inbox()).length);
    }
    expect(await vat.memory(note)).toEqual({ count: 40 * 200_000 });
    expect(largest).toBeLessThan(2 ** 20);
    expect(largest).toBeGreaterThan(200_000);
  });

  it('Q8 combinations wait in rows of the inbox, and a full share refuses more of them', async () => {
    const code = `({ act }, { memory }) => {
      if (act === 0) memory.parts = Array.from({ length: 100 }, () => Q.promise().promise);
      else memory.all = [...(memory.all ?? []), ...Array.from({ length: 5 }, () => Q.all(memory.parts))];
    }`;
    await vat.close();
    vat = await makeTestVat({ limits: { inboxRows: 2_000 } });
    const player = await vat.install({ code });
    for (const act of [0, 1, 2, 3]) await vat.send(player, { act });
    const turns = await vat.run();
    expect(turns.map(({ status }) => status)).toEqual(['done', 'done', 'failed', 'failed']);
    expect(turns[3]?.failure?.code).toBe('QRT_NO_ROOM');
    const other = await vat.install({ code: NOTE });
    await vat.send(other, 'as ever');
    await vat.run();
    expect(await vat.memory(other)).toEqual({ got: ['as ever'] });
  });

  it('Q8 a value that is repeated in a combination counts as often as it is there', async () => {
    await play(`const large = note.send('x'.repeat(200_000));
      Q.when(Q.all(Array(30_000).fill(Q.promise().promise)), { fulfilled: note });
      const { promise, resolver } = Q.promise();
      Q.when(Q.all(Array(30_000).fill(promise)), { fulfilled: note, rejected: note });
      resolver.sendOnly({ value: 'x'.repeat(200_000) });`);
    const [, told] = (await got()) as unknown[];
    expect(told).toEqual({ error: expect.objectContaining({ code: 'QRT_DATA_OVERSIZE' }) });
  });

  it('Q20 promises, what waits for them and what they became are there after a restart', async () => {
    const code = `({ act }, { note, memory }) => {
      if (act === 'make') {
        const { promise, resolver } = Q.promise();
        memory.promise = promise;
        memory.resolver = resolver;
        Q.when(promise, { fulfilled: note, context: 'before' });
        promise.sendOnly('pipelined');
        memory.all = Q.all([promise, promise]);
      }
      if (act === 'resolve') memory.resolver.sendOnly({ value: note });
      if (act === 'ask') {
        Q.when(memory.promise, { fulfilled: note, context: 'after' });
        Q.when(memory.all, { fulfilled: note, context: 'all' });
      }
    }`;
    const player = await vat.install({ code, power: { note } });
    for (const act of ['make', 'resolve', 'ask']) {
      await vat.send(player, { act });
      await vat.run();
      await vat.restart();
    }
    const found = (await got()) as unknown[];
    expect(found).toHaveLength(4);
    expect(found).toEqual(
      expect.arrayContaining([
        { value: note, context: 'before' },
        'pipelined',
        { value: note, context: 'after' },
        { value: [note, note], context: 'all' },
      ]),
    );
  });
});
