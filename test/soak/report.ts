// Report: what a run came to, as text for people.

import { type Judged, KINDS } from './ledger.ts';
import type { SoakResult } from './run.ts';

/** All of it, the verdict last. */
export function formatResult(result: SoakResult): string {
  const { seed, seconds, rounds, messages, answers, tokens, strikes, series, problems } = result;
  const judged = series.filter(({ verdict }) => verdict !== 'too short');
  const rows = judged.filter(({ kind }) => kind === 'rows');
  const isShown = ({ kind, verdict }: Judged): boolean => kind !== 'rows' || verdict === 'grows';
  const flat = rows.filter(({ verdict }) => verdict === 'flat').length;
  const lines = [
    `load: ${messages} numbered messages, ${answers} answers, ${tokens} tokens, ${rounds} rounds`,
    `kills: ${strikes.node} nodes, ${strikes.worker} workers; ${strikes.cut} cuts`,
    `faults: ${formatCounts(result.faults)}`,
    `strangers: ${formatCounts(result.strangers)}`,
    `growth from the middle third of samples to the last, and what it may be:`,
    ...judged.filter(isShown).map(formatSeries),
    `  rows of ${flat} tables: flat; ${series.length - judged.length} lives too short to judge`,
    ...problems.map((problem) => `PROBLEM ${problem}`),
    `soak: seed ${seed}, ${seconds} s: ${problems.length === 0 ? 'all held' : 'FAILED'}`,
  ];
  return `${lines.join('\n')}\n`;
}

function formatSeries(judged: Judged): string {
  const { kind, of, samples, grown, steady, allowed, verdict, isKnown } = judged;
  const { unit } = KINDS[kind];
  const values = samples.map(({ value }) => value);
  const show = (value: number): string => value.toFixed(unit === '' ? 0 : 2);
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  const least = Math.min(...values);
  const most = Math.max(...values);
  return (
    `  ${kind} of ${of}: ${samples.length} samples, ${show(first)} to ${show(last)} ${unit}, ` +
    `between ${show(least)} and ${show(most)}; ` +
    `${show(grown)}, ${show(steady)} without a step, may be ${show(allowed)}: ${verdict}${isKnown && verdict === 'grows' ? ', as is known' : ''}`
  );
}

function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
}
