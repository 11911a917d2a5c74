// Deleted objects: tombstones that are referred to, sent to and called, and never run again.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalId, NOBODY, type Qrid } from '../../src/core/ids.ts';
import { REJECTED_AT_ONCE_MAX } from '../../src/core/limits.ts';
import { disagreements } from '../sim/checks.ts';
import { listed, newQrid, remove } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import { redeemOf } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;
let idOfOne: LocalId;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  ofOne = one.install();
  ofTwo = two.install();
  idOfOne = localIdOf(one, ofOne);
});
afterEach(() => world.close());

const note = (value: unknown): Step[] => [['note', value]];
const texts = (vat: TestVat): string[] =>
  vat
    .log()
    .map(({ level, source, text }) => `${level} ${source} ${text.replace(/ \(trace.*/, '')}`);
const memoryOf = (vat: TestVat, id: LocalId): LocalId => vat.store().object(id)!.power.memory!;

describe('a deleted object', () => {
  it('leaves a tombstone, an emptied memory, and QRIDs that name nothing', () => {
    const further = newQrid(one, ofOne);
    one.send(ofOne, note('kept'));
    world.run();
    const memory = memoryOf(one, idOfOne);
    expect(one.store().memory(memory)?.body).toContain('kept');
    const reply = { object: idOfOne, wasDeleted: false, memory: 'emptied', qrids: 2 };
    expect(remove(one, idOfOne)).toEqual(reply);
    expect(one.store().object(idOfOne)).toBeUndefined();
    expect(one.store().objectOwner(idOfOne)).toBe(1);
    expect(one.store().memory(memory)).toEqual({ body: '{}', slots: [] });
    expect(one.status().objects).toBe(0);
    for (const qrid of [ofOne, further]) {
      expect(one.send(qrid)).toMatchObject({ ok: false, code: 'QRT_NO_OBJECT' });
      expect(listed(one, qrid).state).toBe('deleted');
    }
    expect(() => newQrid(one, idOfOne)).toThrow('QRT_OBJECT_DELETED');
  });

  it('is deleted once; again says so and changes nothing', () => {
    remove(one, idOfOne);
    const commits = one.store().readCounters();
    expect(remove(one, idOfOne)).toMatchObject({ wasDeleted: true });
    expect({ ...one.store().readCounters(), commits: 0 }).toEqual({ ...commits, commits: 0 });
  });

  it.each(['o99.0', NOBODY, 'm1.1', 'i1'])('%s is no object: QRT_OBJECT_UNKNOWN', (id) => {
    expect(() => remove(one, id as LocalId)).toThrow('QRT_OBJECT_UNKNOWN');
  });

  it('asked by the same id again gives the same reply, also after a death', () => {
    const request = { type: 'delete', id: 'mine', object: idOfOne } as const;
    const first = one.control(request);
    one.crash();
    expect(one.control(request)).toEqual(first);
    expect(first).toMatchObject({ value: { wasDeleted: false } });
  });

  it('leaves a memory that another object holds as it is, until that one goes, too', () => {
    one.setScript((turn, tell) => {
      if (!turn.args.body.includes('facet')) return runProgram(turn, tell);
      const made = runProgram({ ...turn, args: { body: '[["make"]]', slots: [] } }, tell);
      if (made?.status !== 'done') return made;
      const memory = memoryOf(one, idOfOne);
      const [object] = made.objects;
      const power = { ...object!.power, memory };
      return {
        ...made,
        memory: [],
        objects: [{ ...object!, id: `o${turn.turn}.0` as LocalId, power }],
      };
    });
    one.send(ofOne, note('shared'));
    one.send(ofOne, note('facet'));
    world.run();
    const memory = memoryOf(one, idOfOne);
    const facet = `o${one.store().readCounters().turn}.0` as LocalId;
    expect(memoryOf(one, facet)).toBe(memory);
    expect(remove(one, idOfOne)).toMatchObject({ memory: 'shared' });
    expect(one.store().memory(memory)?.body).toContain('shared');
    expect(remove(one, facet)).toMatchObject({ memory: 'emptied', qrids: 0 });
    expect(one.store().memory(memory)?.body).toBe('{}');
  });
});

describe('a message to a deleted object', () => {
  it('of an object here is accepted and rejected, in the log of its owner', () => {
    const friend = one.install();
    one.send(friend, [['keep', 0]], { slots: [ofOne] });
    world.run();
    remove(one, idOfOne);
    one.send(friend, [
      ['tell', 0, note('lost')],
      ['note', 'sent'],
    ]);
    world.run();
    expect(notesOf(one, friend)).toEqual(['sent']);
    expect(texts(one)).toEqual([expect.stringContaining(`failure ${idOfOne} QRT_NO_OBJECT: `)]);
    expect(one.status().inbox.rows).toBe(0);
    // The reference is carried and stored as before.
    one.send(friend, [['send', 0, [['keep', 0]], [0]]], { slots: [friend] });
    one.send(ofTwo, [['keep', 0]], { slots: [friend] });
    expect(world.run()).toBe(true);
  });

  it('of a peer is refused, and the peer is told; what it holds can still be passed on', () => {
    const [three, keeper] = [world.vat('three'), one.install()];
    const ofThree = three.install();
    two.send(ofOne, note('first'));
    two.send(keeper);
    world.run();
    remove(one, idOfOne);
    const sent = two.status().links[0]!.sent[0];
    // The operator of vat two names it as before: the same QRID is the same reference there.
    expect(two.send(ofOne, note('late'))).toMatchObject({ ok: true });
    two.send(ofThree, [['keep', 0]], { slots: [ofOne] });
    world.run();
    three.send(ofThree, [['tell', 0, note('through two')]]);
    expect(world.run()).toBe(true);
    expect(two.status().links[0]).toMatchObject({
      lastRefusal: 'QRT_NO_OBJECT',
      sent: [sent + 2, 0],
    });
    expect(three.status().links[0]).toMatchObject({ lastRefusal: 'QRT_NO_OBJECT' });
    expect(disagreements(world)).toEqual([]);
  });

  it('that waits already is refused without a worker, however many there are', () => {
    one.setStarting(false);
    const count = 3 * REJECTED_AT_ONCE_MAX + 1;
    for (let n = 0; n < count; n += 1) two.send(ofOne, note(n));
    one.send(ofOne, note('own'));
    world.run(5_000);
    expect(one.status().inbox.rows).toBe(count + 1);
    const starts = one.outputs.filter(({ type }) => type === 'worker-start').length;
    remove(one, idOfOne);
    world.run(1_000);
    expect(one.outputs.filter(({ type }) => type === 'worker-start')).toHaveLength(starts);
    expect(one.status()).toMatchObject({ inbox: { rows: 0, bytes: 0 }, turns: 0 });
    expect(two.status().links[0]).toMatchObject({ refusals: count });
    expect(texts(one).filter((text) => text.startsWith('failure'))).toHaveLength(1);
    expect(world.run()).toBe(true);
    expect(disagreements(world)).toEqual([]);
  });

  it('does not hold up messages to others of its owner', () => {
    one.send(ofOne, [['make'], ['make']]);
    world.run();
    const child = `o${one.store().readCounters().turn}.1` as LocalId;
    const ofChild = newQrid(one, child);
    one.setStarting(false);
    one.send(ofChild, note(1));
    one.send(ofOne, note('lost'));
    one.send(ofChild, note(2));
    remove(one, idOfOne);
    one.setStarting(true);
    expect(world.run()).toBe(true);
    expect(notesOf(one, ofChild)).toEqual([1, 2]);
    expect(texts(one)).toHaveLength(1);
  });

  it('that is suspected of having ended a worker is rejected, not tried', () => {
    one.setScript(() => {
      one.setStarting(false);
      one.endWorker('unknown');
      return undefined;
    });
    two.send(ofOne, note('bad'));
    world.run(1_000);
    expect(one.status()).toMatchObject({ inbox: { rows: 1 }, workersLost: expect.any(Number) });
    one.setStarting(true);
    remove(one, idOfOne);
    one.setScript(runProgram);
    expect(world.run()).toBe(true);
    expect(one.status()).toMatchObject({ inbox: { rows: 0 }, quarantined: 0 });
    expect(two.status().links[0]).toMatchObject({ lastRefusal: 'QRT_NO_OBJECT' });
  });

  it('Q50 is refused in the bytes in which an unknown name is', () => {
    const stranger = world.stranger();
    remove(one, idOfOne);
    const receipt = stranger.send(one, { one: [redeemOf(ofOne)] });
    expect(receipt?.lanes.map(({ next, stop }) => [next, stop])).toEqual([
      [0, 'unknown'],
      [0, 'unknown'],
    ]);
    expect(one.status().links).toEqual([]);
  });

  it('redeemed while the link was down comes too late', () => {
    const keeper = one.install();
    two.send(keeper);
    world.run();
    world.setWire(cutWire);
    two.send(ofOne, note('late'));
    world.run(60_000);
    remove(one, idOfOne);
    world.setWire(honestWire);
    expect(world.run()).toBe(true);
    expect(two.status().links[0]).toMatchObject({ refusals: 2, lastRefusal: 'QRT_NO_OBJECT' });
  });
});
