// The kernel with its real store and NaCl: messages within a vat and between two.

import { afterEach, describe, expect, it } from 'vitest';
import type { CodeHash } from '../../src/core/ids.ts';
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
    one.crash();
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

  it('R2 code is named by its hash: its text is told who asks, of another that there is none', () => {
    world = makeWorld();
    const one = world.vat('one');
    const object = one.install({ text: 'function known() {}' });
    const told: unknown[] = [];
    one.setScript((turn, tell) => {
      const found = tell({ type: 'ask', what: 'object', id: turn.target });
      const hash = found?.type === 'object' ? found.object!.code : undefined;
      told.push(tell({ type: 'ask', what: 'code', id: hash! }));
      told.push(tell({ type: 'ask', what: 'code', id: 'a'.repeat(64) as CodeHash }));
      return runProgram(turn, tell);
    });
    one.send(object);
    world.run();
    expect(told).toMatchObject([{ text: 'function known() {}' }, { hash: 'a'.repeat(64) }]);
    expect(told[1]).not.toHaveProperty('text');
  });
});
