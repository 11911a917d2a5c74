// Deletions while turns are in flight: they come after those turns and before any other.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalId, Qrid } from '../../src/core/ids.ts';
import { REJECTED_AT_ONCE_MAX, TURNS_IN_FLIGHT_MAX } from '../../src/core/limits.ts';
import type { ControlReply } from '../../src/kernel/ports.ts';
import { IN_FLIGHT } from '../sim/in-flight.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let ofOne: Qrid;
let idOfOne: LocalId;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  ofOne = one.install();
  idOfOne = localIdOf(one, ofOne);
});
afterEach(() => world.close());

const note = (value: unknown): Step[] => [['note', value]];
const texts = (vat: TestVat): string[] =>
  vat
    .log()
    .map(({ level, source, text }) => `${level} ${source} ${text.replace(/ \(trace.*/, '')}`);
const memoryOf = (vat: TestVat, id: LocalId): LocalId => vat.store().object(id)!.power.memory!;

/** Answers turns until as many are in flight as may be. Returns how many it answered. */
function fillFlight(held: (() => void)[]): number {
  let answered = 0;
  for (; held.length < IN_FLIGHT; answered += 1) {
    held.shift()?.();
    one.settle();
  }
  return answered;
}

describe('a deletion while turns are in flight', () => {
  it('waits for them, and is done before any other begins', () => {
    const count = 2 * TURNS_IN_FLIGHT_MAX;
    const held: (() => void)[] = [];
    one.setScript((turn, tell) => {
      held.push(() => void tell(runProgram(turn, tell)!));
      return undefined;
    });
    for (let n = 0; n < count; n += 1) one.send(ofOne, note(n));
    world.run(50);
    const done = fillFlight(held) + IN_FLIGHT;
    const reply = one.ask({ type: 'delete', id: 'mid', object: idOfOne });
    world.run(50);
    expect(reply()).toBeUndefined();
    const memory = memoryOf(one, idOfOne);
    let seen = '';
    one.setWatch({
      before: ({ name }) => {
        if (name === 'updateObjectDeleted') seen = one.store().memory(memory)!.body;
      },
    });
    for (const answer of held.splice(0)) {
      answer();
      one.settle();
    }
    one.setWatch(undefined);
    world.run(50);
    expect(reply()).toMatchObject({ ok: true, value: { wasDeleted: false, memory: 'emptied' } });
    const notes = (JSON.parse(seen) as { notes: unknown[] }).notes;
    expect(notes).toHaveLength(done);
    // Those that waited are refused; none of them was handed to the worker.
    expect(held).toEqual([]);
    expect(world.run()).toBe(true);
    expect(one.status()).toMatchObject({ turns: done, workersLost: 0 });
    expect(texts(one)).toHaveLength(count - done);
    expect(one.store().memory(memory)?.body).toBe('{}');
    const frames = one.outputs.filter((output) => output.type === 'worker-frame');
    expect(frames.at(-1)).toMatchObject({ frame: { type: 'forget', ids: [idOfOne, memory] } });
  });

  it('has all that waits refused at once, also while an idle worker is kept', () => {
    const held: (() => void)[] = [];
    one.setScript((turn, tell) => {
      held.push(() => void tell(runProgram(turn, tell)!));
      return undefined;
    });
    const waiting = 3 * REJECTED_AT_ONCE_MAX + 1;
    const count = 2 * TURNS_IN_FLIGHT_MAX + waiting;
    for (let n = 0; n < count; n += 1) one.send(ofOne, note(n));
    world.run(50);
    const done = fillFlight(held) + IN_FLIGHT;
    one.ask({ type: 'delete', id: 'mid', object: idOfOne });
    for (const answer of held.splice(0)) {
      answer();
      one.settle();
    }
    world.run(50);
    expect(one.status()).toMatchObject({ worker: 'idle', inbox: { rows: 0 } });
    expect(texts(one)).toHaveLength(count - done);
  });

  it('is done although a turn never ends: its worker is ended first', () => {
    one.setScript(() => undefined);
    one.send(ofOne, note('never'));
    world.run(50);
    const reply = one.ask({ type: 'delete', id: 'mid', object: idOfOne });
    const until = (): ControlReply | undefined => {
      world.run(40_000);
      return reply();
    };
    expect(until()).toMatchObject({ ok: true });
    world.run();
    expect(one.status()).toMatchObject({ inbox: { rows: 0 }, quarantined: 0 });
    expect(texts(one)).toEqual([expect.stringContaining(`failure ${idOfOne} QRT_NO_OBJECT: `)]);
  });

  it('is done before a stop has ended', () => {
    let answer = (): void => {};
    one.setScript((turn, tell) => {
      answer = () => void tell(runProgram(turn, tell)!);
      return undefined;
    });
    one.send(ofOne, note('last'));
    world.run(50);
    const reply = one.ask({ type: 'delete', id: 'mid', object: idOfOne });
    one.handle({ type: 'stop' });
    answer();
    one.settle();
    expect(reply()).toMatchObject({ ok: true });
    expect(one.outputs.at(-1)).toEqual({ type: 'stopped' });
    expect(one.store().object(idOfOne)).toBeUndefined();
  });

  it('that a death interrupts is made by asking again, once', () => {
    one.setScript(() => undefined);
    one.send(ofOne, note('in flight'));
    world.run(50);
    const request = { type: 'delete', id: 'mid', object: idOfOne } as const;
    one.ask(request);
    one.crash();
    expect(one.store().object(idOfOne)).toBeDefined();
    one.setScript(runProgram);
    expect(one.control(request)).toMatchObject({ ok: true, value: { wasDeleted: false } });
    expect(world.run()).toBe(true);
  });
});
