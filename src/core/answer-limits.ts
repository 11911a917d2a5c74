// Answer limits: bounds of promises between vats; see the wire page for what they bound.

/** Names in one item that gives promises up, or asks for them again. */
export const NAMES_PER_ITEM_MAX = 1_000;
/** Answers of this vat that one peer may have and not have given up; one more is refused. */
export const PEER_ANSWERS_MAX = 200_000;
/** Bytes of what these became. */
export const PEER_ANSWER_BYTES_MAX = 256 * 1024 * 1024;
/**
 * The longest that an answer which the peer has sent on to waits for what comes of that, in
 * milliseconds, if a round trip to the peer takes longer still: it may be wanted for itself as well.
 */
export const ANSWERS_GATHERED_MS_MAX = 1_000;
/** Promises that a peer named in lane 2 and not yet in lane 1; one more is not known. */
export const EARLY_NAMES_MAX = 100_000;
/**
 * How long what a peer sends to a promise waits at its end for room that only promises can make, in
 * milliseconds, before it is refused: others may settle one meanwhile.
 */
export const PROMISES_FULL_MS_MAX = 60_000;
