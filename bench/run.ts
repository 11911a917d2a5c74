// The measured rows: queue drained, cost of the sandbox, cost of an answer, callers of a vat in
// their process, chains of messages to a vat that is far away, outcome after a kill, a neighbour that
// hits its deadline, time to ready, cost at rest, memory, reading a database through. Reported, never judged: a time that passes on one machine fails on another, a
// ratio within one run says more.
//
//   npm run bench [-- --smoke] [--json] [--only ROW]

import { parseArgs } from 'node:util';
import { guestProgram } from '../src/node/program.ts';
import { findSandbox } from '../src/worker/sandbox-finder.ts';
import { measureAnswers } from './lib/answers.ts';
import { measureCalls } from './lib/calls.ts';
import {
  type Drained,
  drainByNode,
  drainByStatements,
  fillDrain,
  WINDOW_ROWS,
} from './lib/drain.ts';
import { measureFair } from './lib/fair.ts';
import { measureKills } from './lib/kill.ts';
import { measureMemory } from './lib/memory.ts';
import { makePlace, type Place } from './lib/nodes.ts';
import { measureRest } from './lib/rest.ts';
import { measureStarts } from './lib/starts.ts';
import { measureTrips, ONE_WAY_MS } from './lib/trips.ts';
import { measureVerify } from './lib/verify.ts';

const FULL = {
  ...{ messages: 40_000, drains: 5, pairs: 7, kills: 20, fair: 100 },
  ...{ turns: 100_000, starts: 7, restMs: 10_000, verified: 40_000, answered: 10_000 },
  ...{ calls: 40_000, callRuns: 5, chains: 5 },
};
const SMOKE = {
  ...{ messages: 8_000, drains: 1, pairs: 1, kills: 1, fair: 10 },
  ...{ turns: 3_000, starts: 1, restMs: 1_000, verified: 4_000, answered: 1_000 },
  ...{ calls: 4_000, callRuns: 1, chains: 1 },
};

/** Hides the program of the second wall, so that a node runs its workers without. */
const NO_SANDBOX = { QRT_BWRAP: '/nonexistent' };

const { values: flags } = parseArgs({
  options: { smoke: { type: 'boolean' }, json: { type: 'boolean' }, only: { type: 'string' } },
});
const sizes = flags.smoke ? SMOKE : FULL;

const ROWS: Readonly<Record<string, (place: Place) => Promise<object>>> = {
  ...{ drain, sandbox, answers, openvat, trips, kill, fair, starts, rest, memory, verify },
};
const report: Record<string, object> = {};
for (const [name, measure] of Object.entries(ROWS)) {
  if (flags.only !== undefined && flags.only !== name) continue;
  const place = makePlace();
  try {
    report[name] = await measure(place);
  } finally {
    await place.end();
  }
}
if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);

async function drain(place: Place): Promise<object> {
  const { messages, drains } = sizes;
  fillDrain(place, messages);
  const runs: { node: Drained; bare: Drained; bareWindowed: Drained }[] = [];
  for (let run = 0; run < drains; run += 1) {
    const node = await drainByNode(place, messages);
    const { turns } = node;
    const bare = drainByStatements(place, { turns, rowsAtOnce: 1 });
    const bareWindowed = drainByStatements(place, { turns, rowsAtOnce: WINDOW_ROWS });
    runs.push({ node, bare, bareWindowed });
    const ratio = (node.perSecond / bare.perSecond).toFixed(2);
    say(`drain   ${formatDrained('node', node)}   ${formatDrained('bare', bare)}   ratio ${ratio}`);
  }
  const ratio = median(runs.map(({ node, bare }) => node.perSecond / bare.perSecond));
  const strict = median(runs.map((run) => run.node.perSecond / run.bareWindowed.perSecond));
  say(
    `drain   median ratio ${ratio.toFixed(2)} of ${drains} alternating runs ` +
      `(${strict.toFixed(2)} when the bare run reads ${WINDOW_ROWS} messages at once)`,
  );
  return { runs, ratio, strict };
}

function formatDrained(who: string, { turns, commits, perSecond }: Drained): string {
  return `${who} ${Math.round(perSecond)} turns/s (${turns} turns, ${commits} commits)`;
}

async function sandbox(place: Place): Promise<object> {
  const { messages, pairs } = sizes;
  const { level } = (await findSandbox({ program: guestProgram() })).report;
  fillDrain(place, messages);
  const runs: { walled: Drained; bare: Drained }[] = [];
  for (let run = 0; run < pairs; run += 1) {
    const walled = await drainByNode(place, messages);
    const bare = await drainByNode(place, messages, NO_SANDBOX);
    runs.push({ walled, bare });
    const ratio = (walled.perSecond / bare.perSecond).toFixed(2);
    say(
      `sandbox ${formatDrained(level, walled)}   ${formatDrained('none', bare)}   ratio ${ratio}`,
    );
  }
  const ratio = median(runs.map(({ walled, bare }) => walled.perSecond / bare.perSecond));
  say(`sandbox median ratio ${ratio.toFixed(2)} of ${pairs} alternating runs`);
  return { level, runs, ratio };
}

async function answers(place: Place): Promise<object> {
  const { answered: messages, pairs } = sizes;
  const runs = await measureAnswers(place, { messages, pairs });
  const ratio = median(runs.map(({ onlyUs, answeredUs }) => answeredUs / onlyUs));
  const [only, answered] = [
    median(runs.map((run) => run.onlyUs)),
    median(runs.map((run) => run.answeredUs)),
  ];
  say(
    `answers sendOnly ${only.toFixed(0)} us, send with its answer and continuation ` +
      `${answered.toFixed(0)} us, median ratio ${ratio.toFixed(2)} of ${pairs} alternating runs`,
  );
  return { runs, ratio };
}

async function openvat(place: Place): Promise<object> {
  const runs = await measureCalls(place, { calls: sizes.calls, runs: sizes.callRuns });
  const rate = (of: (run: (typeof runs)[number]) => number) => Math.round(median(runs.map(of)));
  const ratio = median(runs.map(({ vat, bare }) => vat / bare));
  const strict = median(runs.map(({ vat, rows }) => vat / rows));
  say(
    `openvat 64 callers: ${rate(({ vat }) => vat)} answers/s, bare SQLite ` +
      `${rate(({ bare }) => bare)}, median ratio ${ratio.toFixed(2)} of ${runs.length} alternating ` +
      `runs, goal 0.7 (${strict.toFixed(2)} when the bare loop keeps no memory)`,
  );
  return { runs, ratio, strict };
}

async function trips(place: Place): Promise<object> {
  const lengths = [1, 10, 100];
  const runs = await measureTrips(place, { lengths, runs: sizes.chains });
  const rows = lengths.map((length) => {
    const own = runs.filter((run) => run.length === length);
    return {
      length,
      ms: median(own.map(({ ms }) => ms)),
      there: median(own.map(({ boxesThere }) => boxesThere)),
      back: median(own.map(({ boxesBack }) => boxesBack)),
    };
  });
  for (const { length, ms, there, back } of rows) {
    const tripMs = 2 * ONE_WAY_MS;
    // What leaves the caller after its messages is nothing that the answer waits for.
    const verdict = back > 1 ? 'MORE THAN ONE TRIP' : 'one trip';
    say(
      `trips   ${length} messages, each to the answer before: ${verdict} of ${tripMs} ms ` +
        `(${there} boxes there, ${back} back until the last answer), ${ms.toFixed(0)} ms, ` +
        `${(ms / rows[0]!.ms).toFixed(2)} of the time of one`,
    );
  }
  return { runs, rows };
}

async function kill(place: Place): Promise<object> {
  const { kills } = sizes;
  const spareMs = await measureKills(place, { kills, spare: 'warm' });
  const aloneMs = await measureKills(place, { kills, spare: 'none' });
  const show = (all: readonly number[]) =>
    `median ${median(all).toFixed(0)} ms, longest ${Math.max(...all).toFixed(0)} ms`;
  say(`kill    next outcome on disk ${show(spareMs)} with a spare, ${show(aloneMs)} without`);
  return { spareMs, aloneMs };
}

async function memory(place: Place): Promise<object> {
  const found = await measureMemory(place);
  const { busyMb, processes, workerMb, bareMb } = found;
  say(
    `memory  busy with worker and spare ${busyMb.resident.toFixed(0)} MB resident ` +
      `(${busyMb.proportional.toFixed(0)} MB with shared pages counted once) ` +
      `in ${processes} processes; a worker at rest has ${workerMb.toFixed(1)} MB of its own, ` +
      `${(workerMb - bareMb).toFixed(1)} MB more than a bare Node`,
  );
  return found;
}

async function fair(place: Place): Promise<object> {
  const found = await measureFair(place, sizes.fair);
  const [p99, deadline] = [percentile99(found.waits), percentile99(found.deadlines)];
  say(
    `fair    ${median(found.waits).toFixed(0)} ms median, ${p99.toFixed(0)} ms p99 of ` +
      `${found.waits.length} messages while another owner hits the deadline each time ` +
      `(which takes ${deadline.toFixed(0)} ms by the clock)`,
  );
  return { ...found, p99 };
}

async function starts(place: Place): Promise<object> {
  const { emptyMs, grownMs, turns } = await measureStarts(place, {
    turns: sizes.turns,
    runs: sizes.starts,
  });
  const [empty, grown] = [median(emptyMs), median(grownMs)];
  const ratio = grown / empty;
  say(
    `starts  empty ${empty.toFixed(0)} ms, after ${turns} turns ${grown.toFixed(0)} ms, ` +
      `ratio ${ratio.toFixed(2)} (medians of ${sizes.starts})`,
  );
  return { emptyMs, grownMs, turns, ratio };
}

async function rest(place: Place): Promise<object> {
  const found = await measureRest(place, sizes.restMs);
  const { rest: idle, busy, restMs } = found;
  say(
    `rest    ${idle.processes} process, ${idle.residentMb.toFixed(0)} MB resident, ` +
      `${idle.cpuMs.toFixed(0)} ms CPU in ${restMs / 1_000} s; ` +
      `busy ${busy.processes} processes, ${busy.residentMb.toFixed(0)} MB`,
  );
  return found;
}

async function verify(place: Place): Promise<object> {
  const runs = measureVerify(place, { messages: sizes.verified, runs: 3 });
  const speed = median(runs.map(({ bytes, ms }) => bytes / ms / 1_000));
  const { bytes, rows } = runs[0]!;
  say(
    `verify  ${speed.toFixed(0)} MB/s, median of ${runs.length} ` +
      `(${(bytes / 1e6).toFixed(0)} MB, ${rows} rows)`,
  );
  return { runs, speed };
}

function percentile99(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Number.NaN;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function say(line: string): void {
  if (!flags.json) process.stdout.write(`${line}\n`);
}
