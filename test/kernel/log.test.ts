// The vat's log: lines of one owner never push out, or outlive, those of another.

import { afterEach, describe, expect, it } from 'vitest';
import { LOG_LINES_PER_OWNER_MAX } from '../../src/core/limits.ts';
import type { Step } from '../sim/scripted-worker.ts';
import { makeWorld, type World } from '../sim/world.ts';

describe('log', () => {
  let world: World;
  afterEach(() => world.close());

  it('Q21 a turn that throws leaves one line and nothing else', () => {
    world = makeWorld();
    const vat = world.vat('one');
    const object = vat.install({ grants: ['log'] });
    vat.send(object, [['log', 'lost'], ['note', 'lost'], ['make'], ['throw', 'on purpose']]);
    vat.send(object, [['log', 'kept']]);
    world.run();
    expect(vat.log().map(({ level, text }) => `${level} ${text.replace(/ \(.*/, '')}`)).toEqual([
      'failure Error: on purpose',
      'log kept',
    ]);
    expect(vat.status()).toMatchObject({ objects: 1, turns: 2 });
  });

  it('each owner keeps its newest lines, in whatever rhythm others write', () => {
    world = makeWorld();
    const vat = world.vat('one');
    const [often, seldom] = [vat.install({ grants: ['log'] }), vat.install({ grants: ['log'] })];
    const lines = Array.from({ length: 255 }, (_, n): Step => ['log', `${n}`]);
    for (let round = 0; round < 45; round += 1) {
      vat.send(often, lines);
      vat.send(seldom, [['log', `round ${round}`]]);
    }
    world.run(1_000);
    const owners = [...vat.store().logAfter(0, 1_000_000)].map(({ owner }) => owner);
    const counts = [1, 2].map((owner) => owners.filter((each) => each === owner).length);
    expect(counts[0]).toBeLessThanOrEqual(LOG_LINES_PER_OWNER_MAX + 256);
    expect(counts[0]).toBeGreaterThanOrEqual(LOG_LINES_PER_OWNER_MAX);
    expect(counts[1]).toBe(45);
  });
});
