// Run: rounds of load and storm, after each of which all becomes quiet and is measured; at the end
// the proof that the traffic carries, and the verdict on what grew.

import { setTimeout as delay } from 'node:timers/promises';
import { makeRandom } from '../sim/random.ts';
import type { Edit } from '../system/kill-copy.ts';
import { DoubtError, LostAnswerError } from '../system/quiet.ts';
import { type Judged, type Ledger, makeLedger } from './ledger.ts';
import { judgeLoad, NAMES, type Name } from './load.ts';
import { measureDisk, measureLive, measureProcess, sizeOfFiles } from './measure.ts';
import { rolesAt } from './plan.ts';
import { type Strikes, storm } from './storm.ts';
import { makeTrio, type Trio } from './trio.ts';

export interface SoakOptions {
  readonly seed: number;
  readonly minutes: number;
  /** A bug to plant. */
  readonly edits?: readonly Edit[] | undefined;
  /** Gets lines for people while it runs. */
  readonly report: (line: string) => void;
  /** Ends the run early, and cleans up. */
  readonly signal: AbortSignal;
}

/** What a run came to. */
export interface SoakResult {
  readonly seed: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly messages: number;
  readonly answers: number;
  readonly tokens: number;
  readonly strikes: Strikes;
  /** What the proxies did, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly strangers: Readonly<Record<string, number>>;
  readonly series: readonly Judged[];
  /** What is not as it must be; growth is one. */
  readonly problems: readonly string[];
}

/** Enough for a verdict on each life, on a slow machine too. */
const ROUNDS = 24;
/** A machine that is too slow for so many rounds goes on, but not longer than so many times as long. */
const ROUNDS_MIN = 10;
const LATE_TIMES = 3;
const STORM_MS = { min: 4_000, max: 60_000 };
const PASSING_MS = 5_000;
const MIB = 1_048_576;

/** Runs it; cleans up after itself whatever happens. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { seed, minutes, edits, signal } = options;
  const beganMs = performance.now();
  const trio = await makeTrio({ seed, edits, signal });
  try {
    const lengthMs = minutes * 60_000;
    const ledger = makeLedger();
    const strikes: Strikes = { node: 0, worker: 0, cut: 0 };
    const found = await soak({ ...options, trio, ledger, strikes, lengthMs });
    const series = ledger.judge();
    const seconds = Math.round((performance.now() - beganMs) / 1_000);
    const faults = NAMES.flatMap((name) => Object.entries(trio.proxies[name].counts));
    return {
      ...{ seed, seconds, strikes, series },
      faults: sumByKind(faults),
      strangers: trio.strangers.counts(),
      ...found,
      problems: [...found.problems, ...series.filter(isGrowing).map(describeGrowth)],
    };
  } finally {
    await trio.end();
  }
}

interface Soak extends SoakOptions {
  readonly trio: Trio;
  readonly ledger: Ledger;
  readonly strikes: Strikes;
  readonly lengthMs: number;
}

type Found = Pick<SoakResult, 'rounds' | 'messages' | 'answers' | 'tokens' | 'problems'>;

async function soak(input: Soak): Promise<Found> {
  const { trio, strikes, seed, lengthMs, report, signal } = input;
  const random = makeRandom(seed);
  const stormMs = Math.min(STORM_MS.max, Math.max(STORM_MS.min, lengthMs / ROUNDS / 2));
  const beganMs = performance.now();
  const sinceMs = (): number => performance.now() - beganMs;
  let rounds = 0;
  const passing = watchPassing({ ...input, sinceMs });
  try {
    const isOver = (): boolean =>
      sinceMs() >= (rounds < ROUNDS_MIN ? LATE_TIMES * lengthMs : lengthMs);
    while (!isOver()) {
      await trio.load.turn('on');
      const roles = rolesAt(sinceMs(), { seed, lengthMs });
      await storm({ trio, random, roles, strikes, signal, lengthMs: stormMs });
      await trio.load.turn('off');
      await trio.untilQuiet();
      rounds += 1;
      const turns: number[] = [];
      for (const name of NAMES) turns.push(await measureQuiet(input, name, sinceMs()));
      report(`round ${rounds}: all is quiet after ${turns.join(', ')} turns`);
    }
    await passing.end();
    report('all is quiet; the nodes are stopped and their databases read');
    await trio.world.ok(['stop', ...NAMES]);
    return { rounds, ...(await judgeLoad(trio.world)) };
  } catch (error) {
    if (!(error instanceof DoubtError || error instanceof LostAnswerError)) throw error;
    return { rounds, messages: 0, answers: 0, tokens: 0, problems: [error.message] };
  } finally {
    await passing.end();
  }
}

/** Measures a node that has nothing to do, the content being the same each time; returns its turns. */
async function measureQuiet({ trio, ledger }: Soak, name: Name, atMs: number): Promise<number> {
  const { pid, turns: turnsDone, workerPids = [] } = await trio.status(name);
  if (pid === undefined) throw new Error(`${name} does not run`);
  const add = (kind: Parameters<Ledger['add']>[0]['kind'], value: number, life?: number): void =>
    ledger.add({ kind, of: name, life, sample: { atMs, value } });
  add('live', (await measureLive(pid, trio.world.dir)) / MIB, pid);
  const node = measureProcess(pid, { isAlone: true });
  if (node !== undefined) {
    add('node memory', node.ownBytes / MIB, pid);
    add('descriptors', node.descriptors, pid);
  }
  const [workerPid] = workerPids;
  const worker = workerPid && measureProcess(workerPid, { isAlone: false });
  if (worker) add('worker memory', worker.ownBytes / MIB, workerPid);
  const { usedBytes, fileBytes, rows } = measureDisk(trio.world.path(name));
  add('database', usedBytes / MIB);
  add('files', fileBytes / MIB);
  for (const [table, count] of Object.entries(rows)) {
    // A request is remembered for a day.
    const value = table === 'request' ? count - trio.load.commandsTo(name) : count;
    const kind = table === 'log' ? 'log lines' : 'rows';
    ledger.add({ kind, of: `${name} ${table}`, sample: { atMs, value } });
  }
  return turnsDone;
}

/** Says every few seconds how things are; asks no node, as one may be dead. */
function watchPassing({ trio, lengthMs, strikes, report, sinceMs }: Soak & { sinceMs(): number }) {
  const stop = new AbortController();
  let failure: unknown;
  const look = (name: Name): string => {
    const pid = trio.pid(name);
    const use = pid && measureProcess(pid, { isAlone: true });
    const all = pid && measureProcess(pid, { isAlone: false });
    const files = (sizeOfFiles(trio.world.path(name)) / MIB).toFixed(1);
    if (!use || !all) return `${name} down, files ${files}`;
    const [node, rest] = [use.residentBytes, all.residentBytes - use.residentBytes];
    return `${name} ${Math.round(node / MIB)}+${Math.round(rest / MIB)}, files ${files}`;
  };
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const leftS = Math.max(0, Math.round((lengthMs - sinceMs()) / 1_000));
      report(
        `${leftS} s left; killed: ${strikes.node} nodes, ${strikes.worker} workers; ` +
          `${strikes.cut} cuts; MiB of node+others: ${NAMES.map(look).join('; ')}`,
      );
      await delay(PASSING_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const looping = loop().catch((error: unknown) => {
    failure = error;
  });
  return {
    async end(): Promise<void> {
      stop.abort();
      await looping;
      if (failure !== undefined) throw failure;
    },
  };
}

const isGrowing = ({ verdict, isKnown }: Judged): boolean => verdict === 'grows' && !isKnown;

function describeGrowth({ kind, of, grown, steady, allowed, perMinute, samples }: Judged): string {
  const [a, b, c, d] = [grown, steady, allowed, perMinute].map((value) => value.toFixed(2));
  return (
    `${kind} of ${of} grows: by ${a} from the middle third of ${samples.length} samples to the ` +
    `last (${b} without its largest step), may be ${c}; ${d} a minute`
  );
}

function sumByKind(entries: readonly (readonly [string, number])[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [kind, count] of entries) sums[kind] = (sums[kind] ?? 0) + count;
  return sums;
}
