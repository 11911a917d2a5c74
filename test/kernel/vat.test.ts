// The kernel with its real store and NaCl: messages within a vat and between two.

import { afterEach, describe, expect, it } from 'vitest';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

describe('vat', () => {
  let world: World;
  afterEach(() => world.close());

  it('Q17 a message to an object of this vat becomes one turn', () => {
    world = makeWorld();
    const one = world.vat('one');
    const qrid = one.install();
    one.send(qrid, [['note', 1]]);
    world.run();
    expect(notesOf(one, qrid)).toEqual([1]);
    expect(one.status()).toMatchObject({ turns: 1, inbox: { rows: 0, bytes: 0 } });
  });

  it('Q22 messages to an object of another vat are delivered once, in order', () => {
    world = makeWorld();
    const one = world.vat('one');
    const two = world.vat('two');
    const qrid = one.install();
    for (let n = 0; n < 20; n += 1) two.send(qrid, [['note', n]]);
    expect(world.run()).toBe(true);
    expect(notesOf(one, qrid)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(two.store().outboxUsage()).toEqual([]);
    expect(two.status().links).toMatchObject([{ sent: [21, 0], receipted: [21, 0] }]);
  });
});
