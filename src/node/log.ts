// Log: reads a vat's log, which is rows of its turns, not the node's own `node.log`.

import { setTimeout as delay } from 'node:timers/promises';
import type { LogRow } from '../kernel/ports.ts';
import { openReader } from '../store/reader.ts';
import { assertModes, openBaseDir } from './base-dir.ts';
import { connectNode } from './control-client.ts';
import type { LogLevel } from './log-levels.ts';

export interface LogInput {
  readonly dir: string;
  /** How many of the last lines that fit. */
  readonly lines: number;
  /** Lines of this time or later, in milliseconds since 1970; undefined: of any time. */
  readonly sinceMs: number | undefined;
  /** Lines of this level; undefined: of all. */
  readonly level: LogLevel | undefined;
  /** Whether to go on with new lines until the node ends. */
  readonly isFollowing: boolean;
  /** The next line is read when it is done with this one. */
  readonly onRow: (row: LogRow) => Promise<void> | void;
}

const FOLLOW_MS = 500;
/** All that came since the last look: lines are read and reported one after another. */
const FOLLOW_ROWS_MAX = Number.MAX_SAFE_INTEGER;

/** Reports lines as they are on disk, oldest first. */
export async function readLog(input: LogInput): Promise<void> {
  const { dir, lines, sinceMs, level, isFollowing, onRow } = input;
  process.umask(0o077);
  const base = openBaseDir(dir);
  assertModes(base);
  const reader = openReader({ path: base.database });
  const chosen = { ...(sinceMs !== undefined && { sinceMs }), ...(level && { level }) };
  let after = 0;
  const report = async (limit: number): Promise<void> => {
    for (const row of reader.logRows({ ...chosen, after, limit })) {
      await onRow(row as unknown as LogRow);
      after = Number(row['seq']);
    }
  };
  try {
    await report(lines);
    for (let isRunning = isFollowing; isRunning; await report(FOLLOW_ROWS_MAX)) {
      await delay(FOLLOW_MS);
      const node = await connectNode(base);
      node?.close();
      isRunning = node !== undefined;
    }
  } finally {
    reader.close();
  }
}
