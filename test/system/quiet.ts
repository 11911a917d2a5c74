// Quiet: waits until nodes have nothing under way, and notices what will never come to an end.

import { setTimeout as delay } from 'node:timers/promises';
import type { NodeStatus } from '../../src/node/status.ts';

/** A promise that waits for ever. */
export class LostAnswerError extends Error {}

/** A link that stopped: what was promised is broken already. */
export class DoubtError extends Error {}

export interface QuietOptions {
  /** How long it may take, in milliseconds. */
  readonly quietMsMax: number;
  /** With empty queues nothing settles a promise after so long, in milliseconds. */
  readonly lostMs: number;
}

const LOOK_EVERY_MS = 50;

/** Throws when a link does not work. */
export function assertLinked(nodes: readonly NodeStatus[]): void {
  for (const { state, reason } of nodes.flatMap(({ links }) => links)) {
    if (state !== 'ok') throw new DoubtError(`a link is in ${state}: ${reason}`);
  }
}

/** Waits until no node has a message, an item or a pending promise, twice in a row. */
export async function untilQuiet(
  look: () => Promise<readonly NodeStatus[]>,
  { quietMsMax, lostMs }: QuietOptions,
): Promise<void> {
  const endMs = performance.now() + quietMsMax;
  let movedMs = performance.now();
  for (let quiet = 0; quiet < 2; ) {
    const nodes = await look();
    const rows = nodes.flatMap(({ inbox, outbox }) => [inbox.rows, outbox.rows]);
    const pending = nodes.map(({ promises }) => promises.pending);
    const nowMs = performance.now();
    const isMoving = rows.some((count) => count > 0);
    if (isMoving) movedMs = nowMs;
    quiet = isMoving || pending.some((count) => count > 0) ? 0 : quiet + 1;
    if (nowMs > endMs) throw new Error(`not quiet, rows are left: ${rows}`);
    if (quiet === 0 && nowMs > movedMs + lostMs) {
      throw new LostAnswerError(`promises are left that nothing settles: ${pending}`);
    }
    await delay(LOOK_EVERY_MS);
  }
}
