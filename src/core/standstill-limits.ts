// Standstill limits: bounds by which vats that forward for each other find out of a standstill.

/**
 * Vats in a row, each without room to forward and waiting for the next, after which one takes it for
 * a ring. A longer row that does go on loses nothing by the mistake.
 */
export const STANDSTILL_WAITS = 8;
/** The greatest distance that is told; from here on a vat without any room left refuses. */
export const WAITS_MAX = 32;
/** How long what a peer says of its room counts, in milliseconds: it may be tried at 8 URLs in turn. */
export const STANDING_MS_MAX = 300_000;
/** How long a vat that stood still takes messages beyond their share, in milliseconds. */
export const STANDSTILL_RELIEF_MS = 600_000;
/** What it may take so: one part in so many of the outbox, in addition to the whole of it. */
export const STANDSTILL_PART = 8;
