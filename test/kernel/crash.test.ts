// Crash: the process dies at every point of a history, and again at every point of its recovery, or
// its disk is full; the end is always that of the run in which nothing went wrong.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestVat } from '../sim/test-vat.ts';
import { isPicked, someOf } from '../thorough.ts';
import { ACROSS_SCENARIOS } from './across-scenarios.ts';
import { BOOK_SCENARIOS } from './book-scenarios.ts';
import { ARE_ALL_TRIED, isDistinct, isTried, type Point, watchPoints } from './crash-points.ts';
import { LANE_SCENARIOS } from './lane-scenarios.ts';
import { PROMISE_SCENARIOS } from './promise-scenarios.ts';
import { describeEnd, keepStage, SCENARIOS, type Stage, setStage } from './scenarios.ts';
import { strikeAt } from './strike.ts';

/** Points from a start to where the vat has done all that a start makes it do. */
const RECOVERY_POINTS = 8;
/** Other pairs are tried in each run; by hand all of them, or of a long history some. */
const STEP = ARE_ALL_TRIED ? 1 : 23;
/** A history is run again for each fault: what a run in part leaves out is tried in another one. */
const PART = ARE_ALL_TRIED ? 1 : 5;
const LONG_PART = ARE_ALL_TRIED ? 3 : 25;
/** Of histories with many points. */
const LONG_STEP = ARE_ALL_TRIED ? 8 : 1;

const ALL = [
  ...SCENARIOS,
  ...PROMISE_SCENARIOS,
  ...ACROSS_SCENARIOS,
  ...LANE_SCENARIOS,
  ...BOOK_SCENARIOS,
];

describe.each(ALL)('crash during $name', { timeout: 600_000 }, (scenario) => {
  let stage: Stage;
  let reset: () => void;
  let points: readonly Point[];
  let end: unknown;
  const part = scenario.isLong ? LONG_PART : PART;

  /** Runs the scenario, with what `begin` lets go wrong; returns what is left at the end. */
  const run = (begin: (victim: TestVat) => () => void): unknown => {
    reset();
    const stop = begin(stage[scenario.victim]);
    scenario.act(stage);
    stage.world.run();
    stop();
    return describeEnd(stage, scenario);
  };
  const die = (...strikes: number[]): unknown => run((victim) => watchPoints(victim, strikes).end);

  beforeAll(() => {
    stage = setStage();
    scenario.prepare?.(stage);
    reset = keepStage(stage);
    end = run((victim) => {
      const watch = watchPoints(victim);
      points = watch.passed;
      return watch.end;
    });
  });
  afterAll(() => stage.world.close());

  it('the run without a fault ends well', () => {
    expect(end).toMatchObject({ quiet: true, disagreements: [] });
    expect(points.length).toBeGreaterThan(6);
  });

  it('Q18 Q20 a death at any point leaves the same end', () => {
    const tried = [...points.entries()].filter(([, point]) => isTried(point));
    for (const [index, point] of someOf(tried, part)) {
      expect(die(index + 1), `${point}, point ${index + 1}`).toEqual(end);
    }
  });

  it('Q20 a second death at any point of the recovery leaves the same end', () => {
    const pairs = [];
    for (let pair = 0; pair < points.length * RECOVERY_POINTS; pair += 1) {
      if (!isPicked(pair, STEP)) continue;
      const first = 1 + Math.floor(pair / RECOVERY_POINTS);
      const point = points[first - 1]!;
      if (isDistinct(point)) pairs.push({ first, second: 1 + (pair % RECOVERY_POINTS), point });
    }
    const tried = scenario.isLong ? pairs.filter((_, at) => isPicked(at, LONG_STEP)) : pairs;
    for (const { first, second, point } of someOf(tried, part)) {
      const found = die(first, second);
      expect(found, `${point}, point ${first}, and point ${second} after it`).toEqual(end);
    }
  });

  it('Q20 a full disk at any change leaves the same end', () => {
    const changes = points.filter((point) => /^before (?!the )/.test(point));
    // It is dropped and read again as after a death, so every third point is enough.
    const tried = [...changes.keys()].filter((at) => ARE_ALL_TRIED || at % 3 === 0);
    for (const at of someOf(tried, part)) {
      const change = at + 1;
      const found = run((victim) => {
        victim.setWatch(strikeAt(change, 'disk full'));
        return () => victim.setWatch(undefined);
      });
      expect(found, `${changes[at]}, change ${change}`).toEqual(end);
    }
  });
});
