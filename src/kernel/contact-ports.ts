// Contact ports: what an operator is told of what others say about where vats are.

/** Of contact records: vats that are known, and what came to nothing since this start. */
export interface BookCounts {
  readonly known: number;
  /** Of no form, not signed by their vat, dated ahead, or beyond what there is room for. */
  readonly refused: number;
  /** Older than what is known, or of a vat for which their sender does not speak. */
  readonly ignored: number;
}
