// Sim: runs histories from seeds and says what went wrong in them: `npm run sim`.

import { execFileSync } from 'node:child_process';
import { openRealm } from '../../src/guest/worker.ts';
import { makeCast } from './casts.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { readPast } from './past.ts';
import { type RunResult, runSeed } from './run.ts';
import { shrink } from './shrink.ts';
import { formatProgress, formatTotals, makeTally } from './tally.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const RUNS = 20;
const MINUTE_MS = 60_000;
const SHRINK_MS_MAX = 90_000;
const PROGRESS_MS = 5_000;
const SEEDS_DRAWN = 1_000_000_000;

/** What one run is given. */
interface Job {
  readonly seed: number;
  readonly vats?: number | undefined;
  readonly actions?: number | undefined;
  readonly workload?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly isParanoid?: boolean | undefined;
  readonly isRewinding?: boolean | undefined;
  readonly hasSmallQueues?: boolean | undefined;
}

process.exitCode = main(process.argv.slice(2));

function main(argv: readonly string[]): number {
  let options: Options;
  try {
    options = parseOptions(argv);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  if (options.isHelp) {
    process.stdout.write(USAGE);
    return 0;
  }
  return simulate(options);
}

function simulate(options: Options): number {
  const realm = openRealm();
  const tally = makeTally();
  const done: { seed: number; hash: string; complaints: readonly string[] }[] = [];
  const begunMs = performance.now();
  let shownMs = begunMs;
  const perform = ({ seed, vats, actions, workload, only, ...job }: Job): RunResult =>
    runSeed({
      seed,
      realm,
      cast: (drawn) => makeCast(drawn, workload),
      ...(vats !== undefined && { vats }),
      ...(actions !== undefined && { actions }),
      ...(job.isParanoid && { isParanoid: true }),
      ...(job.isRewinding && { isRewinding: true }),
      ...(job.hasSmallQueues && { hasSmallQueues: true }),
      ...(only && { only: new Set(only) }),
    });

  for (const job of jobs(options, begunMs)) {
    const result = perform(job);
    const { seed, hash, complaints } = result;
    tally.add(result);
    done.push({ seed, hash, complaints });
    if (complaints.length > 0) {
      tell(job, result, perform);
      if (!options.isGoingOn) break;
    } else if (performance.now() - shownMs > PROGRESS_MS) {
      shownMs = performance.now();
      process.stderr.write(`${formatProgress(tally.totals())}\n`);
    }
  }
  const totals = tally.totals();
  const text = options.isJson ? JSON.stringify({ ...totals, runs: done }) : formatTotals(totals);
  process.stdout.write(`${text}\n`);
  return totals.failed > 0 ? EXIT_FAILED : 0;
}

/** Past failures first, unless one seed is asked for. */
function* jobs(options: Options, begunMs: number): Generator<Job> {
  const { vats, actions, workload, onlyFaults: only, minutes } = options;
  const { isParanoid, isRewinding, hasSmallQueues } = options;
  if (options.seed === undefined) yield* readPast();
  const runs = options.runs ?? (options.seed === undefined ? RUNS : 1);
  const first = options.seed ?? drawSeed();
  const isOver = (done: number): boolean =>
    minutes === undefined ? done >= runs : performance.now() - begunMs > minutes * MINUTE_MS;
  for (let done = 0; !isOver(done); done += 1) {
    const job = { seed: first + done, vats, actions, workload, only };
    yield { ...job, isParanoid, isRewinding, hasSmallQueues };
  }
}

/** The one thing here that no seed decides. */
function drawSeed(): number {
  return 1 + Math.floor(Math.random() * SEEDS_DRAWN);
}

/** Says what is wrong, and how little of it is enough. */
function tell(job: Job, result: RunResult, perform: (job: Job) => RunResult): void {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`FAILED: seed ${job.seed} (${result.workloads.join(', ')}) at commit ${commit()}`);
  for (const complaint of result.complaints.slice(0, 10)) say(`  ${complaint}`);
  say(`  ${result.faults.happened.length} faults happened; leaving out what is not needed…`);
  const endMs = performance.now() + SHRINK_MS_MAX;
  const needed = shrink({
    faults: result.faults.happened,
    fails: (only) => perform({ ...job, only }).complaints.length > 0,
    isOver: () => performance.now() > endMs,
  });
  const shrunk = perform({ ...job, only: needed });
  say(`  with ${needed.length} of them: ${shrunk.complaints[0]}`);
  for (const line of shrunk.faults.story) say(`    ${line}`);
  say(`  npm run sim -- ${formatJob(job)} --only-faults '${needed.join(',')}'\n`);
}

function formatJob({ seed, vats, actions, workload, ...job }: Job): string {
  const words = Object.entries({ seed, vats, actions, workload }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${value}`],
  );
  if (job.isParanoid) words.push('--paranoid');
  if (job.isRewinding) words.push('--rewind');
  if (job.hasSmallQueues) words.push('--small-queues');
  return words.join(' ');
}

function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with changes' : ''}`;
}
