// Embed limits: the bounds of a vat that lives in a program of its user.

/** Calls of a program that wait for their vat at once: what they hold is memory of the program. */
export const EMBED_CALLS_MAX = 10_000;
