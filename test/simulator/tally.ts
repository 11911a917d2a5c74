// Tally: the numbers of many runs, for a line at the end and for progress on the way.

import type { RunResult } from './run.ts';

/** What all runs together came to. */
export interface Totals {
  readonly seeds: number;
  readonly failed: number;
  readonly messages: number;
  readonly envelopes: number;
  /** Starts of vats after the first one of each. */
  readonly restarts: number;
  readonly simulatedHours: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly messagesPerCpuSecond: number;
}

export interface Tally {
  add(result: RunResult): void;
  totals(): Totals;
}

const HOUR_MS = 3_600_000;

/** Counts from now on. */
export function makeTally(): Tally {
  const begunMs = performance.now();
  const begunCpu = process.cpuUsage();
  const faults = new Map<string, number>();
  let [seeds, failed, messages, envelopes, restarts, simulatedMs] = [0, 0, 0, 0, 0, 0];
  return Object.freeze({
    add(result: RunResult) {
      seeds += 1;
      if (result.complaints.length > 0) failed += 1;
      messages += result.messages;
      envelopes += result.envelopes;
      restarts += result.restarts;
      simulatedMs += result.simulatedMs;
      for (const [kind, count] of result.faults.counts) {
        faults.set(kind, (faults.get(kind) ?? 0) + count);
      }
    },
    totals(): Totals {
      const { user, system } = process.cpuUsage(begunCpu);
      const cpuSeconds = (user + system) / 1e6;
      return {
        seeds,
        failed,
        messages,
        envelopes,
        restarts,
        simulatedHours: round(simulatedMs / HOUR_MS),
        faults: Object.fromEntries([...faults].sort(([a], [b]) => (a < b ? -1 : 1))),
        seconds: round((performance.now() - begunMs) / 1_000),
        cpuSeconds: round(cpuSeconds),
        messagesPerCpuSecond: Math.round(messages / cpuSeconds),
      };
    },
  });
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** One line for people. */
export function formatTotals(totals: Totals): string {
  const faults = Object.entries(totals.faults).map(([kind, count]) => `${kind} ${count}`);
  return [
    `${totals.seeds} seeds (${totals.failed} failed)`,
    `${totals.messages} messages`,
    `${totals.envelopes} envelopes`,
    `${totals.restarts} restarts`,
    `${totals.simulatedHours} h simulated`,
    `${totals.seconds} s`,
    `${totals.messagesPerCpuSecond} messages per second of CPU`,
    `faults: ${faults.join(', ') || 'none'}`,
  ].join('; ');
}

/** A shorter one, on the way. */
export function formatProgress({ seeds, failed, messages, restarts, seconds }: Totals): string {
  const faults = failed > 0 ? ` (${failed} FAILED)` : '';
  return `${Math.round(seconds)} s: ${seeds} seeds${faults}, ${messages} messages, ${restarts} restarts`;
}
