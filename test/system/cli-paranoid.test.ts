// `qrt start --paranoid`: two processes run each turn, and the node lives with the end of either.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, makeWorld, type World } from './kit.ts';

const COUNTER = `({ add }, { memory, make_object }) => {
  memory.count = (memory.count ?? 0) + add;
  make_object('() => 1', { memory: { made: memory.count } });
}`;

describe('a paranoid node', () => {
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    await world.ok(['create-node', 'one']);
    await world.ok(['start', 'one', '--paranoid']);
  });
  afterAll(() => world.end());

  const childrenOf = async (): Promise<number[]> => {
    const { pid } = await world.status('one');
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  };
  const isCounted = (count: number) => async (): Promise<boolean> =>
    (await world.ok(['dump', 'one', 'memory'])).includes(`{"count":${count}}`);

  it.runIf(process.platform === 'linux')('runs each turn in two, and outlives either', async () => {
    const qrid = await world.install('one', COUNTER);
    await world.ok(['send', '-d', 'one', qrid, '{"add":1}']);
    await eventually(isCounted(1));
    // Those that had nothing to do for a while may have been ended.
    const halves = await eventually(async () => {
      await world.ok(['send', '-d', 'one', qrid, '{"add":0}']);
      const found = await childrenOf();
      // A pair that is used, and maybe one that is spare.
      return found.length === 2 || found.length === 4 ? found : undefined;
    });
    for (const half of halves) process.kill(half, 'SIGKILL');
    await world.ok(['send', '-d', 'one', qrid, '{"add":2}']);
    await eventually(isCounted(3));
    expect(await world.status('one')).toMatchObject({ quarantined: 0 });
  });
});
