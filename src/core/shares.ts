// Shares: how many rows and bytes of a queue each sender may hold.
//
// A share may grow while it holds less than what is still free of the whole queue (the dynamic
// threshold of Choudhury and Hahne, 1998, with factor one): one sender alone gets at most half,
// and each greedy newcomer half of what is left. Shares are parts of the whole, never in addition.

import type { Room } from './frames.ts';

/** The whole queue's bounds. */
export interface QueueBounds {
  readonly rows: number;
  readonly bytes: number;
}

/** Rows and bytes in use, in all and by share. */
export interface QueueUsage {
  readonly rows: number;
  readonly bytes: number;
  add(share: string, rows: number, bytes: number): void;
  remove(share: string, rows: number, bytes: number): void;
  /** What `share` may still add; never below zero. */
  roomFor(share: string): Room;
}

/** Counts usage against bounds; starts empty. */
export function makeQueueUsage(bounds: QueueBounds): QueueUsage {
  const shares = new Map<string, { rows: number; bytes: number }>();
  let rows = 0;
  let bytes = 0;
  const left = (max: number, used: number, held: number): number =>
    // Adding x keeps held + x ≤ max − used − x: half of what is free beyond what is held.
    Math.max(0, Math.floor((max - used - held) / 2));

  return Object.freeze({
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    add(share: string, rowCount: number, byteCount: number) {
      const held = shares.get(share) ?? { rows: 0, bytes: 0 };
      shares.set(share, { rows: held.rows + rowCount, bytes: held.bytes + byteCount });
      rows += rowCount;
      bytes += byteCount;
    },
    remove(share: string, rowCount: number, byteCount: number) {
      const held = shares.get(share) ?? { rows: 0, bytes: 0 };
      const next = { rows: held.rows - rowCount, bytes: held.bytes - byteCount };
      if (next.rows <= 0) shares.delete(share);
      else shares.set(share, next);
      rows -= rowCount;
      bytes -= byteCount;
    },
    roomFor(share: string): Room {
      const held = shares.get(share) ?? { rows: 0, bytes: 0 };
      return {
        rows: left(bounds.rows, rows, held.rows),
        bytes: left(bounds.bytes, bytes, held.bytes),
      };
    },
  });
}
