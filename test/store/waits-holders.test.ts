// Waits, holders: who counts as holding a promise or a resolver.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeDecider } from '../../src/core/wait-text.ts';
import { openByHand } from '../sim/hand.ts';
import type { Step } from '../sim/scripted-worker.ts';
import { setWaitsStage, type WaitsStage } from './waits-kit.ts';

let stage: WaitsStage;
beforeEach(() => {
  stage = setWaitsStage();
});
afterEach(() => stage.world.close());

const MINE = { kind: 'memory', id: 'm1.1', objects: ['o1.0'] };

describe('holders', () => {
  it('Q8 a resolver is held by a message, by a child and by what waits for a promise, too', () => {
    stage.play([
      ['promise'],
      ['keep', 1],
      ['keep', 2],
      ['promise'],
      ['keep', 3],
      // Whoever gets this message gets the resolver of the second one.
      ['send', 1, [], [4]],
      ['promise'],
      ['keep', 5],
      ['when', 3, { fulfilled: 6 }],
    ]);
    expect(stage.stuckOnes()).toEqual([]);
    expect(stage.deciders()).toMatchObject({
      'p2.1': { heldBy: { count: 1, first: [{ kind: 'waiting', id: 'p2.0' }] } },
      'p2.2': { heldBy: { count: 1, first: [{ kind: 'waiting', id: 'p2.1' }] } },
    });
  });

  it.each([
    ['memory', 'UPDATE memory SET slots = ?', MINE],
    ['object', 'UPDATE object SET slots = ? WHERE id = ?', { kind: 'object', id: 'o1.0' }],
    ['message', 'UPDATE inbox SET slots = ?', { kind: 'message', id: 'o1.0' }],
    ['quarantine', 'UPDATE quarantine SET slots = ?', { kind: 'quarantine', id: '1' }],
    [
      'promise',
      "UPDATE promise SET slots = ? WHERE state <> 'pending'",
      { kind: 'promise', id: 'p2.1' },
    ],
  ])('Q8 a promise is not stuck whose resolver is in a %s', (_, sql, holder) => {
    stage.play([['promise'], ['keep', 1], ['ask', 0, []], ['keep', 3]]);
    stage.one.setScript(() => undefined);
    stage.play([], 300_000);
    stage.play([], 10);
    stage.one.halt();
    expect(stage.stuckOnes()).toEqual(['p2.0']);
    const db = openByHand(stage.one.path);
    const input = sql.includes('id = ?') ? ['["s2.0"]', 'o1.0'] : ['["s2.0"]'];
    expect(db.prepare(sql).run(...input).changes).toBe(1);
    db.close();
    expect(stage.stuckOnes()).toEqual([]);
    expect(stage.deciders()['p2.0']).toEqual({
      by: 'resolver',
      heldBy: { count: 1, first: [holder] },
    });
  });

  it('Q58 the operator who asked for an answer holds the promise of it', () => {
    const steps: Step[] = [['promise'], ['keep', 2], ['return', '{"$":0}', [1]]];
    const { one, object, world } = stage;
    one.send(object, steps, { id: 'asked', slots: [object], answer: true });
    world.run();
    const [asked, followed] = stage.list().promises;
    expect(asked).toMatchObject({
      decider: { by: 'promise', promise: followed?.id },
      holders: { count: 1, first: [{ kind: 'request', id: 'asked' }] },
    });
    expect(stage.show(String(asked?.id))?.holders).toEqual(asked?.holders);
  });

  it('Q8 a promise that a peer decides is told so, and is not stuck', () => {
    stage.play([['promise'], ['keep', 1], ['promise'], ['keep', 3]]);
    expect(stage.stuckOnes()).toEqual(['p2.0', 'p2.1']);
    const two = stage.world.vat('two');
    const far = two.install();
    stage.one.send(far, [], {});
    stage.world.run();
    stage.one.halt();
    const db = openByHand(stage.one.path);
    db.exec(`
      UPDATE promise SET link = 1, name = 'item', number = 7 WHERE id = 'p2.0';
      UPDATE promise SET link = 1, name = 'export', number = 3 WHERE id = 'p2.1';
      UPDATE link SET petname = 'bob'`);
    db.close();
    expect(stage.stuckOnes()).toEqual([]);
    const [item, name] = stage.list().promises;
    expect(item?.decider).toEqual({
      ...{ by: 'peer', vat: two.id, petname: 'bob', name: 'item', number: 7 },
    });
    expect(describeDecider(item!.decider)).toBe('vat bob, the answer to our item 7');
    expect(describeDecider(name!.decider)).toBe('vat bob, its x3');
  });
});
