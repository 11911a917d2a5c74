// Fair limits: bounds by which the owners of one vat share its worker. None can be configured.

/** A turn of so many ms is slow, so its owner may have fewer in flight: 64 of them are a deadline. */
export const TURN_SLOW_MS = 15;
/** An owner with so many turns in flight is known to be quick. */
export const TURNS_PROVEN = 8;
/** A turn this slow with more of its owner behind it, and others waiting: a new worker is cheaper. */
export const TURN_RECALL_MS = 200;
/** How long turns in flight may take when a vat stops, in ms: the others run after the next start. */
export const TURNS_STOP_MS_MAX = 5_000;
/** Turns in a row that an owner's messages run alone after one of them ended a worker. */
export const WATCHED_TURNS = 64;
/** Owners that are remembered for that; the longest watched go first. */
export const WATCHED_OWNERS_MAX = 1_000;
