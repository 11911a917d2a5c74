// Wait limits: the bounds of `qrt promises`, which shows who waits for whom.

/** Pending promises of one vat that are looked at, the oldest: numbers of each are in memory. */
export const WAITS_SURVEYED_MAX = 1_000_000;
/** Pending promises that are told of at a time. */
export const WAITS_SHOWN_MAX = 10_000;
/** Cycles of waiting that are told of. */
export const CYCLES_SHOWN_MAX = 20;
