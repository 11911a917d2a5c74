// The operator's answers: asked for once, the same however often they are asked after, and told when
// they are on disk.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import {
  PROMISES_PER_OWNER_MAX,
  REQUEST_KEEP_MS,
  REQUEST_KEEP_ROWS,
} from '../../src/core/limits.ts';
import type { ResultReply } from '../../src/kernel/answer-ports.ts';
import type { ControlReply, ControlRequest } from '../../src/kernel/ports.ts';
import type { PromiseRow } from '../../src/kernel/promise-store-port.ts';
import { openByHand } from '../sim/hand.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { Death } from '../sim/watched-store.ts';
import { localIdOf, makeWorld, type World } from '../sim/world.ts';
import { isPicked, isThorough } from '../thorough.ts';

let world: World;
let one: TestVat;
let object: Qrid;
beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  object = one.install();
});
afterEach(() => world.close());

const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };
const SETTLED = { ...NOTHING, settled: 1 };

/** Asks the object for the answer to a program, with a reference to itself at place 0. */
const ask = (id: string, steps: readonly Step[]): ControlReply =>
  one.send(object, steps, { id, slots: [object], answer: true });
const answering = (body: string, places: readonly number[] = []): readonly Step[] => [
  ['return', body, places],
];
const resultOf = (id: string): ControlReply => one.control({ type: 'result', id });
const waitFor = (id: string) => one.ask({ type: 'result', id, wait: true });
const told = (reply: ControlReply | undefined): ResultReply => {
  expect(reply).toMatchObject({ ok: true });
  return (reply as { readonly value: ResultReply }).value;
};
const fulfilled = (id: string, body: string): ResultReply => ({
  ...{ id, state: 'fulfilled' },
  data: { body, slots: [] },
});

/** Lets the vat do nothing until `play` is done: messages wait for their turn. */
function withoutTurns(play: () => void): void {
  one.setScript(() => undefined);
  play();
  one.setScript(runProgram);
  one.crash();
}

describe("the operator's answer", () => {
  it('Q58 is what the function returned, with references as ids of this vat', () => {
    const reply = ask('a', answering('{"n":1,"to":{"$":0}}', [0]));
    expect(reply).toEqual({ ok: true, value: { id: 'a', to: 'inbox', stored: true } });
    world.run();
    const data = { body: '{"n":1,"to":{"$":0}}', slots: [localIdOf(one, object)] };
    expect(told(resultOf('a'))).toEqual({ id: 'a', state: 'fulfilled', data });
  });

  it('Q58 is a rejection when the function threw', () => {
    ask('a', [['throw', 'on purpose']]);
    world.run();
    const data = { body: '{"name":"Error","message":"on purpose"}', slots: [] };
    expect(told(resultOf('a'))).toEqual({ id: 'a', state: 'rejected', data });
  });

  it('Q58 is pending until then, and the same however often it is asked after, and the vat dies', () => {
    withoutTurns(() => {
      ask('a', answering('7'));
      expect(told(resultOf('a'))).toEqual({ id: 'a', state: 'pending' });
      one.crash();
      expect(told(resultOf('a'))).toEqual({ id: 'a', state: 'pending' });
      expect(damagesOf(one, one.path)).toEqual([]);
    });
    world.run();
    for (let time = 0; time < 3; time += 1) {
      expect(told(resultOf('a'))).toEqual(fulfilled('a', '7'));
      one.crash();
    }
    expect(damagesOf(one, one.path)).toEqual([]);
  });

  it('Q58 comes of one message, however often the same request is made', () => {
    const first = ask('a', [['note', 1], ...answering('1')]);
    world.run();
    expect(ask('a', [['note', 1], ...answering('1')])).toEqual(first);
    world.run();
    expect(one.status().turns).toBe(1);
    expect(one.status().promises).toEqual(SETTLED);
  });

  it('Q58 of a send that is asked again without it, or with it, is QRT_REQUEST_REUSED', () => {
    ask('a', []);
    one.send(object, [], { id: 'b' });
    expect(one.send(object, [], { id: 'a', slots: [object] })).toMatchObject({
      code: 'QRT_REQUEST_REUSED',
    });
    expect(one.send(object, [], { id: 'b', answer: true })).toMatchObject({
      code: 'QRT_REQUEST_REUSED',
    });
  });

  it('Q58 is what the promise becomes that the function returned', () => {
    ask('a', [['promise'], ['keep', 2], ...answering('{"$":0}', [1])]);
    world.run();
    expect(told(resultOf('a'))).toEqual({ id: 'a', state: 'pending' });
    const reply = waitFor('a');
    one.crash();
    const again = waitFor('a');
    one.send(object, [
      ['take', 0],
      ['give', 0, '{"value":"late"}'],
    ]);
    world.run();
    expect(reply()).toBeUndefined();
    expect(told(again())).toEqual(fulfilled('a', '"late"'));
    expect(told(resultOf('a'))).toEqual(fulfilled('a', '"late"'));
  });

  it('Q58 of a request that never was is QRT_REQUEST_UNKNOWN, of others QRT_ANSWER_UNWANTED', () => {
    one.send(object, [], { id: 'plain' });
    one.install({ id: 'installed' });
    expect(resultOf('never')).toMatchObject({ code: 'QRT_REQUEST_UNKNOWN' });
    expect(resultOf('plain')).toMatchObject({ code: 'QRT_ANSWER_UNWANTED' });
    expect(waitFor('installed')()).toMatchObject({ code: 'QRT_ANSWER_UNWANTED' });
  });

  it.runIf(isThorough || isPicked(0, 3))(
    'Q58 is refused when there are as many as may be, and nothing is changed',
    () => {
      one.halt();
      const db = openByHand(one.path);
      db.exec(`
      UPDATE counters SET turn = turn + ${PROMISES_PER_OWNER_MAX};
      WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n
        WHERE at < ${PROMISES_PER_OWNER_MAX})
      INSERT INTO promise SELECT 'p' || (10 + at) || '.0', 0, 'answer', 'pending', 'null', '[]',
        NULL, 0, 0, NULL, NULL, NULL, NULL, 0, 0 FROM n;
      INSERT INTO request SELECT id, x'', '{"to":"inbox"}', 0, id FROM promise;`);
      db.close();
      one.revive();
      const before = one.store().readCounters();
      expect(ask('a', [])).toMatchObject({ code: 'QRT_VAT_BUSY' });
      expect(one.store().readCounters()).toEqual(before);
      expect(one.send(object, [], { id: 'a' })).toMatchObject({ ok: true });
    },
  );
});

/** Counts replies that left before a commit, from now on. */
function countEarly(): () => number {
  const from = one.outputs.length;
  let early = 0;
  one.setWatch({
    before: ({ name }) => {
      if (name !== 'commit') return;
      early += one.outputs.slice(from).filter(({ type }) => type === 'control-reply').length;
    },
  });
  return () => early;
}

describe('whoever waits for it', () => {
  it('Q19 Q58 is told after the commit in which it is settled', () => {
    ask('a', [['promise'], ['keep', 2], ...answering('{"$":0}', [1])]);
    world.run();
    const reply = waitFor('a');
    const early = countEarly();
    one.ask(giveRequest('{"value":1}'));
    world.run();
    expect(told(reply())).toEqual(fulfilled('a', '1'));
    expect(early()).toBe(0);
  });

  it('Q58 is told nothing by a vat that dies before that commit', () => {
    ask('a', [['promise'], ['keep', 2], ...answering('{"$":0}', [1])]);
    world.run();
    const reply = waitFor('a');
    let isDead = false;
    one.setWatch({
      before: ({ name, input }) => {
        if (isDead || name !== 'putPromise' || (input as [PromiseRow])[0].state === 'pending')
          return;
        isDead = true;
        throw new Death();
      },
    });
    one.control(giveRequest('{"value":1}'));
    world.run();
    expect(one.lives()).toBe(2);
    expect(reply()).toBeUndefined();
    expect(told(waitFor('a')())).toEqual(fulfilled('a', '1'));
  });

  it('Q58 is told at once when it is settled, each of several, and not when it is gone', () => {
    ask('a', [['promise'], ['keep', 2], ...answering('{"$":0}', [1])]);
    world.run();
    const [first, second] = [waitFor('a'), waitFor('a')];
    const request: ControlRequest = { type: 'result', id: 'a', wait: true };
    one.handle({ type: 'control', ticket: 999_999, request });
    one.handle({ type: 'control-gone', ticket: 999_999 });
    one.control(giveRequest('{"error":{"name":"Sad","message":"no"}}'));
    world.run();
    const data = { body: '{"name":"Sad","message":"no"}', slots: [] };
    for (const reply of [first, second, waitFor('a')]) {
      expect(told(reply())).toEqual({ id: 'a', state: 'rejected', data });
    }
    const gone = one.outputs.filter((output) => 'ticket' in output && output.ticket === 999_999);
    expect(gone).toEqual([]);
  });
});

/** The object settles the promise whose resolver it kept. */
function giveRequest(body: string): ControlRequest {
  const steps: Step[] = [
    ['take', 0],
    ['give', 0, body],
  ];
  const args = { body: JSON.stringify(steps), slots: [] };
  return { type: 'send', id: 'give', target: object, args, wait: false };
}

describe('the row of a request', () => {
  it('Q58 holds the promise until it is forgotten, whether it was settled or not', () => {
    ask('done', answering('1'));
    ask('open', [['promise'], ['keep', 2], ...answering('{"$":0}', [1])]);
    world.run();
    const late = waitFor('open');
    expect(one.status().promises).toMatchObject({ settled: 1, pending: 2 });
    fillRequests(world.nowMs() + REQUEST_KEEP_MS);
    world.stall(REQUEST_KEEP_MS + 1_000);
    expect(told(resultOf('done'))).toEqual(fulfilled('done', '1'));
    one.send(object);
    world.run();
    expect(resultOf('done')).toMatchObject({ code: 'QRT_REQUEST_UNKNOWN' });
    expect(late()).toMatchObject({ code: 'QRT_REQUEST_UNKNOWN' });
    expect(damagesOf(one, one.path)).toEqual([]);
    // What is left is the promise whose resolver the object keeps.
    one.send(object, [['forget']]);
    world.run();
    expect(one.status().promises).toEqual(NOTHING);
  });
});

describe('whoever lives and dies with the vat', () => {
  const last = (id: string, wait = true) => one.ask({ type: 'result', id, wait, forget: true });

  it('Q58 is told once, and nothing is left of the request and of the promise', () => {
    ask('open', [['promise'], ['keep', 2], ...answering('{"$":0}', [1])]);
    world.run();
    const waits = [last('open'), waitFor('open'), last('open')];
    one.control(giveRequest('{"value":1}'));
    one.send(object, [['forget']]);
    world.run();
    for (const reply of waits) expect(told(reply())).toEqual(fulfilled('open', '1'));
    ask('done', answering('2'));
    world.run();
    expect(told(last('done', false)())).toEqual(fulfilled('done', '2'));
    for (const id of ['open', 'done']) {
      expect(resultOf(id)).toMatchObject({ code: 'QRT_REQUEST_UNKNOWN' });
    }
    expect(one.status().promises).toEqual(NOTHING);
    expect(damagesOf(one, one.path)).toEqual([]);
  });

  it('Q58 forgets nothing that is not settled, and tells when that is on disk', () => {
    withoutTurns(() => {
      ask('a', answering('1'));
      expect(told(last('a', false)())).toEqual({ id: 'a', state: 'pending' });
    });
    world.run();
    expect(told(resultOf('a'))).toEqual(fulfilled('a', '1'));
    const early = countEarly();
    expect(told(last('a', false)())).toEqual(fulfilled('a', '1'));
    expect(early()).toBe(0);
  });
});

/** So many requests that older ones may be forgotten. */
function fillRequests(timeMs: number): void {
  const store = one.store();
  store.begin();
  for (let n = 0; n < REQUEST_KEEP_ROWS; n += 1) {
    store.insertRequest({ id: `fill-${n}`, digest: new Uint8Array(32), reply: '{}', timeMs });
  }
  store.commit();
}
