// Environment: what the process of a node wants to find there.

/** One heap of the C library for all threads: what was freed by one is used again by another. */
export const MEMORY_ENV: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1' };
