// Answers for the operator: real commands that ask for one, and processes that end meanwhile.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from '../system/kit.ts';

const DESK = `// Counts whom it asked, and answers at once, never, or when it is told.
function desk({ want, say }, { memory }) {
  if (say !== undefined) return memory.resolver.sendOnly({ value: say });
  memory.asked = (memory.asked ?? 0) + 1;
  if (want === 'now') return { asked: memory.asked };
  if (want === 'never') throw Error('never');
  const { promise, resolver } = Q.promise();
  memory.resolver = resolver;
  return promise;
}`;

describe('answers for the operator', () => {
  let world: World;
  beforeAll(() => {
    world = makeWorld();
  });
  afterAll(() => world.end());

  it('Q58a an answer is printed, or why there is none, and stays the same, whoever dies and asks again', async () => {
    await world.startNew('n1');
    const desk = await world.install('n1', DESK);
    const ask = (want: string, id: string, ...more: readonly string[]) =>
      world.run(['send', '-d', 'n1', desk, `{"want":"${want}"}`, '--result', '--id', id, ...more]);
    const again = (id: string) => world.run(['result', 'n1', id]);
    /** Who comes while the node is dead is told so at once, and asks again. */
    const untilRunning = async (id: string): ReturnType<typeof again> => {
      const ran = await again(id);
      return ran.stderr.includes('QRT_NODE_STOPPED') ? untilRunning(id) : ran;
    };
    const now = await ask('now', 'a');
    expect(now).toEqual({ code: 0, stdout: '{"asked":1}\n', stderr: '' });
    const never = await ask('never', 'b');
    expect(never).toMatchObject({ code: 3, stdout: '' });
    expect(never.stderr).toContain('never');
    expect(await ask('later', 'c', '--timeout', '1')).toMatchObject({ code: 124, stdout: '' });

    const waiting = untilRunning('c');
    await world.kill('n1');
    await world.ok(['start', 'n1']);
    await world.ok(['send', '-d', 'n1', desk, '{"say":"came"}']);
    expect(await waiting).toEqual({ code: 0, stdout: '"came"\n', stderr: '' });
    await world.kill('n1');
    await world.ok(['start', 'n1']);
    expect([await again('a'), await again('b'), (await again('c')).stdout]).toEqual([
      now,
      never,
      '"came"\n',
    ]);
    // Nothing ran twice: what was asked again is the same message.
    expect(await ask('now', 'a')).toEqual(now);
    expect((await ask('now', 'd')).stdout).toBe('{"asked":3}\n');
    await world.ok(['stop', 'n1']);
  });
});
