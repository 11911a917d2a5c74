// Sandbox report: what people are told of the second wall that was found, and how to get a better.

import type { SandboxLevel, SandboxReport } from '../core/sandbox.ts';

/** A level that does not hold here. */
export interface Refusal {
  readonly level: SandboxLevel;
  readonly reason: string;
}

export interface ReportInput {
  readonly level: SandboxLevel;
  readonly open: readonly string[];
  /** Of the better levels, best first. */
  readonly refusals: readonly Refusal[];
}

/** Writes it down. */
export function writeReport({ level, open, refusals }: ReportInput): SandboxReport {
  const reason = refusals[0]?.reason;
  const why = reason === undefined ? '' : ` (no better: ${reason})`;
  const what = open.length === 0 ? '' : `; not stopped: ${open.join(', ')}`;
  return Object.freeze({
    level,
    open,
    ...(reason !== undefined && { reason }),
    line: `workers run in a sandbox of level ${level}${why}${what}`,
  });
}
