// Power cuts of a real node: it is recorded, and its disk rebuilt as a cut in between could leave it.
//
// The long run is a step of CI: test/power-cut/main.ts.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type CutsInput, cutEverywhere } from '../power-cut/cuts.ts';
import { compileRecorder } from '../power-cut/recording.ts';
import { tellStory } from '../power-cut/story.ts';
import { makeRandom } from '../sim/random.ts';
import { isThorough, someOf } from '../thorough.ts';

const REQUIRED = 'QRT_TEST_POWER_CUT';
/** About so many disks are judged, drawn anew in each run. */
const DISKS = isThorough ? 80 : 25;

/** That the first test could fail is shown in every other run. */
const shown = someOf(['that it sees', 'nothing'], 2);

const dir = mkdtempSync(join(tmpdir(), 'qrt-power-cut-'));
const recorder =
  process.platform === 'linux' ? compileRecorder(join(dir, 'recorder.so')) : undefined;
if (recorder === undefined && process.env[REQUIRED] === 'required') {
  throw new Error(`${REQUIRED} wants power cuts: that takes Linux and gcc`);
}

describe.skipIf(recorder === undefined)('a power cut (needs Linux and gcc)', () => {
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const cut = async (
    synchronous: 'FULL' | 'NORMAL',
    choose: (entries: number, random: () => number) => CutsInput['times'],
  ) => {
    const place = join(dir, synchronous);
    mkdirSync(place);
    const seed = Math.floor(Math.random() * 2 ** 32);
    const told = await tellStory({ dir: place, recorder: recorder!, rounds: 4, synchronous });
    const random = makeRandom(seed);
    const times = choose(told.entries.length, random);
    const { judged, losses } = await cutEverywhere({ told, dir: place, random, times });
    expect(judged).toBeGreaterThan(0);
    return losses.map((loss) => ({ seed, ...loss }));
  };

  it('loses nothing that was promised, whatever of the unflushed rest is on the disk', async () => {
    const losses = await cut('FULL', (entries, random) => () => {
      return random() * entries * 5 < DISKS ? 1 : 0;
    });
    expect(losses).toEqual([]);
  });

  it.runIf(shown.includes('that it sees'))(
    'is seen to lose what was promised when commits are not flushed',
    async () => {
      const losses = await cut('NORMAL', (entries) => (at, kind) => {
        return kind === 'none' && at % Math.ceil(entries / 8) === 0 ? 1 : 0;
      });
      // What is gone is missing, or the log is seen to lack what had been in it.
      const told = losses.flatMap(({ complaints }) => complaints).join();
      expect(told).toMatch(/stored|commits are lost/);
    },
  );
});
