// Crash while a doubt is settled: either vat dies at every point where its disk changes.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disagreements } from '../sim/checks.ts';
import { isEffect, type StoreWatch } from '../sim/watched-store.ts';
import { someOf } from '../thorough.ts';
import { describeEnd, keepStage, type Stage, setStage } from './scenarios.ts';
import { SETTLE_HISTORIES } from './settle-histories.ts';
import { strikeAt } from './strike.ts';

describe.each(SETTLE_HISTORIES)('$name, and vat $victim dies', (history) => {
  let stage: Stage;
  let reset: () => void;
  let calls: string[];
  let end: unknown;

  const run = (watch: StoreWatch, areLastWordsHeard = false): unknown => {
    reset();
    const victim = stage[history.victim];
    victim.setLastWords(areLastWordsHeard);
    victim.setWatch(watch);
    history.act(stage);
    stage.world.run();
    victim.setWatch(undefined);
    return describeEnd(stage);
  };

  beforeAll(() => {
    stage = setStage();
    history.prepare(stage);
    reset = keepStage(stage);
    calls = [];
    end = run({ before: (call) => isEffect(call) && calls.push(call.name) });
  });
  afterAll(() => stage.world.close());

  it('is the run that it is compared with', () => {
    expect(end).toMatchObject({ quiet: true, disagreements: [] });
    expect(disagreements(stage.world)).toEqual([]);
    expect(calls).toEqual(expect.arrayContaining([...history.passes]));
  });

  it('Q20 before any change of its disk leaves the same end', { timeout: 120_000 }, () => {
    for (const [index, call] of someOf([...calls.entries()], 4)) {
      const point = index + 1;
      const found = run(strikeAt(point, 'death before'));
      expect(found, `${call}, point ${point}`).toEqual(end);
    }
  });

  it('Q20 right after a commit, heard or not, leaves the same end', { timeout: 120_000 }, () => {
    const commits = [...calls.entries()].filter(([, call]) => call === 'commit');
    for (const [index] of someOf(commits, 4)) {
      for (const areLastWordsHeard of [false, true]) {
        const fault = areLastWordsHeard ? 'death after, last words heard' : 'death after';
        const found = run(strikeAt(index + 1, fault), areLastWordsHeard);
        expect(found, `after commit at point ${index + 1}`).toEqual(end);
      }
    }
  });
});
