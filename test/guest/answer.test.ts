// What a function answers: its return value, if somebody waits for it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARGS_BYTES_MAX } from '../../src/core/limits.ts';
import { type Kit, startKit } from './kit.ts';

describe('the answer of a function', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  const answerOf = async (body: string, slots = ['p5.1', 'i5']) => {
    const options = { slots, isAnswerWanted: true } as const;
    return (
      await kit.done(kit.install(`(args, power) => { ${body} }`), [{ $: 0 }, { $: 1 }], options)
    ).answer;
  };
  it('Q26 is what it returned, if it is wanted', async () => {
    expect(await answerOf('return { a: [1, args] };')).toEqual({
      body: '{"a":[1,[{"$":0},{"$":1}]]}',
      slots: ['p5.1', 'i5'],
    });
    const object = kit.install('() => 1');
    expect(await kit.done(object)).not.toHaveProperty('answer');
  });

  it.each([
    ['null', 'return null;'],
    ['null', 'return undefined;'],
    ['null', ''],
    ['0', 'return 0;'],
    ['{}', 'return power.memory;'],
    ['{"$":0}', 'return args[0];'],
    ['{"$":0}', 'return Q.promise().resolver;'],
    ['{"$":0}', 'return Q.when(args[0], { fulfilled: args[0] });'],
  ])('is %s after `%s`', async (body, code) => {
    expect((await answerOf(code))?.body).toBe(body);
  });

  it.each([
    ['a function', 'return () => 1;', 'answer cannot be carried: a function'],
    ['undefined inside', 'return { a: [undefined] };', 'answer.a[0] cannot be carried: undefined'],
    ['a date', 'return [new Date(0)];', 'answer[0] cannot be carried: a Date'],
    ['a proxy', 'return new Proxy({}, {});', 'answer cannot be carried: a proxy'],
    ['its power', 'return power;', 'answer.make_object cannot be carried: a function'],
    [
      'too much',
      `return 'x'.repeat(${ARGS_BYTES_MAX - 1});`,
      `answer is too large: at most ${ARGS_BYTES_MAX} bytes.`,
    ],
  ])('that is %s fails the turn, with its path', async (_name, body, message) => {
    const object = kit.install(`(args, power) => { power.memory.lost = 1; ${body} }`);
    const outcome = await kit.turn(object, null, { isAnswerWanted: true });
    const code = message.includes('too large') ? 'QRT_DATA_OVERSIZE' : 'QRT_DATA_UNCARRIED';
    expect(outcome).toMatchObject({ failure: { code, message } });
    expect(kit.memory(object)).toEqual({});
    // Nobody wants it: nobody looks at it.
    await kit.done(object);
  });

  it(`may have ${ARGS_BYTES_MAX} bytes`, async () => {
    expect((await answerOf(`return 'x'.repeat(${ARGS_BYTES_MAX - 2});`))?.body).toHaveLength(
      ARGS_BYTES_MAX,
    );
  });
});
