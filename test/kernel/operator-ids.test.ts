// Who lives in the vat's own process names things by their ids, and sends briefly: what nobody asks
// for again leaves nothing.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalId, Qrid } from '../../src/core/ids.ts';
import type { ResultReply } from '../../src/kernel/answer-ports.ts';
import type { ControlRequest, OperatorReference } from '../../src/kernel/ports.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let object: Qrid;
let id: LocalId;
beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  object = one.install();
  id = localIdOf(one, object);
});
afterEach(() => world.close());

interface Extra {
  readonly id?: string;
  readonly slots?: readonly OperatorReference[];
  readonly brief?: boolean;
  readonly answer?: boolean;
  readonly deadlineMs?: number;
}

let sends = 0;
const request = (target: OperatorReference, steps: readonly Step[], extra: Extra = {}) => {
  const { slots = [], ...rest } = extra;
  sends += 1;
  const args = { body: JSON.stringify(steps), slots };
  const wait = extra.answer ?? false;
  return { type: 'send', id: `own-${sends}`, target, args, wait, ...rest } satisfies ControlRequest;
};
const send = (...asked: Parameters<typeof request>) => one.ask(request(...asked));
const rows = () => one.store().request(`own-${sends}`);
const resultOf = (reply: ReturnType<TestVat['ask']>) =>
  (reply() as { readonly value: ResultReply }).value;
const answering = (body: string, places: readonly number[] = []): readonly Step[] => [
  ['return', body, places],
];

describe('an id in the hand of an operator', () => {
  it('stands for an object of this vat, as target and in args', () => {
    send(
      id,
      [
        ['note', 'here'],
        ['keep', 0],
      ],
      { slots: [id] },
    );
    send(object, [['tell', 0, [['note', 'kept']]]]);
    world.run();
    expect(notesOf(one, object)).toEqual(['here', 'kept']);
  });

  it('stands for a thing of a peer, until the peer is dropped', () => {
    const two = world.vat('two');
    const theirs = two.install();
    send(theirs, [['note', 1]]);
    world.run();
    const [link] = one.store().links();
    const known = one.store().importOf({ link: link!.id, kind: 'item', number: 1 });
    const there = known!.id;
    send(there, [['note', 2]]);
    send(id, [['send', 0, [['note', 3]]]], { slots: [there] });
    world.run();
    expect(notesOf(two, theirs)).toEqual([1, 2, 3]);
    one.control({ type: 'peer-drop', id: 'drop', peer: two.id });
    expect(send(there, [])()).toMatchObject({ code: 'QRT_LINK_DROPPED' });
  });

  it('stands for a promise and for its resolver, for as long as there is one', () => {
    const asked = send(
      id,
      [['promise'], ['keep', 0], ['keep', 1], ...answering('[{"$":0},{"$":1}]', [0, 1])],
      {
        answer: true,
      },
    );
    world.run();
    const { data } = resultOf(asked) as Extract<ResultReply, { data: object }>;
    const [promise, resolver] = data.slots as [LocalId, LocalId];
    const piped = send(promise, answering('7'), { answer: true });
    send(promise, [['note', 'piped']]);
    const value = { body: '{"value":{"$":0}}', slots: [id] };
    one.ask({ type: 'send', id: 'give', target: resolver, args: value, wait: false });
    world.run();
    expect(resultOf(piped)).toMatchObject({ state: 'fulfilled', data: { body: '7' } });
    expect(notesOf(one, object)).toEqual(['piped']);
  });

  it('behind which there is nothing is refused, and nothing is sent', () => {
    one.control({ type: 'delete', id: 'gone', object: id });
    for (const target of [id, 'o99.0', 'i1', 'p9.0', 's9.0', 'm1.1', 'o0.0'] as LocalId[]) {
      expect(send(target, [])()).toMatchObject({ ok: false, code: 'QRT_NO_OBJECT' });
      expect(send(object, [], { slots: [target] })()).toMatchObject({ code: 'QRT_NO_OBJECT' });
    }
    expect(one.status().inbox.rows).toBe(0);
  });
});

describe('a brief request', () => {
  it('that is answered leaves no row, and no promise', () => {
    const told = send(id, answering('1'), { answer: true, brief: true });
    world.run();
    expect(resultOf(told)).toMatchObject({ state: 'fulfilled', data: { body: '1' } });
    expect(rows()).toBe(undefined);
    expect(one.status().promises).toMatchObject({ pending: 0, settled: 0 });
    expect(damagesOf(one, one.path)).toEqual([]);
  });

  it('that waits for its answer is a row like any other, over deaths', () => {
    one.setScript(() => undefined);
    const told = send(id, answering('1'), { answer: true, brief: true });
    // Told after the commit of all that came before.
    one.control({ type: 'status' });
    expect(rows()).toMatchObject({ answer: expect.stringMatching(/^p/) });
    one.setScript(runProgram);
    one.crash();
    world.run();
    expect(told()).toBe(undefined);
    const again = one.ask({ type: 'result', id: `own-${sends}`, wait: true, forget: true });
    expect(resultOf(again)).toMatchObject({ state: 'fulfilled', data: { body: '1' } });
    expect(rows()).toBe(undefined);
    expect(one.status().promises).toMatchObject({ pending: 0, settled: 0 });
    expect(damagesOf(one, one.path)).toEqual([]);
  });

  it('without an answer leaves no row at all', () => {
    expect(send(id, [['note', 1]], { brief: true })()).toMatchObject({ ok: true });
    world.run();
    expect(notesOf(one, object)).toEqual([1]);
    expect(rows()).toBe(undefined);
  });

  it('is kept for as long as its answer holds promises', () => {
    const steps = [['promise'], ['keep', 1], ...answering('[{"$":0}]', [0])] as const;
    const told = send(id, steps, { answer: true, brief: true });
    world.run();
    const { data } = resultOf(told) as Extract<ResultReply, { data: object }>;
    expect(rows()).toMatchObject({ answer: expect.any(String) });
    // Not gone: it can be sent to.
    expect(send(data.slots[0] as LocalId, [])()).toMatchObject({ ok: true });
    expect(damagesOf(one, one.path)).toEqual([]);
  });

  it('how it is replied to is no part of a request: the same one is told as often as it is asked', () => {
    const asked = { ...request(id, answering('5'), { answer: true }), id: 'same' };
    const told = [one.ask(asked), one.ask(asked), one.ask({ ...asked, wait: false })];
    world.run();
    expect(told.slice(0, 2).map(resultOf)).toEqual(
      [0, 1].map(() => expect.objectContaining({ id: 'same', state: 'fulfilled' })),
    );
    expect(told[2]!()).toMatchObject({ ok: true, value: { to: 'inbox' } });
    expect(resultOf(one.ask(asked))).toMatchObject({ state: 'fulfilled', data: { body: '5' } });
  });
});

describe('a deadline', () => {
  it('of an answer is kept over deaths', () => {
    one.setScript(() => undefined);
    const late = request(id, answering('1'), { answer: true, deadlineMs: 60_000, id: 'late' });
    one.ask(late);
    // Told after the commit of all that came before.
    one.control({ type: 'status' });
    one.crash();
    expect(one.control({ type: 'result', id: 'late' })).toMatchObject({
      value: { state: 'pending' },
    });
    world.stall(60_000);
    one.handle({ type: 'tick' });
    const ended = one.control({ type: 'result', id: 'late' });
    expect(ended).toMatchObject({
      value: { state: 'rejected', data: { body: expect.stringContaining('QRT_DEADLINE_PASSED') } },
    });
    const past = one.control(request(id, [], { answer: true, deadlineMs: 0 }));
    expect(past).toMatchObject({ value: { state: 'rejected' } });
  });
});
