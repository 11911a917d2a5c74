// Watch list: owners of whom a message lately ended a worker. Their messages run alone.
//
// It is held in memory only: whoever is on it costs others nothing but one more batch after a start.

import { WATCHED_OWNERS_MAX, WATCHED_TURNS } from '../core/fair-limits.ts';

export interface WatchList {
  has(owner: number): boolean;
  /** A message of that owner ended a worker, or is the first to be suspected of it. */
  add(owner: number): void;
  /** A turn of that owner came to its end. After enough of them in a row it is off the list. */
  behaved(owner: number): void;
}

/** Nobody is watched. */
export function makeWatchList(): WatchList {
  /** Turns that each has yet to end well; the longest watched first. */
  const left = new Map<number, number>();

  return Object.freeze({
    has: (owner: number) => left.has(owner),
    add(owner: number) {
      left.delete(owner);
      left.set(owner, WATCHED_TURNS);
      for (const oldest of left.keys()) {
        if (left.size <= WATCHED_OWNERS_MAX) return;
        left.delete(oldest);
      }
    },
    behaved(owner: number) {
      const turns = left.get(owner);
      if (turns === undefined) return;
      if (turns > 1) left.set(owner, turns - 1);
      else left.delete(owner);
    },
  });
}
