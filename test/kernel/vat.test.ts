// The kernel with its real store and NaCl: messages within a vat and between two.

import { afterEach, describe, expect, it } from 'vitest';
import { runProgram } from '../sim/scripted-worker.ts';
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

  it('Q22 long queues of several owners run in order each, whenever the vat dies', () => {
    world = makeWorld(7);
    const one = world.vat('one');
    const objects = [one.install(), one.install(), one.install()];
    one.setScript(() => undefined);
    // Longer than what the kernel holds of a queue in memory.
    for (let n = 0; n < 300; n += 1) one.send(objects[n % 2 ? 0 : n % 3]!, [['note', n]]);
    let turns = 0;
    one.setScript((turn, tell) => {
      turns += 1;
      if (turns % 97 !== 0) return runProgram(turn, tell);
      one.crash();
      return undefined;
    });
    world.run(5_000);
    const notes = objects.map((object) => notesOf(one, object) as number[]);
    for (const each of notes) expect(each).toEqual([...each].sort((a, b) => a - b));
    expect(notes.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    expect(one.lives()).toBeGreaterThan(3);
    expect(one.status()).toMatchObject({ turns: 300, inbox: { rows: 0, bytes: 0 } });
  });

  it('owners are served in turn, however long the queue of another is', () => {
    world = makeWorld();
    const one = world.vat('one');
    const [long, short] = [one.install(), one.install()];
    one.setScript(() => undefined);
    for (let n = 0; n < 200; n += 1) one.send(long, [['note', n]]);
    one.send(short, [['note', 'soon']]);
    one.crash();
    const order: string[] = [];
    one.setScript((turn, tell) => {
      order.push(turn.args.body);
      return runProgram(turn, tell);
    });
    world.run(1_000);
    expect(order.indexOf('[["note","soon"]]')).toBeLessThan(3);
    expect(order).toHaveLength(201);
  });
});
