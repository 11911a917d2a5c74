// Power cuts by the thousand: `node --import ./scripts/ts-loader.mjs test/power-cut/main.ts`.
//
//   [--rounds N] [--each N] [--every N] [--seed N] [--synchronous FULL|NORMAL]
//
// Records one story of a real node and cuts the power at every Nth entry of the recording, `each`
// times for each kind of cut. It fails when FULL loses something, and when NORMAL loses nothing.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeRandom } from '../sim/random.ts';
import { cutEverywhere } from './cuts.ts';
import { compileRecorder } from './recording.ts';
import { tellStory } from './story.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '24' },
    each: { type: 'string', default: '1' },
    every: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    synchronous: { type: 'string', default: 'FULL' },
  },
});
const [rounds, each, every] = [Number(values.rounds), Number(values.each), Number(values.every)];
const synchronous = values.synchronous === 'NORMAL' ? 'NORMAL' : 'FULL';
const SHOWN_MAX = 10;

const dir = mkdtempSync(join(tmpdir(), 'qrt-power-cut-'));
try {
  const recorder = compileRecorder(join(dir, 'recorder.so'));
  if (recorder === undefined) throw new Error('there is no gcc, which compiles the recorder');
  const told = await tellStory({ dir, recorder, rounds, synchronous });
  const counts = new Map<string, number>();
  for (const { kind } of told.entries) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const promised = [...told.promises.values()].flat().length;
  say(`recorded ${told.entries.length} entries with ${promised} promises (seed ${values.seed}):`);
  say(`  ${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  const beganMs = performance.now();
  const { judged, losses } = await cutEverywhere({
    told,
    dir,
    random: makeRandom(Number(values.seed)),
    times: (at) => (at % every === Number(values.seed) % every ? each : 0),
    onPlace: (at, count) => {
      if (at % 500 === 0) say(`  ${at} of ${told.entries.length} places, ${count} disks`);
    },
  });
  const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0);
  say(`judged ${judged} disks in ${seconds} s: ${losses.length} lost something`);
  for (const { at, kind, complaints } of losses.slice(0, SHOWN_MAX)) {
    say(`  cut after entry ${at} (${kind}): ${complaints.join('; ')}`);
  }
  const isRight = synchronous === 'FULL' ? losses.length === 0 : losses.length > 0;
  if (!isRight) process.exitCode = 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
