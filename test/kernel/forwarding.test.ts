// Forwarding: a reference to a third vat's object works through the vat that passed it on.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSwissnum, type Qrid } from '../../src/core/ids.ts';
import { HOPS_MAX } from '../../src/core/limits.ts';
import { disagreements } from '../sim/checks.ts';
import { done, runProgram, type Step } from '../sim/scripted-worker.ts';
import { messageTo, redeemOf } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let three: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;
let ofThree: Qrid;

beforeEach(() => {
  world = makeWorld();
  [one, two, three] = [world.vat('one'), world.vat('two'), world.vat('three')];
  [ofOne, ofTwo, ofThree] = [one.install(), two.install(), three.install()];
});
afterEach(() => world.close());

const note = (value: unknown): readonly Step[] => [['note', value]];
const logOf = (vat: TestVat): string[] =>
  vat.log().map(({ text }) => text.replace(/ \(trace.*/, ''));

describe('forwarding', () => {
  it('Q22 a message through a forwarder arrives once, in order, without a turn there', () => {
    two.send(ofOne, [['keep', 0]], { slots: [ofThree] });
    world.run();
    const turns = two.status().turns;
    for (let n = 0; n < 10; n += 1) one.send(ofOne, [['tell', 0, note(n)]]);
    expect(world.run()).toBe(true);
    expect(notesOf(three, ofThree)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(two.status().turns).toBe(turns);
    expect(disagreements(world)).toEqual([]);
  });

  it('references in a forwarded message work at its end, also those that come home', () => {
    two.send(ofOne, [['keep', 0]], { slots: [ofThree] });
    world.run();
    // Vat three gets an object of vat one and its own object, both through vat two.
    one.send(ofOne, [['keep', 0]], { slots: [ofOne] });
    world.run();
    const steps: Step[] = [
      ['send', 0, note('to one')],
      ['send', 1, note('home')],
    ];
    one.send(ofOne, [['tell', 0, steps, [1, 0]]]);
    expect(world.run()).toBe(true);
    expect(notesOf(one, ofOne)).toEqual(['to one']);
    expect(notesOf(three, ofThree)).toEqual(['home']);
    expect(disagreements(world)).toEqual([]);
  });

  it('what comes home is the same local id, and the same export is the same import', () => {
    const targets: string[] = [];
    const slots: string[][] = [];
    one.setScript((turn, tell) => {
      slots.push([...turn.args.slots]);
      return runProgram(turn, tell);
    });
    two.setScript((turn) => {
      targets.push(...turn.args.slots);
      const sender = turn.target;
      const sends = turn.args.slots.map((target) => ({ target, args: turn.args, sender }));
      return done(turn.turn, { sends });
    });
    for (let n = 0; n < 3; n += 1) one.send(ofTwo, note(n), { slots: [ofOne] });
    world.run();
    expect(new Set(targets).size).toBe(1);
    expect(slots).toEqual(Array(3).fill([localIdOf(one, ofOne)]));
    expect(notesOf(one, ofOne)).toEqual([0, 1, 2]);
  });

  it('a refusal travels back through the forwarder to who sent the message', () => {
    two.send(ofThree);
    world.run();
    const wrong = { ...ofThree, swissnum: makeSwissnum(new Uint8Array(32)) };
    two.send(ofOne, [['keep', 0]], { slots: [wrong] });
    world.run();
    expect(one.status().links[0]?.refusals).toBe(0);
    one.send(ofOne, [['tell', 0, note('lost')]]);
    expect(world.run()).toBe(true);
    expect(one.status().links).toMatchObject([{ refusals: 1, lastRefusal: 'QRT_NO_OBJECT' }]);
    expect(logOf(one)).toEqual(['item 1 was refused by this peer: QRT_NO_OBJECT']);
    expect(disagreements(world)).toEqual([]);
  });

  it('a quarantined message is told to its first sender too', () => {
    two.send(ofOne, [['keep', 0]], { slots: [ofThree] });
    world.run();
    three.setScript((turn, tell) => {
      if (!turn.args.body.includes('fatal')) return runProgram(turn, tell);
      three.endWorker('heap');
      return undefined;
    });
    one.send(ofOne, [['tell', 0, note('fatal')]]);
    one.send(ofOne, [['tell', 0, note('fine')]]);
    world.run();
    expect(notesOf(three, ofThree)).toEqual(['fine']);
    expect(one.status().links[0]?.lastRefusal).toBe('QRT_MESSAGE_QUARANTINED');
  });

  it('one refusal of a forwarded item travels back once, however often it is told', () => {
    const stranger = world.stranger();
    stranger.send(two, { one: [redeemOf(ofTwo)] });
    const theirs = { side: 'x', number: 1 } as const;
    const ours = { side: 'q', number: 1 } as const;
    // Vat two passes the stranger's thing on to vat one.
    two.send(ofTwo, [['keep', 0]], { slots: [ofOne] });
    const steps = JSON.stringify([
      ['keep', 0],
      ['tell', 0, [['keep', 0]], [1]],
    ] satisfies Step[]);
    stranger.send(two, { one: [messageTo(ours, { slots: [theirs], body: steps })] });
    world.run();
    one.send(ofOne, [['tell', 0, note('for the stranger')]]);
    world.run();
    expect(stranger.got.at(-1)).toMatchObject({ kind: 'message', target: { side: 'y' }, hops: 1 });
    const of = { side: 'p', number: 1 } as const;
    const said = { code: 'QRT_NO_OBJECT', trace: '0'.repeat(32), slots: [], body: '' };
    const resolve = { kind: 'resolve', of, ...said } as const;
    stranger.send(two, { two: Array(50).fill(resolve) });
    world.run();
    expect(one.status().links).toMatchObject([{ refusals: 1, received: [2, 1] }]);
    expect(two.status().outbox.rows).toBe(0);
  });

  it(`a message that was forwarded ${HOPS_MAX} times goes no further: QRT_TOO_FAR`, () => {
    two.send(ofThree);
    world.run();
    const stranger = world.stranger();
    stranger.send(two, { one: [redeemOf(ofTwo)] });
    two.send(ofTwo, [['keep', 0]], { slots: [ofThree] });
    // The stranger is given vat three's thing by a message of vat two.
    const theirs = { side: 'x', number: 1 } as const;
    const ours = { side: 'q', number: 1 } as const;
    const steps = JSON.stringify([
      ['keep', 0],
      ['tell', 1, [], [0]],
    ] satisfies Step[]);
    stranger.send(two, { one: [messageTo(ours, { slots: [theirs], body: steps })] });
    world.run();
    const given = stranger.got.at(-1);
    expect(given).toMatchObject({ kind: 'message', slots: [{ side: 'x' }] });
    const number = given?.kind === 'message' ? given.slots[0]!.number : 0;
    const through = (hops: number) =>
      messageTo({ side: 'y', number }, { hops, body: JSON.stringify(note(hops)) });
    stranger.send(two, { one: [through(HOPS_MAX - 1), through(HOPS_MAX)] });
    world.run();
    expect(notesOf(three, ofThree)).toEqual([HOPS_MAX - 1]);
    expect(stranger.got.at(-1)).toMatchObject({
      kind: 'resolve',
      of: { side: 'p', number: 4 },
      code: 'QRT_TOO_FAR',
    });
  });

  it('a forwarder that is down delays, and loses nothing', () => {
    two.send(ofOne, [['keep', 0]], { slots: [ofThree] });
    world.run();
    two.halt();
    for (let n = 0; n < 3; n += 1) one.send(ofOne, [['tell', 0, note(n)]]);
    world.run(60_000);
    two.revive();
    three.halt();
    world.run(60_000);
    expect(two.status().outbox.rows).toBe(3);
    three.revive();
    expect(world.run()).toBe(true);
    expect(notesOf(three, ofThree)).toEqual([0, 1, 2]);
  });
});
