// A vat without work holds no worker.

import { afterEach, describe, expect, it } from 'vitest';
import { WORKER_IDLE_MS_MAX } from '../../src/core/limits.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

describe('a worker without work', () => {
  let world: World;
  afterEach(() => world.close());

  it('is given back after a while, is not lost, and comes again with the next message', () => {
    world = makeWorld();
    const one = world.vat('one');
    const qrid = one.install();
    one.send(qrid, [['note', 1]]);
    world.run(WORKER_IDLE_MS_MAX - 1);
    expect(one.status()).toMatchObject({ worker: 'idle', turns: 1 });
    expect(world.run()).toBe(true);
    expect(one.status()).toMatchObject({ worker: 'none', workersLost: 0 });
    one.send(qrid, [['note', 2]]);
    world.run(1_000);
    expect(one.status()).toMatchObject({ worker: 'idle', turns: 2 });
    expect(notesOf(one, qrid)).toEqual([1, 2]);
  });
});
