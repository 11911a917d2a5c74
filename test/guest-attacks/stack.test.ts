// The end of the stack within our own functions: a turn is done cleanly or poisoned, never torn.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kit, startKit } from '../guest/kit.ts';
import { isPicked, isThorough } from '../thorough.ts';

/** What a guest can call of ours, and how many effects it has when it comes back. */
const ENTRIES: readonly (readonly [name: string, code: string, effects: number])[] = [
  ['a send', 'ref.sendOnly({ a: [1, { b: "x" }] })', 1],
  ['a send by Q', 'Q.sendOnly(ref, [near])', 0],
  ['a send that is refused', 'ref.sendOnly(1n)', 0],
  ['a send that is answered', 'local.send({ a: [1, { b: "x" }] }, { deadlineMs: 5 })', 1],
  ['a send that is answered by Q', 'Q.send(local, [1])', 1],
  ['a send across vats', 'ref.send(1)', 1],
  ['a send with wrong options', 'local.send(1, { deadline: 5 })', 0],
  ['a continuation', 'Q.when(local, { fulfilled: local, context: { a: [1] } })', 1],
  ['a continuation that is refused', 'Q.when(local, { fulfilled: near })', 0],
  ['a promise of several', 'Q.all([local, { a: 1 }])', 1],
  ['a promise of several that is refused', 'Q.first(1)', 0],
  ['a promise and its resolver', 'Q.promise()', 1],
  ['a new object of new code', 'make("() => " + distance, { memory: {}, a: [1] })', 1],
  ['a new object of code seen before', 'make("() => 1", { memory: {}, a: [1] })', 1],
  ['code that is refused', 'make("() => @")', 0],
  ['a log line', 'power.log({ a: [1] })', 1],
  ['a call', 'local.call(1)', 1],
  ['a call by Q', 'Q.call(local, 1)', 1],
  ['a call that is refused', 'ref.call(1)', 0],
  ['add', 'add(power, { x: 1 })', 0],
  ['harden', 'harden({ a: [1, {}], f: () => 1 })', 0],
  [
    'harden of a proxy',
    'harden(new Proxy({}, { ownKeys: () => [], getPrototypeOf: () => near() }))',
    0,
  ],
  ['a symbol', 'Symbol.for("k" + distance)', 0],
  ['a text of ours', 'String(Q.call) + String(new Date(1))', 0],
];

/** How many small frames are left between the call and the end of the stack. */
const DISTANCES = [0, 1, 2, 3, 5, 8, 13, 21, 40, 80, 150, 300, 500, 700, 900, 1_300, 2_000, 5_000];

/** Of workers, for each entry: it is rare. */
const ABORTS_MAX = 2;

const attempt = (code: string): string => `(args, power) => {
  const { ref, local, distance } = args;
  const make = power.make_object;
  function near(left, there) { if (left > 0) near(left - 1, there); else there(); }
  let isReal = false; let seen = 'not reached';
  const there = () => { if (isReal) try { ${code}; seen = 'back'; } catch (error) { seen = error.code ?? error.name; } };
  const fits = (left) => { try { near(left, there); return true; } catch { return false; } };
  // Until V8 has optimized it: then its frames keep their size.
  for (let warm = 0; warm < 300; warm += 1) fits(1000);
  let low = 0, high = 1e5;
  while (high - low > 1) { const middle = (low + high) >> 1; if (fits(middle)) low = middle; else high = middle; }
  isReal = true;
  fits(low - distance);
  power.memory.seen = seen;
}`;

describe.runIf(isThorough || isPicked(0, 2))('the end of the stack', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(() => kit.close());

  /** How it went at one distance. */
  const tryAt = async (distance: number, code: string, effects: number): Promise<string> => {
    const object = kit.install(attempt(code), { grants: ['make_object', 'log'] });
    const callee = kit.install('(args, { memory }) => { memory.n = 1; }');
    const args = { ref: { $: 0 }, local: { $: 1 }, distance };
    const outcome = await kit.turn(object, args, { slots: ['i1', callee] });
    if (outcome.status !== 'done') {
      expect(outcome.failure.code).toBe('QRT_TURN_POISONED');
      return 'poisoned';
    }
    const { seen } = kit.memory(object) as { seen: string };
    const called = Object.keys(kit.memory(callee) as object).length;
    const { sends, objects, logs, promises, whens } = outcome;
    const made = [sends, objects, logs, promises, whens].flat().length + called;
    // A caught RangeError of a call poisons: only what came back may have had an effect.
    expect([seen, made]).toEqual([seen, seen === 'back' ? effects : 0]);
    return seen;
  };

  const expectFit = async (distance: number): Promise<void> => {
    const fit = kit.install(
      '(args, power) => { power.log(power.make_object("() => 2 + " + args, { memory: {} }).call()); }',
      { grants: ['make_object', 'log'] },
    );
    const { logs, objects } = await kit.done(fit, distance);
    expect([logs[0]?.text, objects.length]).toEqual([String(2 + distance), 1]);
  };

  it.each(ENTRIES)(
    'within %s leaves the turn whole or poisoned, and the worker fit',
    async (_name, code, effects) => {
      const seen = new Set<string>();
      let aborts = 0;
      for (const distance of DISTANCES) {
        try {
          seen.add(await tryAt(distance, code, effects));
        } catch (error) {
          // V8 has no other end where it lacks the stack to compile a regular expression, as guests
          // have them, too. It is an end of the worker as any other: that turn is to blame.
          if ((error as Error).message !== 'the worker ended: SIGABRT') throw error;
          aborts += 1;
          kit = await startKit();
        }
        await expectFit(distance);
      }
      // It reached the end, and came back from where there was room.
      expect(seen.size).toBeGreaterThan(1);
      expect(aborts).toBeLessThanOrEqual(ABORTS_MAX);
    },
  );
});
