// Crash: the process dies, or its disk is full, at every point where the disk changes.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEffect, type StoreWatch } from '../sim/watched-store.ts';
import { describeEnd, keepStage, SCENARIOS, type Stage, setStage } from './scenarios.ts';
import { strikeAt } from './strike.ts';

describe.each(SCENARIOS)('crash during $name', { timeout: 60_000 }, (scenario) => {
  let stage: Stage;
  let reset: () => void;
  let calls: string[];
  let end: unknown;

  /** Runs the scenario with `watch` around the victim's store; returns what is left at the end. */
  const run = (watch: StoreWatch, areLastWordsHeard = false): unknown => {
    reset();
    const victim = stage[scenario.victim];
    victim.setLastWords(areLastWordsHeard);
    victim.setWatch(watch);
    scenario.act(stage);
    stage.world.run();
    victim.setWatch(undefined);
    return describeEnd(stage);
  };

  beforeAll(() => {
    stage = setStage();
    scenario.prepare?.(stage);
    reset = keepStage(stage);
    calls = [];
    end = run({ before: (call) => isEffect(call) && calls.push(call.name) });
  });
  afterAll(() => stage.world.close());

  it('the run without a fault ends well', () => {
    expect(end).toMatchObject({ quiet: true, disagreements: [] });
    expect(calls.length).toBeGreaterThan(3);
  });

  it('Q18 Q20 a death before any change of the disk leaves the same end', () => {
    for (let point = 1; point <= calls.length; point += 1) {
      const found = run(strikeAt(point, 'death before'));
      expect(found, `${calls[point - 1]}, point ${point}`).toEqual(end);
    }
  });

  it('Q20 a death between a commit and its releases leaves the same end', () => {
    for (const [index, name] of calls.entries()) {
      if (name !== 'commit') continue;
      const found = run(strikeAt(index + 1, 'death after'));
      expect(found, `after commit at point ${index + 1}`).toEqual(end);
    }
  });

  it('Q20 a death right after something has left leaves the same end', () => {
    for (const [index, name] of calls.entries()) {
      if (name !== 'begin' || index === 0) continue;
      const found = run(strikeAt(index + 1, 'death after, last words heard'), true);
      expect(found, `after begin at point ${index + 1}`).toEqual(end);
    }
  });

  it('Q20 a full disk at any change leaves the same end', () => {
    // It is dropped and read again as after a death, so every third point is enough.
    for (let point = 1; point <= calls.length; point += 3) {
      const found = run(strikeAt(point, 'disk full'));
      expect(found, `${calls[point - 1]}, point ${point}`).toEqual(end);
    }
  });
});
