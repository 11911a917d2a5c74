// Random: numbers from a seed, so that a failing run can be run again.

/** Numbers in [0, 1) from a seed (mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of the entries. */
export function pick<T>(random: () => number, entries: readonly T[]): T {
  return entries[Math.floor(random() * entries.length)]!;
}
