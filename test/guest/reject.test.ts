// Reject, deadline and isReference: what objects ask of answers beside their values.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEADLINE_MS_MAX } from '../../src/core/limits.ts';
import { ask, errorsOf } from './asker.ts';
import { type Kit, READINGS, startKit } from './kit.ts';

describe('answers', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  it('Q26 Q.reject makes a promise and tells its resolver why, in bounded text', async () => {
    const { outcome, id, resolverId, object } = await ask(
      kit,
      `const all = [
        Q.reject('none left'), Q.reject(RangeError('too far')),
        Q.reject({ name: 'SoldOut', message: 'no\\nmore', code: 'SOLD_OUT' }),
        Q.reject({ message: 'half \\ud800', code: undefined }), Q.reject('x'.repeat(5000)),
      ];
      try { Q.send({}, 1); } catch (error) { all.push(Q.reject(error)); }
      memory.isPromise = all.map(Q.isPromise);`,
    );
    const reasons = outcome.sends.map(({ args }) => JSON.parse(args.body).error);
    expect(reasons.slice(0, 4)).toEqual([
      { name: 'Error', message: 'none left' },
      { name: 'RangeError', message: 'too far' },
      { name: 'SoldOut', message: 'no\\u000amore', code: 'SOLD_OUT' },
      { name: 'Error', message: 'half \\ud800' },
    ]);
    expect(reasons[4].message.length).toBe(1_024);
    expect(reasons[5]).toMatchObject({ name: 'QrtError', code: 'QRT_TARGET_INVALID' });
    expect(outcome.sends[0]).toEqual({
      ...{ target: resolverId(0), sender: object, args: expect.anything() },
    });
    expect(outcome.promises.map((each) => [each.id, each.kind])).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => [id(n), 'resolver']),
    );
  });

  it('Q.reject refuses what says nothing, runs no code of it, and leaves no trace', async () => {
    const errors = await errorsOf(kit, [
      ...['Q.reject()', 'Q.reject(null)', 'Q.reject(5)', 'Q.reject(here)', 'Q.reject([])'],
      'Q.reject(new Proxy(Error("x"), { get() { throw Error("ran"); } }))',
      ...['Q.reject({})', 'Q.reject({ code: "SOLD_OUT" })', 'Q.reject({ message: undefined })'],
      ...['Q.reject({ message: 5 })', 'Q.reject({ message: "x", code: 7 })'],
      'Q.reject({ message: "x", reason: "y" })',
      'Q.reject({ get message() { throw Error("ran"); } })',
    ]);
    const what = 'QRT_PROMISE_INVALID The argument of Q.reject';
    expect(errors).toEqual([
      ...Array(6).fill(`${what} is neither a text, an error nor { name, message, code }.`),
      ...Array(3).fill(`${what} has no message: say what is wrong and what to do.`),
      `${what}.message is no text.`,
      `${what}.code is no text.`,
      `${what} may hold name, message, code, but not "reason".`,
      `${what}.message is an accessor.`,
    ]);
  });

  it('Q.deadline makes a promise of another one with a time for it', async () => {
    const {
      outcome,
      id,
      object: maker,
    } = await ask(
      kit,
      `const own = here.send(1);
      Q.deadline(promise, 0); Q.deadline(own, ${DEADLINE_MS_MAX}); Q.deadline(far, -5);`,
    );
    const body = '[{"$":0}]';
    expect(outcome.promises).toEqual([
      ...[{ id: id(1), maker, kind: 'first', parts: { body, slots: ['p5.1'] }, deadlineMs: 0 }],
      {
        id: id(2),
        maker,
        kind: 'first',
        parts: { body, slots: [id(0)] },
        deadlineMs: DEADLINE_MS_MAX,
      },
      { id: id(3), maker, kind: 'first', parts: { body, slots: ['i5'] }, deadlineMs: -5 },
    ]);
  });

  it('Q.deadline takes a row of the inbox, and says what is wrong with what it is given', async () => {
    const errors = await errorsOf(kit, [
      ...['Q.deadline(1, 5)', 'Q.deadline([promise], 5)', 'Q.deadline(resolver, 5)'],
      ...['Q.deadline(promise)', 'Q.deadline(promise, "5")', 'Q.deadline(promise, 0.5)'],
      ...['Q.deadline(promise, { deadlineMs: 5 })', `Q.deadline(promise, ${DEADLINE_MS_MAX + 1})`],
    ]);
    const [first, second] = ['first', 'second'].map(
      (nth) => `QRT_PROMISE_INVALID The ${nth} argument of Q.deadline`,
    );
    const none = `${first} is no reference: only promises and other references can be waited for.`;
    expect(errors).toEqual([
      ...[none, none, `${first} is a resolver: give the promise that was made with it.`],
      ...Array(4).fill(`${second} is no whole number of milliseconds.`),
      `${second} is more than ${DEADLINE_MS_MAX}, 366 days.`,
    ]);
    const { memory } = await ask(
      kit,
      `memory.n = 0;
      try { for (;;) { Q.deadline(promise, 5); memory.n += 1; } } catch (error) { memory.code = error.code; }`,
      { inbox: { rows: 3, bytes: READINGS.inbox.bytes } },
    );
    expect(memory).toEqual({ n: 3, code: 'QRT_NO_ROOM' });
  });

  it('Q.promise takes a time, and no room for it, and says what is wrong with what it is given', async () => {
    const none = { rows: 0, bytes: 0 };
    const { outcome, id, object } = await ask(
      kit,
      `Q.promise({ deadlineMs: 0 }); Q.promise({}); Q.promise({ deadlineMs: ${DEADLINE_MS_MAX} });`,
      { inbox: none, outbox: none },
    );
    const made = { maker: object, kind: 'resolver', parts: { body: '[]', slots: [] } };
    expect(outcome.promises).toEqual([
      { ...made, id: id(0), deadlineMs: 0 },
      { ...made, id: id(1) },
      { ...made, id: id(2), deadlineMs: DEADLINE_MS_MAX },
    ]);
    const errors = await errorsOf(kit, [
      ...['Q.promise(5)', 'Q.promise({ ms: 5 })', 'Q.promise({ deadlineMs: "5" })'],
      `Q.promise({ deadlineMs: ${DEADLINE_MS_MAX + 1} })`,
    ]);
    expect(errors.map((error) => error.replace('QRT_PROMISE_INVALID ', ''))).toEqual([
      'options is no plain object.',
      'options may hold deadlineMs, but not "ms".',
      'options.deadlineMs is no whole number of milliseconds.',
      `options.deadlineMs is more than ${DEADLINE_MS_MAX}, 366 days.`,
    ]);
  });

  it('Q.isReference tells references from all else, and runs no code of what it is given', async () => {
    const { memory } = await ask(
      kit,
      `const proxy = new Proxy(here, { has() { throw Error('ran'); }, get() { throw Error('ran'); } });
      const like = { send() {}, get [Symbol.toStringTag]() { throw Error('ran'); } };
      memory.yes = [here, far, promise, resolver, gone, Q.promise().resolver].map(Q.isReference);
      memory.no = [proxy, like, Object.create(here), null, undefined, 1, 'o5.0', () => 1, [here], make_object]
        .map(Q.isReference);`,
    );
    expect(memory['yes']).toEqual(Array(6).fill(true));
    expect(memory['no']).toEqual(Array(10).fill(false));
  });
});
