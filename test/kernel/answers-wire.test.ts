// Answers on the wire: what a vat says of promises, and what it makes of a peer that keeps to no rule.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EARLY_NAMES_MAX, PEER_ANSWERS_MAX } from '../../src/core/answer-limits.ts';
import type { Qrid } from '../../src/core/ids.ts';
import type { Item, SendableItem, WireName } from '../../src/core/item.ts';
import { openByHand } from '../sim/hand.ts';
import type { Step } from '../sim/scripted-worker.ts';
import { messageTo, redeemOf, type Stranger } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let vat: TestVat;
let object: Qrid;
let stranger: Stranger;
beforeEach(() => {
  world = makeWorld();
  vat = world.vat('one');
  object = vat.install();
  stranger = world.stranger();
  stranger.send(vat, { one: [redeemOf(object)] });
});
afterEach(() => world.close());

const TRACE = '0'.repeat(32);
const OBJECT: WireName = { side: 'q', number: 1 };
const x = (number: number): WireName => ({ side: 'x', number });
const promised = (number: number): WireName => ({ side: 'x', number, isPromise: true });

/** Runs a program in the object of the vat, with a reference to that at place 0. */
const program = (steps: readonly Step[], slots: readonly WireName[] = []): SendableItem =>
  messageTo(OBJECT, { slots: [OBJECT, ...slots], body: JSON.stringify(steps) });

const resolveOf = (of: WireName, body: string, slots: readonly WireName[] = []): SendableItem => ({
  ...({ kind: 'resolve', of, code: '', trace: TRACE } as const),
  slots,
  body,
});

/** What the stranger got, without traces. */
const got = (kind: Item['kind']) => stranger.got.filter((item) => item.kind === kind);
/** The number of the vat's lane 1 item that the stranger got as the n-th. */
const numberOf = (n: number): number => {
  const items = stranger.got.filter(({ kind }) => kind === 'message' || kind === 'give');
  return items.indexOf(got('message')[n]!) + 1;
};

/** From now on the stranger takes nothing of lane 1, or again all. */
function block(isBlocked: boolean): void {
  stranger.setReceipts((right, { lanes: [{ first, tail }] }) =>
    isBlocked ? { ...right, lanes: [{ next: first, tail, stop: 'busy' }, right.lanes[1]] } : right,
  );
}

const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };

describe('answers on the wire', () => {
  it('Q22 a promise is given up only when all that was sent to it has come', () => {
    block(true);
    const steps: Step[] = [
      ['ask', 1, [['note', 'asked']]],
      ['send', 2, [['note', 'pipelined']]],
    ];
    stranger.send(vat, { one: [program(steps, [x(1)])] });
    world.run(10_000);
    expect(got('message')).toMatchObject([{ isAnswerWanted: true }, { target: { side: 'q' } }]);
    expect(got('drop')).toEqual([]);
    block(false);
    world.run();
    expect(got('drop')).toMatchObject([
      { names: [{ name: { side: 'q', number: 1 }, received: 1 }] },
    ]);
    expect(vat.status().promises).toEqual(NOTHING);
  });

  it('Q22 lane 2 names nothing that lane 1 has yet to make', () => {
    block(true);
    const steps: Step[] = [
      ['ask', 1, []],
      ['return', '{"inside":{"$":0}}', [2]],
    ];
    const asked = { ...program(steps, [x(1)]), isAnswerWanted: true } as SendableItem;
    stranger.send(vat, { one: [asked] });
    world.run(10_000);
    expect(got('resolve')).toMatchObject([
      { of: { side: 'p', number: 2 }, slots: [{ side: 'x', isPromise: true }] },
    ]);
    block(false);
    world.run();
    // What lane 2 was the first to name is given in lane 1, too.
    const [resolve] = got('resolve');
    expect(got('give')).toMatchObject([{ slots: resolve?.kind === 'resolve' && resolve.slots }]);
  });

  it('what lane 2 names first is kept until lane 1 has named it', () => {
    stranger.send(vat, {
      one: [
        program(
          [
            ['ask', 1, []],
            ['keep', 2],
          ],
          [x(1)],
        ),
      ],
    });
    world.run();
    const answer = resolveOf({ side: 'p', number: numberOf(0) }, '[{"$":0}]', [promised(7)]);
    stranger.send(vat, { one: [program([['forget']])], two: [answer] });
    world.run();
    // The answer itself is given up, what was in it is not.
    expect(got('drop')).toMatchObject([{ names: [{ name: { side: 'q' } }] }]);
    const give = { kind: 'give', slots: [promised(7)], trace: TRACE } as const;
    stranger.send(vat, { one: [give] });
    world.run();
    expect(got('drop')[1]).toMatchObject({
      names: [{ name: { side: 'y', number: 7 }, received: 2 }],
    });
    expect(vat.status().promises).toEqual(NOTHING);
  });

  it('a promise that is given once more, and is not here any more, is given up at once', () => {
    stranger.send(vat, { one: [program([['ask', 1, []]], [x(1), promised(7)])] });
    world.run();
    const asked = { side: 'p', number: numberOf(0), isPromise: true } as const;
    stranger.send(vat, { two: [resolveOf({ side: 'p', number: asked.number }, '1')] });
    world.run();
    expect(vat.status().promises).toEqual(NOTHING);
    const before = got('drop').length;
    const never = { side: 'p', number: 1_000, isPromise: true } as const;
    const slots = [promised(7), asked, never];
    stranger.send(vat, { one: [{ kind: 'give', slots, trace: TRACE }] });
    world.run();
    expect(got('drop').slice(before)).toMatchObject([
      {
        names: [
          { name: { side: 'y', number: 7 }, received: 1 },
          { name: { side: 'q', number: asked.number }, received: 1 },
        ],
      },
    ]);
    expect(got('want')).toEqual([]);
    expect(vat.status().promises).toEqual(NOTHING);
  });

  it('Q26 the first word on a promise counts, and only of who decides it', () => {
    const other = world.stranger();
    other.send(vat, { one: [redeemOf(object), program([['ask', 1, []]], [x(1)])] });
    const steps: Step[] = [
      ['ask', 1, []],
      ['when', 2, { fulfilled: 0, rejected: 0 }],
      ['ask', 0, [['note', 'a turn later']]],
    ];
    stranger.send(vat, { one: [program(steps, [x(1)])] });
    world.run();
    const of = { side: 'p', number: numberOf(0) } as const;
    // Another peer has no item of that number, and the vat gave it no promise.
    other.send(vat, { two: [resolveOf(of, '"stolen"'), resolveOf(promised(1), '"made up"')] });
    world.run();
    expect(notesOf(vat, object)).toEqual(['a turn later']);
    stranger.send(vat, { two: [resolveOf(of, '"first"'), resolveOf(of, '"second"')] });
    world.run();
    expect(notesOf(vat, object)).toEqual(['a turn later', { value: 'first' }]);
  });

  it.each([
    ['data that is none', '{"$":3}', [], 'QRT_DATA_MALFORMED'],
    ['no JSON', 'oh', [], 'QRT_DATA_MALFORMED'],
    ['what was never given', '[]', [{ side: 'y', number: 99 }], 'QRT_NAME_UNKNOWN'],
    ['too much', `"${'x'.repeat(300_000)}"`, [], 'QRT_DATA_OVERSIZE'],
  ] as const)('an answer with %s rejects the promise by its name', (_, body, slots, code) => {
    const steps: Step[] = [
      ['ask', 1, []],
      ['when', 2, { fulfilled: 0, rejected: 0 }],
    ];
    stranger.send(vat, { one: [program(steps, [x(1)])] });
    world.run();
    const of = { side: 'p', number: numberOf(0) } as const;
    stranger.send(vat, { two: [resolveOf(of, body, slots)] });
    world.run();
    expect(notesOf(vat, object)).toMatchObject([{ error: { code } }]);
    expect(vat.status().promises).toEqual(NOTHING);
  });

  it('a promise that was named more often than it was given up is there, and told again', () => {
    const asked = (steps: readonly Step[]) =>
      ({ ...program(steps), isAnswerWanted: true }) as SendableItem;
    const drop = (received: number): SendableItem => ({
      kind: 'drop',
      names: [{ name: { side: 'q', number: 2 }, received }],
      trace: TRACE,
    });
    stranger.send(vat, { one: [asked([['promise'], ['keep', 2], ['return', '{"$":0}', [1]]])] });
    world.run();
    // The answer itself goes to the stranger once more, inside of another one.
    const again: Step[] = [['return', '[{"$":0}]', [1]]];
    const both = { ...program(again, [{ side: 'q', number: 2 }]), isAnswerWanted: true };
    stranger.send(vat, { one: [both as SendableItem] });
    world.run();
    expect(got('resolve')).toMatchObject([{ slots: [{ side: 'p', number: 2, isPromise: true }] }]);
    stranger.send(vat, { two: [drop(1)] });
    stranger.send(vat, { one: [program([['take', 0], ['give', 1, '{"value":5}'], ['forget']])] });
    world.run();
    expect(got('resolve')[1]).toMatchObject({ of: { side: 'p', number: 2 }, body: '5' });
    stranger.send(vat, { two: [drop(1)] });
    world.run();
    expect(vat.store().promiseExport({ link: 1, kind: 'item', number: 2 })).toBeUndefined();
  });

  it('who asks what became of a promise is told, or that nobody knows', () => {
    const asked = { ...program([['return', '"once"']]), isAnswerWanted: true } as SendableItem;
    stranger.send(vat, { one: [asked] });
    world.run();
    const names = [
      { side: 'q', number: 2 },
      { side: 'q', number: 40 },
      { side: 'y', number: 41 },
    ] as const;
    stranger.send(vat, { one: [{ kind: 'want', names, trace: TRACE }] });
    world.run();
    expect(got('resolve').slice(1)).toMatchObject([
      { of: { side: 'p', number: 40 }, code: 'QRT_ANSWER_LOST' },
      { of: { side: 'x', number: 41 }, code: 'QRT_ANSWER_LOST' },
      { of: { side: 'p', number: 2 }, code: '', body: '"once"' },
    ]);
  });

  it('lane 2 names only so many things that lane 1 has not', () => {
    stranger.send(vat, {
      one: [
        program(
          [
            ['ask', 1, []],
            ['keep', 2],
          ],
          [x(1)],
        ),
      ],
    });
    world.run();
    vat.halt();
    const db = openByHand(vat.path);
    db.exec(`
      UPDATE counters SET turn = turn + ${EARLY_NAMES_MAX};
      UPDATE link SET seen_export = 100 + ${EARLY_NAMES_MAX};
      WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n
        WHERE at < ${EARLY_NAMES_MAX})
      INSERT INTO promise SELECT 'p' || (10 + at) || '.9', 0, 'peer', 'pending', 'null', '[]', NULL,
        0, 0, NULL, 1, 'export', 100 + at, 1, 0 FROM n`);
    db.close();
    vat.revive();
    const count = () => vat.status().promises.pending;
    const before = count();
    stranger.send(vat, { two: [resolveOf(promised(99), '1'), resolveOf(promised(98), '1')] });
    world.run();
    expect(count()).toBe(before);
    // Lane 1 can.
    const keep = program([['keep', 1]], [promised(EARLY_NAMES_MAX + 101)]);
    stranger.send(vat, { one: [keep], two: [resolveOf(promised(EARLY_NAMES_MAX + 102), '1')] });
    world.run();
    expect(vat.status().promises).toMatchObject({ settled: 1 });
  }, 60_000);

  it('a peer that has as many answers as may be is refused one more, and nothing else', () => {
    const asked = (steps: readonly Step[]) =>
      ({ ...program(steps), isAnswerWanted: true }) as SendableItem;
    stranger.send(vat, { one: [asked([['return', '1']])] });
    world.run();
    vat.halt();
    const db = openByHand(vat.path);
    db.exec(`
      UPDATE counters SET turn = turn + ${PEER_ANSWERS_MAX};
      UPDATE link SET in1_next = in1_next + ${PEER_ANSWERS_MAX};
      WITH RECURSIVE n (at) AS (SELECT 2 UNION ALL SELECT at + 1 FROM n
        WHERE at < ${PEER_ANSWERS_MAX})
      INSERT INTO promise SELECT 'p' || (1000 + at) || '.0', 0, 'peer', 'pending', 'null', '[]', NULL,
        0, 0, NULL, NULL, NULL, NULL, 0, 0 FROM n;
      INSERT INTO export SELECT 1, 'item', substr(id, 2) - 990, id, 1, 1, NULL, 0 FROM promise
        WHERE id NOT IN (SELECT local FROM export)`);
    const tail = db.prepare('SELECT in1_tail FROM link').pluck().get() as Uint8Array;
    db.close();
    vat.revive();
    const first = PEER_ANSWERS_MAX + 3;
    const change: Parameters<Stranger['seal']>[1] = {
      one: [asked([['note', 'asked']]), program([['note', 'told']])],
      change: ({ lanes: [one, two], ...box }) => ({
        ...box,
        lanes: [{ ...one, first, tail }, two],
      }),
    };
    stranger.deliver(vat, stranger.seal(vat, change));
    world.run();
    expect(notesOf(vat, object)).toEqual(['told']);
    expect(got('resolve').at(-1)).toMatchObject({
      of: { side: 'p', number: first },
      code: 'QRT_NO_ROOM',
    });
  }, 60_000);
});
