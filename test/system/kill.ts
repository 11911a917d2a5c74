// Kill harness: two nodes under load, whose four processes are killed at random moments; at the
// end every message must have had its effect once and in order, and each answer must have come once.
//
//   node --import ./scripts/ts-loader.mjs test/system/kill.ts --kills 15 [--seed N] [--plant BUG]
//
// A kill counts only if at that moment the sender's outbox holds at least 500 items and the
// receiver's run queue is not empty, as the two kernels say. Half of the kills of a node come at
// once after a box or a receipt of its own went by, when most is at stake.

import { realpathSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeRandom } from '../sim/random.ts';
import { copyBuild, PLANTS, type PlantName } from './kill-copy.ts';
import { type Judgement, judge } from './kill-judge.ts';
import { type Look, makeScene, type Scene } from './kill-scene.ts';
import type { Passing } from './kill-wire.ts';
import { eventually, isAlive } from './kit.ts';
import { DoubtError, LostAnswerError } from './quiet.ts';

/** The processes that are killed. */
const VICTIMS = ['node A', 'node B', 'worker A', 'worker B'] as const;
type Victim = (typeof VICTIMS)[number];

export interface KillOptions {
  /** Counted kills of each process. */
  readonly kills: number;
  readonly seed: number;
  readonly victims?: readonly Victim[];
  readonly plant?: PlantName | undefined;
  readonly report?: (line: string) => void;
}

/** What a run came to. */
export interface KillResult extends Judgement {
  readonly kills: number;
}

/** A command is a process, and takes time from all others. */
const KILLS_PER_QUESTION = 6;
const OUTBOX_ROWS_MIN = 500;
const PAUSE_MS = { min: 30, max: 600 };
const MOMENT_MS_MAX = 240_000;
const TRY_AGAIN_MS = 20;
const PASSING_MS_MAX = 3_000;

/** Runs the harness; cleans up after itself whatever happens. */
export async function runKills(options: KillOptions): Promise<KillResult> {
  const { kills: each, seed, victims = VICTIMS, plant, report = () => {} } = options;
  const random = makeRandom(seed);
  const edits = plant && PLANTS[plant];
  const scene = await makeScene({ seed, makeQrt: (dir) => copyBuild({ dir, edits }) });
  const order = shuffle(
    victims.flatMap((victim) => Array<Victim>(each).fill(victim)),
    random,
  );
  let kills = 0;
  try {
    for (const victim of order) {
      if (kills % KILLS_PER_QUESTION === 0) scene.operators.ask(victim.endsWith('A') ? 'A' : 'B');
      const how = await killCounted({ scene, victim, random });
      kills += 1;
      report(`kill ${kills} of ${order.length}: ${victim}, ${how}`);
    }
    const complaints = await scene.finish();
    const { problems, ...found } = await judge(scene.world, scene.operators);
    return { kills, ...found, problems: [...complaints, ...problems] };
  } catch (error) {
    if (!(error instanceof DoubtError || error instanceof LostAnswerError)) throw error;
    return { kills, sent: 0, answers: 0, problems: [error.message] };
  } finally {
    await scene.end();
  }
}

interface KillInput {
  readonly scene: Scene;
  readonly victim: Victim;
  readonly random: () => number;
}

/** Kills a process at a moment that counts and restarts what has to be; says what it saw. */
async function killCounted({ scene, victim, random }: KillInput): Promise<string> {
  await delay(PAUSE_MS.min + random() * (PAUSE_MS.max - PAUSE_MS.min));
  const isNode = victim.startsWith('node');
  const endMs = performance.now() + MOMENT_MS_MAX;
  while (performance.now() < endMs) {
    const look = await scene.look();
    const pid = pidOf(victim, look);
    if (pid === undefined || !isLoaded(look)) {
      await delay(TRY_AGAIN_MS);
      continue;
    }
    const isAtPassing = isNode && random() < 0.5;
    if (!isAtPassing) process.kill(pid, 'SIGKILL');
    else if (!(await killAtPassing({ scene, victim, pid }))) continue;
    // What was seen before a wait may have changed: then what the disks hold decides.
    const counts = !isAtPassing || (await isLoadedOnDisk(scene));
    await eventually(() => !isAlive(pid));
    if (isNode) await scene.world.ok(['start', victim.slice(-1)]);
    const at = isAtPassing ? `at its ${PASSING_OF[victim]}` : 'at random';
    if (counts) return `${at}, outbox ${look.a.outbox.rows}, inbox ${look.b.inbox.rows}`;
  }
  throw new Error(`no moment to kill ${victim} that counts in ${MOMENT_MS_MAX / 1_000} s`);
}

const PASSING_OF: Readonly<Record<string, Passing>> = { 'node A': 'box', 'node B': 'receipt' };

/** Whether it was killed; false when nothing of it goes by. */
function killAtPassing(input: { scene: Scene; victim: Victim; pid: number }): Promise<boolean> {
  const { scene, victim, pid } = input;
  return new Promise((resolve) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      resolve(false);
    }, PASSING_MS_MAX);
    scene.wire.onNext(PASSING_OF[victim]!, () => {
      if (isLate) return;
      process.kill(pid, 'SIGKILL');
      clearTimeout(timer);
      resolve(true);
    });
  });
}

const isLoaded = ({ a, b }: Look): boolean => a.outbox.rows >= OUTBOX_ROWS_MIN && b.inbox.rows > 0;

async function isLoadedOnDisk({ world }: Scene): Promise<boolean> {
  const outbox = await world.dump('A', 'outbox');
  const inbox = await world.dump('B', 'inbox');
  return outbox.length >= OUTBOX_ROWS_MIN && inbox.length > 0;
}

function pidOf(victim: Victim, { a, b }: Look): number | undefined {
  const node = victim.endsWith('A') ? a : b;
  return victim.startsWith('node') ? node.pid : node.workerPids?.[0];
}

function shuffle<T>(list: readonly T[], random: () => number): readonly T[] {
  return list
    .map((item) => ({ item, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '15' },
      seed: { type: 'string', default: '1' },
      plant: { type: 'string' },
    },
  });
  const { plant } = values;
  if (plant !== undefined && !(plant in PLANTS)) {
    throw new Error(`--plant is one of: ${Object.keys(PLANTS).join(', ')}`);
  }
  const report = (line: string): void => void process.stdout.write(`${line}\n`);
  const beganMs = performance.now();
  const { kills, sent, answers, problems } = await runKills({
    kills: Number(values.kills),
    seed: Number(values.seed),
    plant: plant as PlantName | undefined,
    report,
  });
  for (const problem of problems) report(`PROBLEM ${problem}`);
  const seconds = Math.round((performance.now() - beganMs) / 1_000);
  const verdict = problems.length === 0 ? 'all once and in order' : 'FAILED';
  report(`${kills} kills counted, ${sent} messages, ${answers} answers, ${seconds} s: ${verdict}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

if (realpathSync(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) await main();
