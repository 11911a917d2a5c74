// The three measured rows: queue drained, time to ready, cost at rest. Reported, never judged: a
// time that passes on one machine fails on another, a ratio within one run says more.
//
//   npm run bench [-- --smoke] [--json]

import { parseArgs } from 'node:util';
import {
  type Drained,
  drainByNode,
  drainByStatements,
  fillDrain,
  WINDOW_ROWS,
} from './lib/drain.ts';
import { makePlace, type Place } from './lib/nodes.ts';
import { measureRest } from './lib/rest.ts';
import { measureStarts } from './lib/starts.ts';

const FULL = { messages: 40_000, drains: 5, turns: 100_000, starts: 7, restMs: 10_000 };
const SMOKE = { messages: 8_000, drains: 1, turns: 3_000, starts: 1, restMs: 1_000 };

const { values: flags } = parseArgs({
  options: { smoke: { type: 'boolean' }, json: { type: 'boolean' }, only: { type: 'string' } },
});
const sizes = flags.smoke ? SMOKE : FULL;

const ROWS: Readonly<Record<string, (place: Place) => Promise<object>>> = { drain, starts, rest };
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

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function say(line: string): void {
  if (!flags.json) process.stdout.write(`${line}\n`);
}
