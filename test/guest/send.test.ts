// Messages that are answered: what `send` queues and what it refuses.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEADLINE_MS_MAX } from '../../src/core/limits.ts';
import { ask, errorsOf } from './asker.ts';
import { type Kit, startKit } from './kit.ts';

const DATA = { body: '1', slots: [] };

describe('send', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  it('Q26 queues a message and gives the promise of its answer, one for each', async () => {
    const { outcome, object, id } = await ask(
      kit,
      `memory.promises = [here.send({ list: [promise] }), Q.send(here, 1), gone.send(1)];`,
    );
    const sender = object;
    expect(outcome.sends).toEqual([
      {
        target: 'o5.0',
        args: { body: '{"list":[{"$":0}]}', slots: ['p5.1'] },
        sender,
        answer: id(0),
      },
      { target: 'o5.0', args: DATA, sender, answer: id(1) },
      { target: 'o77777.7', args: DATA, sender, answer: id(2) },
    ]);
    expect(outcome.memory[0]?.value.slots).toEqual([id(0), id(1), id(2)]);
    expect([outcome.promises, outcome.whens, outcome.answer]).toEqual([[], [], undefined]);
  });

  it('goes to promises and resolvers too, answered or not, those of the same turn above all', async () => {
    const { outcome, id, resolverId } = await ask(
      kit,
      `const made = Q.promise();
      const first = promise.send(1); first.send(1).send(1); made.promise.sendOnly(1);
      made.resolver.sendOnly(1); resolver.send(1); Q.sendOnly(resolver, 1); Q.sendOnly(first, 1);`,
    );
    expect(outcome.sends.map(({ target, answer }) => [target, answer])).toEqual([
      ['p5.1', id(1)],
      [id(1), id(2)],
      [id(2), id(3)],
      [id(0), undefined],
      [resolverId(0), undefined],
      ['s5.2', id(4)],
      ['s5.2', undefined],
      [id(1), undefined],
    ]);
    expect(Object.keys(outcome.sends[3] ?? {})).toEqual(['target', 'args', 'sender']);
  });

  it('copies its args when it is called, as sendOnly does', async () => {
    const { outcome } = await ask(
      kit,
      'const args = { list: [1] }; here.send(args); args.list.push(2);',
    );
    expect(outcome.sends[0]?.args.body).toBe('{"list":[1]}');
  });

  it('takes a deadline, also one that has passed, and no options at all', async () => {
    const { outcome } = await ask(
      kit,
      `for (const options of [{ deadlineMs: 1 }, { deadlineMs: ${DEADLINE_MS_MAX} }, { deadlineMs: 0 },
        { deadlineMs: -5 }, { deadlineMs: Number.MIN_SAFE_INTEGER }, {}, { deadlineMs: undefined }, undefined]) {
        here.send(1, options);
      }`,
    );
    expect(outcome.sends.map(({ deadlineMs }) => deadlineMs)).toEqual([
      ...[1, DEADLINE_MS_MAX, 0, -5, Number.MIN_SAFE_INTEGER, undefined, undefined, undefined],
    ]);
    expect(outcome.sends.at(-1)).not.toHaveProperty('deadlineMs');
  });

  it('refuses options that it does not know or that are none, and leaves no trace', async () => {
    const errors = await errorsOf(kit, [
      `here.send(1, { deadlineMs: ${DEADLINE_MS_MAX + 1} })`,
      'here.send(1, { deadlineMs: 1.5 })',
      'here.send(1, { deadlineMs: NaN })',
      'here.send(1, { deadlineMs: Infinity })',
      'here.send(1, { deadlineMs: "5" })',
      'here.send(1, { deadlineMs: 5n })',
      'here.send(1, { deadlineMs: null })',
      'here.send(1, { deadline: 5 })',
      `here.send(1, { ['x'.repeat(1e5)]: 5 })`,
      'here.send(1, { [Symbol("deadlineMs")]: 5 })',
      'here.send(1, { get deadlineMs() { throw Error("getter ran"); } })',
      'here.send(1, Object.defineProperty({}, "deadlineMs", { value: 5 }))',
      'here.send(1, new Proxy({ deadlineMs: 5 }, { ownKeys() { throw Error("trap ran"); } }))',
      'here.send(1, Object.create({ deadlineMs: 5 }))',
      'here.send(1, null)',
      'here.send(1, 5)',
      'here.send(1, [])',
      'here.send(1, here)',
      'Q.send(here, 1, { deadlineMS: 5 })',
    ]);
    expect(errors.filter((text) => !text.startsWith('QRT_PROMISE_INVALID options'))).toEqual([]);
    expect([errors[0], errors[1], errors[7], errors[10]]).toEqual([
      `QRT_PROMISE_INVALID options.deadlineMs is more than ${DEADLINE_MS_MAX}, 366 days.`,
      'QRT_PROMISE_INVALID options.deadlineMs is no whole number of milliseconds.',
      'QRT_PROMISE_INVALID options may hold deadlineMs, but not "deadline".',
      'QRT_PROMISE_INVALID options.deadlineMs is an accessor.',
    ]);
    expect(Math.max(...errors.map(({ length }) => length))).toBeLessThan(200);
  });

  it('refuses args that cannot be carried, and values that are no reference, and leaves no trace', async () => {
    expect(
      await errorsOf(kit, [
        'here.send()',
        'here.send({ f: () => 1 })',
        'Q.send({}, 1)',
        'Q.send(null)',
      ]),
    ).toEqual([
      'QRT_DATA_UNCARRIED args cannot be carried: undefined',
      'QRT_DATA_UNCARRIED args.f cannot be carried: a function',
      'QRT_TARGET_INVALID Q.send needs a reference as its target.',
      'QRT_TARGET_INVALID Q.send needs a reference as its target.',
    ]);
  });

  it('Q8 goes to other vats in the same way, promises and resolvers in the args', async () => {
    const { outcome, id } = await ask(
      kit,
      'far.send(1); Q.send(far, { deep: [{ promise, resolver }] }); far.sendOnly(promise);',
    );
    expect(outcome.sends.map(({ answer }) => answer)).toEqual([id(0), id(1), undefined]);
    expect(outcome.sends[1]?.args.slots).toHaveLength(2);
  });

  it('a promise or resolver cannot be called', async () => {
    expect(
      await errorsOf(kit, ['promise.call(1)', 'Q.call(promise, 1)', 'resolver.call({ value: 1 })']),
    ).toEqual(Array(3).fill(expect.stringMatching(/^QRT_CALL_PROMISE .*Q\.when/)));
  });

  it('a turn that throws after it leaves nothing behind', async () => {
    const object = kit.install(
      '({ to }) => { Q.when(to.send(1), { fulfilled: to }); Q.promise(); throw 1; }',
    );
    expect(await kit.turn(object, { to: { $: 0 } }, { slots: ['o5.0'] })).toEqual({
      ...{ type: 'outcome', turn: expect.any(Number), status: 'failed' },
      failure: { name: 'number', message: '1' },
    });
  });

  it('an error that is caught in one leaves the others as they are', async () => {
    const { outcome, id } = await ask(
      kit,
      'here.send(1); try { here.send(1n); } catch {} try { far.send(1n); } catch {} here.send(1);',
    );
    expect(outcome.sends.map(({ answer }) => answer)).toEqual([id(0), id(1)]);
  });

  it('what is refused takes no room', async () => {
    const attempts = [
      ...['here.send(1n)', 'here.sendOnly(1n)', 'here.send(1, { deadline: 5 })', 'far.send(1n)'],
      ...['Q.when(promise, {})', 'Q.when(promise, { fulfilled: () => 1 })'],
      'Q.when(promise, { fulfilled: here, context: 1n })',
    ];
    const room = { rows: 1, bytes: 1 };
    const { outcome } = await ask(
      kit,
      `${attempts.map((text) => `try { ${text}; } catch {}`).join('\n')}
      here.send(1); far.sendOnly(1);`,
      { inbox: room, outbox: room },
    );
    expect(outcome.sends).toHaveLength(2);
  });

  it('what settles a promise goes also when there is no room', async () => {
    const room = { rows: 0, bytes: 0 };
    const { outcome } = await ask(
      kit,
      'resolver.sendOnly({ value: 1 }); try { here.sendOnly(1); } catch {}',
      { inbox: room },
    );
    expect(outcome.sends.map(({ target }) => target)).toEqual([expect.stringMatching(/^s/)]);
  });

  it('the same message gives the same outcome', async () => {
    const object = kit.install(`({ to }, { make_object }) => {
      const { promise, resolver } = Q.promise();
      const child = make_object('() => 1', { memory: { promise } });
      Q.when(Q.all([to.send(resolver), child.send(promise)]), { fulfilled: child, context: [promise] });
    }`);
    const outcomes = [];
    for (let n = 0; n < 3; n += 1) {
      const turn = await kit.done(object, { to: { $: 0 } }, { slots: ['o5.0'] });
      outcomes.push(
        JSON.stringify(turn).replaceAll(new RegExp(`\\b([a-z]?)${turn.turn}\\b`, 'g'), '$1T'),
      );
    }
    expect(new Set(outcomes).size).toBe(1);
  });

  it('ids of promises are counted without gaps, together with objects and memory', async () => {
    const { outcome, id } = await ask(
      kit,
      `here.send(1); make_object('() => 1', { memory: {} }); Q.promise(); Q.all([]);
      Q.when(promise, { fulfilled: here }); here.sendOnly(1); make_object('() => 1'); here.send(1);`,
    );
    const { turn } = outcome;
    expect(outcome.sends.map(({ answer }) => answer)).toEqual([id(0), undefined, id(7)]);
    expect(outcome.objects.map((made) => made.id)).toEqual([`o${turn}.1`, `o${turn}.6`]);
    expect(outcome.promises.map((made) => made.id)).toEqual([id(3), id(4)]);
    expect(outcome.whens.map(({ answer }) => answer)).toEqual([id(5)]);
  });
});
