// Promises that no message answers, what a promise looks like, and how many a turn may ask for.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARGS_BYTES_MAX, TURN_SENDS_MAX } from '../../src/core/limits.ts';
import { DEFAULT_TURN_LIMITS } from '../../src/core/turn-limits.ts';
import { ask, askInVain, errorsOf } from './asker.ts';
import { type Kit, startKit } from './kit.ts';

describe('promise', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  it.each(['all', 'first', 'settled'])('Q26 Q.%s makes a promise of a list', async (kind) => {
    const { outcome, memory, object, id } = await ask(
      kit,
      `const made = Q.${kind}([promise, 1, { a: promise }, here, far]);
      Q.${kind}([made]); Q.${kind}([]); memory.made = made;`,
    );
    const maker = object;
    expect(outcome.promises).toEqual([
      {
        ...{ id: id(0), maker, kind },
        parts: {
          body: '[{"$":0},1,{"a":{"$":0}},{"$":1},{"$":2}]',
          slots: ['p5.1', 'o5.0', 'i5'],
        },
      },
      { id: id(1), maker, kind, parts: { body: '[{"$":0}]', slots: [id(0)] } },
      { id: id(2), maker, kind, parts: { body: '[]', slots: [] } },
    ]);
    expect(memory['made']).toEqual({ $: 0 });
    expect([outcome.sends, outcome.whens]).toEqual([[], []]);
  });

  it.each(['all', 'first', 'settled'])('Q.%s refuses what is no list', async (kind) => {
    const errors = await errorsOf(kit, [
      ...[`Q.${kind}()`, `Q.${kind}(promise)`, `Q.${kind}({ 0: promise, length: 1 })`],
      ...[`Q.${kind}(new Set([promise]))`, `Q.${kind}('abc')`, `Q.${kind}(promise, promise)`],
      `Q.${kind}(new Proxy([promise], { get() { throw Error('trap ran'); } }))`,
      `Q.${kind}((() => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy; })())`,
      `Q.${kind}([promise, () => 1])`,
      `Q.${kind}([promise, , promise])`,
      `Q.${kind}(Object.defineProperty([1], 0, { get() { throw Error('getter ran'); } }))`,
      `Q.${kind}(Object.defineProperty([1], Symbol.iterator, { get() { throw Error('ran'); } }))`,
      `Q.${kind}(['x'.repeat(${ARGS_BYTES_MAX})])`,
    ]);
    expect(errors.slice(0, 8)).toEqual(
      Array(8).fill(`QRT_PROMISE_INVALID What is given to Q.${kind} is no array.`),
    );
    expect(errors.slice(8)).toEqual([
      'QRT_DATA_UNCARRIED list[1] cannot be carried: a function',
      'QRT_DATA_UNCARRIED list[1] cannot be carried: a hole',
      'QRT_DATA_UNCARRIED list[0] cannot be carried: an accessor',
      'QRT_DATA_UNCARRIED list cannot be carried: an array with properties of its own',
      `QRT_DATA_OVERSIZE list is too large: at most ${ARGS_BYTES_MAX} bytes.`,
    ]);
  });

  it('Q26 Q.promise makes a promise and its resolver, two references and nothing else', async () => {
    const { outcome, memory, object, id, resolverId } = await ask(
      kit,
      `const made = Q.promise();
      memory.keys = Reflect.ownKeys(made);
      memory.shape = [Object.isFrozen(made), Object.getPrototypeOf(made) === Object.prototype];
      memory.differ = [made.promise === made.resolver, made.promise === Q.promise().promise];
      memory.kept = made;`,
    );
    const parts = { body: '[]', slots: [] };
    expect(outcome.promises).toEqual(
      [0, 1].map((k) => ({ id: id(k), maker: object, kind: 'resolver', parts })),
    );
    expect(memory).toMatchObject({
      ...{ keys: ['promise', 'resolver'], shape: [true, true], differ: [false, false] },
      kept: { promise: { $: 0 }, resolver: { $: 1 } },
    });
    expect(outcome.memory[0]?.value.slots).toEqual([id(0), resolverId(0)]);
  });

  it('Q16 a promise and a resolver are references: frozen, opaque, no thenable, the same within a turn', async () => {
    const { memory } = await ask(
      kit,
      `const made = Q.promise();
      const all = [promise, resolver, made.promise, made.resolver, here.send(1), Q.all([]), Q.when(promise, { fulfilled: here })];
      const prototype = Object.getPrototypeOf(here);
      memory.seen = all.map((each) => [
        Object.isFrozen(each), Reflect.ownKeys(each).length, Object.getPrototypeOf(each) === prototype,
        'then' in each, each.constructor === Object, String(each), JSON.stringify(each),
      ]);
      memory.distinct = new Set(all).size;
      memory.names = Reflect.ownKeys(prototype).map(String);
      memory.kept = promise;
      memory.same = memory.kept === promise;`,
    );
    const looks = [true, 0, true, false, true, '[object Reference]', '{}'];
    expect(memory).toMatchObject({
      ...{ seen: Array(7).fill(looks), distinct: 7, same: true },
      names: ['send', 'sendOnly', 'call', 'Symbol(Symbol.toStringTag)'],
    });
  });

  it('promises can stand wherever data can: in memory, powers, args and contexts', async () => {
    const { outcome, id, resolverId } = await ask(
      kit,
      `const { promise: own, resolver: settles } = Q.promise();
      make_object('() => 1', { own, memory: { settles } });
      here.sendOnly({ own, settles });`,
    );
    expect(outcome.objects[0]?.power.data.slots).toEqual([id(0)]);
    expect(outcome.memory.map(({ value }) => value.slots)).toEqual([[resolverId(0)]]);
    expect(outcome.sends[0]?.args.slots).toEqual([id(0), resolverId(0)]);
  });

  it('Q26 Q.isPromise tells promises from all else, and runs no code of what it is given', async () => {
    const { memory } = await ask(
      kit,
      `const own = Q.promise();
      const proxy = new Proxy(promise, { has() { throw Error('ran'); }, get() { throw Error('ran'); } });
      const like = { send() {}, then() {}, get [Symbol.toStringTag]() { throw Error('ran'); } };
      memory.yes = [promise, own.promise, here.send(1), Q.all([]), Q.when(here, { fulfilled: here })]
        .map(Q.isPromise);
      memory.no = [resolver, own.resolver, here, far, proxy, like, own, null, undefined, 1, 'p1', () => 1]
        .map(Q.isPromise);`,
    );
    expect(memory['yes']).toEqual(Array(5).fill(true));
    expect(memory['no']).toEqual(Array(12).fill(false));
  });

  it('Q is frozen and has these functions, each of its own', async () => {
    const { memory } = await ask(
      kit,
      `memory.names = Reflect.ownKeys(Q);
      memory.seen = Object.values(Q).map((each) => [Object.isFrozen(each), Reflect.has(each, 'prototype')]);
      try { Q.when = 1; } catch (error) { memory.write = error.name; }
      try { new Q.promise(); } catch (error) { memory.construct = error.name; }`,
    );
    expect(memory).toEqual({
      names: [
        'send',
        'sendOnly',
        'call',
        'when',
        'all',
        'first',
        'settled',
        'promise',
        'deadline',
        'reject',
        'isPromise',
        'isReference',
      ],
      seen: Array(12).fill([true, false]),
      ...{ write: 'TypeError', construct: 'TypeError' },
    });
  });

  describe('room', () => {
    const until = (attempt: string) => `memory.n = 0;
      try { for (;;) { ${attempt}; memory.n += 1; } } catch (error) { memory.code = error.code; }
      Q.promise();`;
    const room = { rows: 3, bytes: 25 };
    const nothing = { rows: 0, bytes: 0 };
    const context = '{ fulfilled: here, context: "" }';
    it.each([
      ['a message, by bytes', 'here.send("12345678")', { inbox: { ...room, rows: 9 } }, 2],
      ['a message, by rows', 'here.send(1)', { inbox: room }, 3],
      ['a message to a promise', 'promise.send(1)', { inbox: room, outbox: nothing }, 3],
      [
        'a continuation, by bytes',
        `Q.when(promise, ${context})`,
        { inbox: { ...room, rows: 9 } },
        1,
      ],
      ['a continuation, by rows', 'Q.when(promise, { fulfilled: here })', { inbox: room }, 3],
      ['a continuation of a far thing', 'Q.when(far, { fulfilled: here })', { inbox: room }, 3],
      ['no room at all', 'Q.when(promise, { fulfilled: here })', { inbox: nothing }, 0],
    ] as const)('of the inbox is taken by %s', async (_name, attempt, readings, count) => {
      const { memory, outcome, id } = await ask(kit, until(attempt), readings);
      expect(memory).toEqual({ n: count, code: 'QRT_NO_ROOM' });
      expect(outcome.sends.length + outcome.whens.length).toBe(count);
      // What found no room was not counted.
      expect(outcome.promises[0]?.id).toBe(id(count));
    });

    it('is needed for each promise that is waited for, and for no other', async () => {
      const none = { inbox: nothing, outbox: nothing };
      const { outcome } = await ask(kit, 'Q.promise(); Q.all([here, 1]);', none);
      expect(outcome.promises).toHaveLength(2);
      const two = { inbox: { rows: 2, bytes: 0 }, outbox: nothing };
      const list = 'const { promise: other } = Q.promise(); Q.all([promise, other, promise]);';
      expect((await ask(kit, list, two)).outcome.promises).toHaveLength(2);
      await expect(ask(kit, `${list} Q.first([promise]);`, two)).rejects.toThrow('QRT_NO_ROOM');
    });
  });

  describe('limits', () => {
    const each = [
      'here.send(1)',
      'here.sendOnly(1)',
      'Q.when(promise, { fulfilled: here })',
      'Q.all([promise])',
      'Q.promise()',
    ];
    const times = (count: number) =>
      `const ways = [${each.map((text) => `() => ${text}`).join(', ')}];
      for (let n = 0; n < ${count}; n += 1) ways[n % ways.length]();`;

    it(`a turn may ask ${TURN_SENDS_MAX} times, for whatever it is`, async () => {
      const { outcome } = await ask(kit, times(TURN_SENDS_MAX));
      const { sends, whens, promises } = outcome;
      expect(sends.length + whens.length + promises.length).toBe(TURN_SENDS_MAX);
    });

    it.each(each)('once more fails the turn, whatever it catches: %s', async (attempt) => {
      expect(
        await askInVain(kit, `${times(TURN_SENDS_MAX)} try { ${attempt}; } catch {}`),
      ).toMatchObject({
        code: 'QRT_TURN_POISONED',
        message: expect.stringContaining(`more than ${TURN_SENDS_MAX} sends`),
      });
    });

    it('contexts, lists and the answer count as bytes of what a turn wants to have happened', async () => {
      const small = await startKit();
      const outcomeBytes = 100_000;
      small.post({ type: 'limits', limits: { ...DEFAULT_TURN_LIMITS, outcomeBytes } });
      try {
        const half = `'x'.repeat(${outcomeBytes / 2})`;
        const code = (what: string) => `({ promise, here }) => { ${what} }`;
        const run = (what: string) => {
          const args = { promise: { $: 0 }, here: { $: 1 } };
          const options = { slots: ['p5.1', 'o5.0'], isAnswerWanted: true } as const;
          return small.turn(small.install(code(what)), args, options);
        };
        const whats = [
          `Q.when(promise, { fulfilled: here, context: ${half} });`,
          `Q.all([${half}]);`,
          `here.send(${half});`,
          `return ${half};`,
        ];
        for (const what of whats) {
          expect(await run(what)).toMatchObject({ status: 'done' });
          expect(await run(`here.send(${half}); ${what}`)).toMatchObject({ status: 'failed' });
        }
        const alone = await run(`return 'x'.repeat(${outcomeBytes});`);
        expect(alone).toMatchObject({ failure: { code: 'QRT_DATA_OVERSIZE' } });
      } finally {
        await small.close();
      }
    });
  });
});
