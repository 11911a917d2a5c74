// Crash list: crash-points.txt names every point at which crash.test.ts, keeping-crash.test.ts and
// settle-crash.test.ts let a vat die, and every method of the store. A new one changes the list, so somebody looks at it:
// a change that no history reaches needs one that does.
//
// After looking: npx vitest run --project unit test/kernel/crash-list.test.ts -u

import { describe, expect, it } from 'vitest';
import type { TestVat } from '../sim/test-vat.ts';
import { isEffect, type UnknownChange } from '../sim/watched-store.ts';
import { ACROSS_SCENARIOS } from './across-scenarios.ts';
import { BOOK_SCENARIOS } from './book-scenarios.ts';
import { type Point, watchPoints } from './crash-points.ts';
import { KEEPING_CASES } from './keeping-cases.ts';
import { LANE_SCENARIOS } from './lane-scenarios.ts';
import { PROMISE_SCENARIOS } from './promise-scenarios.ts';
import { keepStage, SCENARIOS, type Stage, setStage } from './scenarios.ts';
import { SETTLE_HISTORIES } from './settle-histories.ts';

interface History {
  readonly name: string;
  readonly victim: 'one' | 'two' | 'three';
  readonly prepare?: ((stage: Stage) => void) | undefined;
  readonly act: (stage: Stage) => void;
}

const HISTORIES: readonly History[] = [
  ...SCENARIOS,
  ...PROMISE_SCENARIOS,
  ...ACROSS_SCENARIOS,
  ...LANE_SCENARIOS,
  ...BOOK_SCENARIOS,
  ...SETTLE_HISTORIES,
  ...KEEPING_CASES.map(({ name, prepare, request }) => ({
    name,
    victim: 'one' as const,
    prepare,
    act: (stage: Stage) => {
      stage.one.control(request(stage));
      stage.world.run(60_000);
    },
  })),
];

/** The points of a history in which nothing goes wrong, and the methods of a store. */
function record({ victim, prepare, act }: History): { points: Point[]; methods: string[] } {
  const stage = setStage();
  prepare?.(stage);
  keepStage(stage);
  const vat: TestVat = stage[victim];
  const watch = watchPoints(vat);
  act(stage);
  stage.world.run(60_000);
  watch.end();
  const methods = Object.keys(vat.store());
  stage.world.close();
  return { points: [...watch.passed], methods };
}

/** `begin 2, commit 2, the post leaves 1`: each point that is passed before and after something. */
function summarize(points: readonly Point[]): string {
  const counts = new Map<string, number>();
  for (const point of points) {
    const what = point.replace(/^(before|after) /, '');
    if (point.startsWith('before ')) counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${what} ${count}`).join(', ');
}

describe('the list of crash points', () => {
  const recorded = HISTORIES.map((history) => ({ history, ...record(history) }));
  const methods = recorded[0]!.methods.filter((name) => name !== 'close').toSorted();
  const reachedBy = (method: string): number =>
    recorded.filter(({ points }) => points.includes(`before ${method}`)).length;
  const isChange = (name: string): boolean => isEffect({ name, input: [] });

  it('Q20 names every point of every history, and every method of the store', async () => {
    const lines = [
      'Written by crash-list.test.ts. At each of these points, before and after it, the vat dies.',
      '',
      ...recorded.flatMap(({ history, points }) => [
        `${history.name} (vat ${history.victim})`,
        `  ${summarize(points)}`,
      ]),
      '',
      'Changes of the store, and in how many histories each comes',
      ...methods.filter(isChange).map((name) => `  ${name} ${reachedBy(name)}`),
      '',
      'Calls of the store that change nothing',
      ...methods.filter((name) => !isChange(name)).map((name) => `  ${name}`),
    ];
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('crash-points.txt');
  });

  it('Q20 every change of the store is reached by a history in which a vat dies there', () => {
    const missing = methods.filter(isChange).filter((name) => reachedBy(name) === 0);
    expect(missing).toEqual([]);
  });

  it('Q20 counts among the changes whatever returns nothing', () => {
    // The types say it: with a change of another name this does not compile.
    const unknown: Record<UnknownChange, never> = {};
    expect(Object.keys(unknown)).toEqual([]);
  });
});
