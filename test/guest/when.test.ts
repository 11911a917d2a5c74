// Continuations: what `Q.when` asks for, and what it refuses without a trace.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTEXT_BYTES_MAX, DATA_DEPTH_MAX } from '../../src/core/limits.ts';
import { ask, errorsOf } from './asker.ts';
import { type Kit, startKit } from './kit.ts';

describe('when', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  it('Q26 asks for a continuation and gives the promise of what it answers', async () => {
    const { outcome, memory, object, id } = await ask(
      kit,
      `memory.promise = Q.when(promise, { fulfilled: here, rejected: gone, context: { to: [far] } });
      memory.sent = memory.promise === Q.when(promise, { fulfilled: here });`,
    );
    expect(outcome.whens).toEqual([
      {
        ...{ promise: 'p5.1', fulfilled: 'o5.0', rejected: 'o77777.7' },
        context: { body: '{"context":{"to":[{"$":0}]}}', slots: ['i5'] },
        ...{ sender: object, answer: id(0) },
      },
      { promise: 'p5.1', fulfilled: 'o5.0', sender: object, answer: id(1) },
    ]);
    expect(memory['sent']).toBe(false);
    expect(outcome.memory[0]?.value.slots).toEqual([id(0)]);
    expect([outcome.sends, outcome.promises]).toEqual([[], []]);
  });

  it('takes any reference to wait for, and promises and resolvers as continuations', async () => {
    const { outcome, id, resolverId } = await ask(
      kit,
      `const { promise: own, resolver: settles } = Q.promise();
      for (const each of [here, far, gone, own, here.send(1)]) {
        Q.when(each, { fulfilled: settles, rejected: resolver, context: null });
      }
      Q.when(promise, { fulfilled: promise, rejected: own });`,
    );
    expect(outcome.whens.map(({ promise }) => promise)).toEqual([
      ...['o5.0', 'i5', 'o77777.7', id(0), id(1), 'p5.1'],
    ]);
    expect(outcome.whens[0]).toMatchObject({
      ...{
        fulfilled: resolverId(0),
        rejected: 's5.2',
        context: { body: '{"context":null}', slots: [] },
      },
    });
    expect(outcome.whens.at(-1)).toMatchObject({ fulfilled: 'p5.1', rejected: id(0) });
  });

  it('takes undefined for what is not given', async () => {
    const { outcome } = await ask(
      kit,
      'Q.when(promise, { fulfilled: here, rejected: undefined, context: undefined });',
    );
    expect(Object.keys(outcome.whens[0] ?? {})).toEqual([
      ...['promise', 'fulfilled', 'sender', 'answer'],
    ]);
  });

  it('takes one continuation alone, for a value or for an error', async () => {
    const { outcome, object, id } = await ask(
      kit,
      'Q.when(promise, { rejected: here, fulfilled: undefined, context: 1 });',
    );
    const context = { body: '{"context":1}', slots: [] };
    expect(outcome.whens).toEqual([
      { promise: 'p5.1', rejected: 'o5.0', context, sender: object, answer: id(0) },
    ]);
  });

  it('says of a resolver and of data what to give instead', async () => {
    const errors = await errorsOf(kit, [
      'Q.when(resolver, { fulfilled: here })',
      'Q.when(Q.promise, { fulfilled: here })',
      'Q.when({ promise }, { fulfilled: here })',
      'Q.when(promise, {})',
    ]);
    const none = 'is no reference: only promises and other references can be waited for.';
    expect(errors).toEqual([
      'QRT_PROMISE_INVALID The first argument of Q.when is a resolver: give the promise that was made with it.',
      `QRT_PROMISE_INVALID The first argument of Q.when ${none}`,
      `QRT_PROMISE_INVALID The first argument of Q.when ${none}`,
      'QRT_PROMISE_INVALID The second argument of Q.when has neither fulfilled nor rejected: give a reference as one of them.',
    ]);
  });

  it('copies the context when it is called', async () => {
    const { outcome } = await ask(
      kit,
      `const context = { list: [1] }; Q.when(promise, { fulfilled: here, context });
      context.list.push(2); memory.n = 1; Q.when(promise, { fulfilled: here, context: memory });`,
    );
    expect(outcome.whens.map(({ context }) => context?.body)).toEqual([
      ...['{"context":{"list":[1]}}', '{"context":{"n":1}}'],
    ]);
  });

  it('says to whom it gives a function that continuations are objects', async () => {
    const errors = await errorsOf(kit, [
      'Q.when(promise, { fulfilled: () => 1 })',
      'Q.when(promise, { fulfilled: here, rejected() {} })',
      'Q.when(promise, (value) => value)',
      'Q.when(promise, { fulfilled: make_object })',
    ]);
    const hint = 'is a function; continuations are objects: give a reference.';
    expect(errors).toEqual([
      `QRT_PROMISE_INVALID fulfilled of Q.when ${hint}`,
      `QRT_PROMISE_INVALID rejected of Q.when ${hint}`,
      `QRT_PROMISE_INVALID The second argument of Q.when ${hint}`,
      `QRT_PROMISE_INVALID fulfilled of Q.when ${hint}`,
    ]);
  });

  it('refuses everything else that is no reference or no record, and leaves no trace', async () => {
    const errors = await errorsOf(kit, [
      ...['Q.when()', 'Q.when(null, { fulfilled: here })', 'Q.when(5, { fulfilled: here })'],
      'Q.when({ then() { throw Error("then ran"); } }, { fulfilled: here })',
      'Q.when(Object.create(promise), { fulfilled: here })',
      'Q.when(new Proxy(promise, { get() { throw Error("trap ran"); } }), { fulfilled: here })',
      ...['Q.when(promise)', 'Q.when(promise, null)', 'Q.when(promise, here)'],
      ...['Q.when(promise, {})', 'Q.when(promise, [here])'],
      ...['Q.when(promise, { fulfilled: null })', 'Q.when(promise, { fulfilled: {} })'],
      'Q.when(promise, { fulfilled: "o5.0" })',
      'Q.when(promise, { fulfilled: here, rejected: null })',
      'Q.when(promise, { fulfilled: here, rejected: [here] })',
      'Q.when(promise, { fulfilled: here, reject: here })',
      'Q.when(promise, { fulfilled: here, finally: here })',
      'Q.when(promise, { fulfilled: here, [Symbol.iterator]: here })',
      'Q.when(promise, { get fulfilled() { throw Error("getter ran"); } })',
      'Q.when(promise, { fulfilled: here, get context() { throw Error("getter ran"); } })',
      'Q.when(promise, Object.defineProperty({}, "fulfilled", { value: here }))',
      'Q.when(promise, Object.create({ fulfilled: here }))',
      'Q.when(promise, new Proxy({ fulfilled: here }, { get() { throw Error("trap ran"); } }))',
      'Q.when(promise, { fulfilled: new Proxy(here, {}) })',
      'Q.when(promise, JSON.parse(\'{"__proto__":1}\'))',
    ]);
    expect(errors.filter((text) => !text.startsWith('QRT_PROMISE_INVALID '))).toEqual([]);
    expect(errors[16]).toBe(
      'QRT_PROMISE_INVALID The second argument of Q.when may hold fulfilled, rejected, context, but not "reject".',
    );
    expect(errors[11]).toMatch(/fulfilled of Q\.when is no reference; continuations are objects/);
  });

  it('refuses a context that cannot be carried or is too large, and leaves no trace', async () => {
    const withContext = (bytes: number) =>
      `Q.when(promise, { fulfilled: here, context: 'x'.repeat(${bytes - '{"context":""}'.length}) })`;
    const nested = (levels: number) =>
      `(() => { let v = 1; for (let n = 0; n < ${levels}; n += 1) v = [v];
        Q.when(promise, { fulfilled: here, context: v }); })()`;
    expect(
      await errorsOf(kit, [
        'Q.when(promise, { fulfilled: here, context: () => 1 })',
        'Q.when(promise, { fulfilled: here, context: { a: [1n] } })',
        withContext(CONTEXT_BYTES_MAX + 1),
        nested(DATA_DEPTH_MAX),
      ]),
    ).toEqual([
      'QRT_DATA_UNCARRIED continuation.context cannot be carried: a function',
      'QRT_DATA_UNCARRIED continuation.context.a[0] cannot be carried: a bigint',
      `QRT_DATA_OVERSIZE continuation is too large: at most ${CONTEXT_BYTES_MAX} bytes.`,
      `QRT_DATA_OVERSIZE continuation is too large: at most ${DATA_DEPTH_MAX} levels.`,
    ]);
    // The args of the continuation are one level above it.
    const { outcome } = await ask(
      kit,
      `${withContext(CONTEXT_BYTES_MAX)}; ${nested(DATA_DEPTH_MAX - 1)};`,
    );
    expect(outcome.whens[0]?.context?.body).toHaveLength(CONTEXT_BYTES_MAX);
  });

  it('Q58 takes continuations in other vats', async () => {
    const { outcome } = await ask(kit, 'Q.when(promise, { fulfilled: far, rejected: far });');
    expect(outcome.whens).toMatchObject([{ fulfilled: outcome.whens[0]?.rejected }]);
  });

  it('is asked for by the object whose function runs', async () => {
    const callee = kit.install(
      '({ promise, to }) => Q.when(promise, { fulfilled: to, context: "lent" })',
    );
    const object = kit.install(`({ promise, to }, { memory }) => {
      memory.kept = to.call({ promise, to });
      Q.when(promise, { fulfilled: to }); Q.all([]);
    }`);
    const slots = ['p5.1', callee];
    const outcome = await kit.done(object, { promise: { $: 0 }, to: { $: 1 } }, { slots });
    expect(outcome.whens.map(({ sender }) => sender)).toEqual([callee, object]);
    expect(outcome.promises.map(({ maker }) => maker)).toEqual([object]);
    expect(outcome.memory[0]?.value.slots).toEqual([`p${outcome.turn}.0`]);
  });
});
