// Answers of a test's own sends, a clock that a test moves, and the end of objects.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEADLINE_MS_MAX, PENDING_SERVED_MAX } from '../../src/core/limits.ts';
import { makeTestVat, type TestObject, type TestVat } from '../../src/testing/make-test-vat.ts';

/** Each test has a worker process of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const BELL = `({ method, n, to, ms }, { memory }) => {
  if (method === 'no') return Q.reject({ name: 'Refused', message: 'no', code: 'NO' });
  if (method === 'ring') return void memory.resolver.sendOnly({ value: 'ding' });
  if (method === 'echo') return { n, to };
  if (method === 'kept') return memory.promise;
  const { promise, resolver } = Q.promise();
  memory.resolver = resolver;
  if (method === 'many') for (let k = 0; k < n; k += 1) Q.when(Q.deadline(promise, ms), { rejected: to });
  if (method === 'keep') memory.promise = promise;
  return ms === undefined ? promise : Q.deadline(promise, ms);
}`;

let vat: TestVat;
let bell: TestObject;
beforeEach(async () => {
  vat = await makeTestVat();
  bell = await vat.install({ code: BELL, name: 'bell' });
});
afterEach(() => vat.close());

describe('answers of a test', () => {
  it('answer runs all that follows and returns the value, with its references', async () => {
    const other = vat.outside('other');
    expect(await vat.answer(bell, { method: 'echo', n: 1, to: other })).toEqual({
      n: 1,
      to: other,
    });
    const { to } = await vat.answer<{ to: TestObject }>(bell, { method: 'echo', n: 1, to: bell });
    expect(to).toBe(bell);
    expect(await vat.answer(bell, { method: 'ring' }).catch(({ name }: Error) => name)).toBe(
      'TypeError',
    );
    expect(await vat.answer(await vat.sink(), 1)).toBe(null);
  });

  it('answer throws what it was rejected with, also while what the turn did remains', async () => {
    const refused = vat.answer(bell, { method: 'no' });
    await expect(refused).rejects.toMatchObject({ name: 'Refused', message: 'no', code: 'NO' });
    await expect(vat.answer(bell, { method: 'ring' })).rejects.toMatchObject({ name: 'TypeError' });
  });

  it('answer says that there is none yet', async () => {
    const code = 'QRT_TESTVAT_PENDING';
    await expect(vat.answer(bell, {})).rejects.toMatchObject({ code });
    await expect(vat.answer(vat.outside('far'))).rejects.toMatchObject({ code });
  });

  it('ask says what became of an answer, as soon as something did, also after a restart', async () => {
    const answer = await vat.ask(bell, {});
    expect(await answer.end()).toBeUndefined();
    await vat.run();
    expect(await answer.end()).toBeUndefined();
    await vat.restart();
    await vat.answer(bell, { method: 'ring' });
    expect(await answer.end()).toEqual({ value: 'ding' });
    const refused = await vat.ask(bell, { method: 'no' });
    await vat.step();
    expect(await refused.end()).toEqual({ error: { name: 'Refused', message: 'no', code: 'NO' } });
  });

  it('advance lets deadlines pass, those of the test and those of objects, and no sooner', async () => {
    const late = { error: expect.objectContaining({ code: 'QRT_DEADLINE_PASSED' }) };
    const own = await vat.ask(bell, {}, { deadlineMs: 1_000 });
    const its = await vat.ask(bell, { ms: 2_000 });
    await vat.run();
    await vat.advance(999);
    expect([await own.end(), await its.end()]).toEqual([undefined, undefined]);
    await vat.advance(1);
    expect([await own.end(), await its.end()]).toEqual([late, undefined]);
    await vat.restart();
    await vat.advance(1_000);
    expect(await its.end()).toEqual(late);
    expect(await vat.answer(bell, { method: 'ring' })).toBe(null);
    expect(await its.end()).toEqual(late);
  });

  it('advance ends all that is due, however many; what continues comes with the next run', async () => {
    const sink = await vat.sink();
    const n = PENDING_SERVED_MAX + 50;
    for (let left = n; left > 0; left -= 400) {
      await vat
        .answer(bell, { method: 'many', n: Math.min(left, 400), ms: 5, to: sink })
        .catch(() => 0);
    }
    await vat.advance(5);
    expect(await sink.received()).toEqual([]);
    await vat.run();
    expect(await sink.received()).toHaveLength(n);
  });

  it('Q.deadline leaves the promise itself pending, and follows it while there is time', async () => {
    const late = await vat.ask(bell, { method: 'keep', ms: 10 });
    await vat.run();
    await vat.advance(10);
    expect(await late.end()).toMatchObject({ error: { code: 'QRT_DEADLINE_PASSED' } });
    const kept = await vat.ask(bell, { method: 'kept' });
    await vat.answer(bell, { method: 'ring' });
    expect(await kept.end()).toEqual({ value: 'ding' });
    const early = await vat.ask(bell, { method: 'keep', ms: 10 });
    await vat.run();
    await vat.answer(bell, { method: 'ring' });
    await vat.advance(10);
    expect(await early.end()).toEqual({ value: 'ding' });
  });

  it('a deleted object gets nothing, and who asks it is told so', async () => {
    const asker = await vat.install({ code: '(args, { bell }) => bell.send({})', power: { bell } });
    await vat.delete(bell);
    await expect(vat.answer(asker)).rejects.toMatchObject({ code: 'QRT_NO_OBJECT' });
  });

  it('what is no time, no option and no object of this vat is refused', async () => {
    const code = 'QRT_ARGUMENT_INVALID';
    for (const ms of [-1, 0.5, Number.NaN, DEADLINE_MS_MAX + 1, '5' as never]) {
      await expect(vat.advance(ms)).rejects.toMatchObject({ code });
      await expect(vat.ask(bell, {}, { deadlineMs: ms })).rejects.toMatchObject({ code });
    }
    await vat.advance(DEADLINE_MS_MAX);
    const misspelt = { deadline: 5 } as never;
    await expect(vat.answer(bell, {}, misspelt)).rejects.toMatchObject({ code });
    await expect(vat.delete(vat.outside('far') as never)).rejects.toMatchObject({ code });
    expect(vat.inbox()).toEqual([]);
  });

  it('Q.when with rejected alone passes a value on, and an error to who answers it', async () => {
    const code = `({ bell, method, to = null }, { make_object }) => {
      const instead = make_object('({ error, context }) => [error.code, context]', {});
      const answer = bell.send({ method, n: 7, to });
      return Q.when(Q.when(answer, { rejected: instead, context: 'first' }), { rejected: instead });
    }`;
    const asker = await vat.install({ code });
    expect(await vat.answer(asker, { bell, method: 'echo', to: bell })).toEqual({ n: 7, to: bell });
    expect(await vat.answer(asker, { bell, method: 'no' })).toEqual(['NO', 'first']);
  });
});
