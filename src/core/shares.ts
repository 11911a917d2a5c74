// Shares: how many rows and bytes of a queue each sender may hold.
//
// A share may grow while it holds less than what is still free of the whole queue (the dynamic
// threshold of Choudhury and Hahne, 1998, with factor one): one sender alone gets at most half,
// and each greedy newcomer half of what is left. Shares are parts of the whole, never in addition.
// Only what is lent to a share at a standstill is: a small part of the queue beside the whole. It
// takes nothing from a newcomer, and room only from shares that hold much already.

import type { Room } from './frames.ts';
import { ITEM_BYTES_MAX } from './limits.ts';
import { STANDSTILL_PART } from './standstill-limits.ts';

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
  /** Adds beyond what the share has room for. */
  lend(share: string, rows: number, bytes: number): void;
  remove(share: string, rows: number, bytes: number): void;
  /** As much was removed that had needed room: if the share was lent any, it is paid back first. */
  repay(share: string, rows: number, bytes: number): void;
  /** Rows that a share holds. */
  rowsOf(share: string): number;
  /** What `share` may still add; never below zero. */
  roomFor(share: string): Room;
  /** What may still be lent; never below zero. */
  roomToLend(): Room;
  /** Whether the queue and all that may be lent are not yet full. */
  hasRest(): boolean;
}

interface Held {
  readonly rows: number;
  readonly bytes: number;
  readonly lentRows: number;
  readonly lentBytes: number;
}

const NOTHING: Held = Object.freeze({ rows: 0, bytes: 0, lentRows: 0, lentBytes: 0 });

/** Counts usage against bounds; starts empty. */
export function makeQueueUsage(bounds: QueueBounds): QueueUsage {
  const shares = new Map<string, Held>();
  const total = { ...NOTHING };
  const spare = {
    rows: Math.ceil(bounds.rows / STANDSTILL_PART),
    bytes: Math.max(ITEM_BYTES_MAX, Math.ceil(bounds.bytes / STANDSTILL_PART)),
  };
  const heldBy = (share: string): Held => shares.get(share) ?? NOTHING;

  const count = (share: string, more: Held): void => {
    const held = heldBy(share);
    const next = sum(held, more);
    shares.set(share, next);
    Object.assign(total, sum(total, more));
  };
  const repay = (share: string, rows: number, bytes: number): void => {
    const { lentRows, lentBytes } = heldBy(share);
    const back = { lentRows: -Math.min(rows, lentRows), lentBytes: -Math.min(bytes, lentBytes) };
    count(share, { rows: 0, bytes: 0, ...back });
  };

  return Object.freeze({
    get rows() {
      return total.rows;
    },
    get bytes() {
      return total.bytes;
    },
    add(share: string, rows: number, bytes: number) {
      count(share, { rows, bytes, lentRows: 0, lentBytes: 0 });
    },
    lend(share: string, rows: number, bytes: number) {
      count(share, { rows, bytes, lentRows: rows, lentBytes: bytes });
    },
    remove(share: string, rows: number, bytes: number) {
      count(share, { rows: -rows, bytes: -bytes, lentRows: 0, lentBytes: 0 });
      const held = heldBy(share);
      // Nobody owes more than it holds.
      repay(
        share,
        Math.max(0, held.lentRows - held.rows),
        Math.max(0, held.lentBytes - held.bytes),
      );
      if (held.rows <= 0) shares.delete(share);
    },
    repay,
    rowsOf: (share: string) => shares.get(share)?.rows ?? 0,
    roomFor(share: string): Room {
      const held = heldBy(share);
      return {
        rows: left(bounds.rows, { used: total.rows, lent: total.lentRows, held: held.rows }),
        bytes: left(bounds.bytes, { used: total.bytes, lent: total.lentBytes, held: held.bytes }),
      };
    },
    roomToLend(): Room {
      // What was lent before a restart counts as used.
      const rest = (name: 'rows' | 'bytes', lent: number): number =>
        Math.max(0, Math.min(spare[name] - lent, bounds[name] + spare[name] - total[name]));
      return { rows: rest('rows', total.lentRows), bytes: rest('bytes', total.lentBytes) };
    },
    hasRest: () =>
      total.rows < bounds.rows + spare.rows && total.bytes < bounds.bytes + spare.bytes,
  });
}

/** What a share that holds `held` may still add. */
function left(
  max: number,
  { used, lent, held }: { readonly used: number; readonly lent: number; readonly held: number },
): number {
  // What is lent stays out of the sum for who holds nothing, and counts for who holds as much.
  const free = max - (used - lent) - Math.min(lent, held);
  // Adding x keeps held + x ≤ free − x: half of what is free beyond what is held.
  return Math.max(0, Math.floor((free - held) / 2));
}

const sum = (one: Held, other: Held): Held => ({
  rows: one.rows + other.rows,
  bytes: one.bytes + other.bytes,
  lentRows: one.lentRows + other.lentRows,
  lentBytes: one.lentBytes + other.lentBytes,
});
