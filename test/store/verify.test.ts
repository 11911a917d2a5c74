// Verify of a database that is whole in a way that is easy to forget.

import { expect, it } from 'vitest';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld } from '../sim/world.ts';

it('finds nothing wrong with a message that waits in a vat without any link', () => {
  const world = makeWorld();
  const one = world.vat('one');
  const object = one.install();
  one.setStarting(false);
  one.send(object);
  world.run(5_000);
  expect(one.status().inbox.rows).toBe(1);
  expect(damagesOf(one, one.path)).toEqual([]);
  world.close();
});
