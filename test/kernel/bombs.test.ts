// Bombs: as many waiters, deadlines, links of a chain and combinations as one can make. All of it is
// served in pieces or ends by a named bound, and what others are sent has its turns meanwhile.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalId, makePromiseId, type Qrid, resolverOf } from '../../src/core/ids.ts';
import { TURN_SENDS_MAX, TURNS_IN_FLIGHT_MAX } from '../../src/core/limits.ts';
import { NODE_LIMITS } from '../../src/core/node-limits.ts';
import { done, runProgram } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';
import { isMany, isThorough } from '../thorough.ts';

/** By hand a hundred thousand: the owner of all may have no more promises than that. */
const COUNT = isMany ? 99_000 : isThorough ? 10_000 : 2_000;
const HALF = TURN_SENDS_MAX / 2;
const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };
const NO_PARTS = { body: '[]', slots: [] };

let world: World;
let one: TestVat;
let bomber: Qrid;
let other: Qrid;
let id: LocalId;
let memory: LocalId;
/** What the bomber's continuations were told. */
let told: unknown[];
beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  // Else one share has room for half of that.
  one.setLimits({ inboxRows: Math.min(NODE_LIMITS.inboxRows.max, 4 * 100_000) });
  [bomber, other] = [one.install(), one.install()];
  id = localIdOf(one, bomber);
  memory = one.store().object(id)!.power.memory!;
  told = [];
});
afterEach(() => world.close());

type Effects = NonNullable<Parameters<typeof done>[1]>;
/** What the bomber does in its turn `turn`, the n-th of those that make something. */
type Act = (turn: number, n: number) => Effects;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const idsOf = (turn: number, count: number): LocalId[] =>
  upTo(count).map((k) => makePromiseId(turn, k));
const open = (promise: LocalId, deadlineMs?: number) => ({
  ...{ id: promise, maker: id, kind: 'resolver' as const, parts: NO_PARTS },
  ...(deadlineMs === undefined ? {} : { deadlineMs }),
});
const all = (promise: LocalId, parts: readonly LocalId[]) => ({
  ...{ id: promise, maker: id, kind: 'all' as const },
  parts: { body: JSON.stringify(parts.map((_, at) => ({ $: at }))), slots: parts.slice() },
});
const keep = (slots: LocalId[]) => [{ id: memory, value: { body: '{}', slots } }];
const resolve = (promise: LocalId, to?: LocalId) => ({
  ...{ target: resolverOf(promise), sender: id },
  args: to ? { body: '{"value":{"$":0}}', slots: [to] } : { body: '{"value":1}', slots: [] },
});
const wait = (promise: LocalId, answer: LocalId) => ({
  ...{ promise, fulfilled: id, rejected: id, sender: id, answer },
});

/** Plays the turns of the bomber; another installation is sent a message for each of them. */
function explode(turns: number, act: Act): void {
  let [sent, ran, inARow] = [0, 0, 0];
  one.setScript((turn, tell) => {
    if (turn.target !== id) {
      [ran, inARow] = [ran + 1, 0];
      return runProgram(turn, tell);
    }
    inARow = ran < sent ? inARow + 1 : 0;
    // Those that were in flight already, and as many once more.
    expect(inARow).toBeLessThanOrEqual(2 * TURNS_IN_FLIGHT_MAX);
    const said = JSON.parse(turn.args.body) as { readonly act?: number } | null;
    const answer = turn.isAnswerWanted ? { answer: { body: 'null', slots: [] } } : {};
    if (said?.act !== undefined) return done(turn.turn, { ...answer, ...act(turn.turn, said.act) });
    told.push(said);
    return done(turn.turn, answer);
  });
  for (const n of upTo(turns)) {
    sent += 1;
    one.send(other, [['note', n]]);
    one.send(bomber, [], { body: `{"act":${n}}` });
  }
  world.run();
  expect(notesOf(one, other)).toHaveLength(turns);
}

function expectNothingLeft(): void {
  expect(one.status()).toMatchObject({ workersLost: 0, promises: NOTHING });
  expect(damagesOf(one, one.path)).toEqual([]);
}

describe('a hundred thousand', { timeout: 600_000 }, () => {
  it('subscribers of one promise are each told once', () => {
    let promise: LocalId;
    const turns = COUNT / TURN_SENDS_MAX;
    explode(turns + 2, (turn, n) => {
      if (n === 0) {
        promise = makePromiseId(turn, 0);
        return { promises: [open(promise)], memory: keep([promise, resolverOf(promise)]) };
      }
      if (n > turns) return { memory: keep([]), sends: [resolve(promise)] };
      return { whens: idsOf(turn, TURN_SENDS_MAX).map((answer) => wait(promise, answer)) };
    });
    expect(told).toEqual(upTo(COUNT).map(() => ({ value: 1 })));
    expectNothingLeft();
  });

  it('promises, each of which becomes the next one, are settled by the last', () => {
    let last: LocalId | undefined;
    const turns = COUNT / HALF;
    explode(turns + 1, (turn, n) => {
      if (n === turns) return { memory: keep([]), sends: [resolve(last!)] };
      const ids = idsOf(turn, HALF - 1);
      const before = last;
      last = ids.at(-1)!;
      const links = ids.slice(1).map((to, at) => resolve(ids[at]!, to));
      return {
        promises: ids.map((each) => open(each)),
        sends: before ? [resolve(before, ids[0]!), ...links] : links,
        whens: before ? [] : [wait(ids[0]!, makePromiseId(turn, HALF - 1))],
        memory: keep([last, resolverOf(last)]),
      };
    });
    expect(told).toEqual([{ value: 1 }]);
    expectNothingLeft();
  });

  it('deadlines at the same instant pass, a thousand at a time', () => {
    explode(COUNT / HALF, (turn) => {
      const ids = idsOf(turn, HALF);
      return {
        promises: ids.map((each) => open(each, 60_000)),
        whens: ids.map((each, k) => wait(each, makePromiseId(turn, HALF + k))),
      };
    });
    const error = {
      name: 'Error',
      code: 'QRT_DEADLINE_PASSED',
      message: 'No answer came in time.',
    };
    expect(told).toEqual(upTo(COUNT).map(() => ({ error })));
    expectNothingLeft();
  });

  it('combinations that nobody holds leave no row', () => {
    let promise: LocalId;
    const turns = COUNT / TURN_SENDS_MAX;
    explode(turns + 2, (turn, n) => {
      if (n > turns) return { memory: keep([]) };
      if (n > 0)
        return { promises: idsOf(turn, TURN_SENDS_MAX).map((each) => all(each, [promise])) };
      promise = makePromiseId(turn, 0);
      return { promises: [open(promise)], memory: keep([promise, resolverOf(promise)]) };
    });
    expectNothingLeft();
  });

  it('promises in one list, by combinations of combinations, end by the first that does', () => {
    const lists: LocalId[] = [];
    const turns = COUNT / TURN_SENDS_MAX;
    explode(turns + 1, (turn, n) => {
      const ids = idsOf(turn, TURN_SENDS_MAX - 1);
      if (n === turns) {
        const whole = all(ids[0]!, lists);
        return { promises: [whole], whens: [wait(ids[0]!, ids[1]!)], memory: keep([]) };
      }
      const list = ids.pop()!;
      lists.push(list);
      const promises = [...ids.map((each) => open(each, 1_000)), all(list, ids)];
      return { promises, memory: keep(lists.slice()) };
    });
    expect(told).toEqual([{ error: expect.objectContaining({ code: 'QRT_DEADLINE_PASSED' }) }]);
    expectNothingLeft();
  });
});

it('a turn that has hundreds of combinations looked through for a ring reads each of them once', () => {
  const LEVELS = 300;
  const PROMISES = 200;
  let top: LocalId;
  const parse = JSON.parse;
  let parsed = 0;
  try {
    explode(2, (turn, n) => {
      const ids = idsOf(turn, TURN_SENDS_MAX);
      if (n === 0) {
        top = ids[LEVELS - 1]!;
        const levels = ids.slice(1, LEVELS).map((each, at) => all(each, [ids[at]!]));
        return { promises: [open(ids[0]!), ...levels], memory: keep([top, resolverOf(ids[0]!)]) };
      }
      JSON.parse = (...args) => {
        parsed += 1;
        return parse(...args);
      };
      // Something waits for each of them, or none could be in a ring.
      const opened = ids.slice(0, PROMISES);
      const waiting = opened.map((each, at) => all(ids[PROMISES + at]!, [each]));
      return {
        promises: [...opened.map((each) => open(each)), ...waiting],
        sends: opened.map((each) => resolve(each, top)),
      };
    });
  } finally {
    JSON.parse = parse;
  }
  expect(parsed).toBeGreaterThan(0);
  expect(parsed).toBeLessThan(20 * (LEVELS + PROMISES));
});
