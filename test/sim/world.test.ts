// World: one that has ended is gone, however many a process makes.

import { expect, it } from 'vitest';
import { readMemory } from '../fuzz/run-session.ts';
import { makeWorld } from './world.ts';

const MIB = 1024 * 1024;
const MESSAGES = 8;
const WORLDS = 3;
/** Of each message. */
const LETTER = 'x'.repeat(MIB / 10);

function liveAndEnd(seed: number): void {
  const world = makeWorld(seed);
  const [one, two] = [world.vat('one'), world.vat('two')];
  const ofTwo = two.install();
  for (let count = 0; count < MESSAGES; count += 1) {
    one.send(ofTwo, [['note', LETTER]]);
    world.run();
  }
  expect(world.sent.reduce((sum, bytes) => sum + bytes.length, 0)).toBeGreaterThan(
    MESSAGES * LETTER.length,
  );
  world.close();
}

it('leaves nothing of an ended world in memory but keys and signatures', () => {
  liveAndEnd(0);
  const before = readMemory();
  for (let seed = 1; seed <= WORLDS; seed += 1) liveAndEnd(seed);
  expect((readMemory() - before) / MIB).toBeLessThan(WORLDS);
});
