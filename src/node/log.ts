// Log: reads a vat's log, which is rows of its turns, not the node's own `node.log`.

import { setTimeout as delay } from 'node:timers/promises';
import type { LogRow } from '../kernel/ports.ts';
import { openReader } from '../store/reader.ts';
import { assertModes, openBaseDir } from './base-dir.ts';
import { connectNode } from './control-client.ts';

export interface LogInput {
  readonly dir: string;
  /** How many of the last lines. */
  readonly lines: number;
  /** Whether to go on with new lines until the node ends. */
  readonly isFollowing: boolean;
  readonly onRow: (row: LogRow) => void;
}

const FOLLOW_MS = 500;
const FOLLOW_ROWS_MAX = 10_000;

/** Reports lines as they are on disk, oldest first. */
export async function readLog({ dir, lines, isFollowing, onRow }: LogInput): Promise<void> {
  process.umask(0o077);
  const base = openBaseDir(dir);
  assertModes(base);
  const reader = openReader({ path: base.database });
  let last = 0;
  const report = (limit: number): void => {
    for (const row of reader.log(last, limit) as unknown as LogRow[]) {
      onRow(row);
      last = row.seq;
    }
  };
  try {
    report(lines);
    for (let isRunning = isFollowing; isRunning; report(FOLLOW_ROWS_MAX)) {
      await delay(FOLLOW_MS);
      const node = await connectNode(base);
      node?.close();
      isRunning = node !== undefined;
    }
  } finally {
    reader.close();
  }
}
