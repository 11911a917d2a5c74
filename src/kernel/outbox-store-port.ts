// Outbox store: items that await their receipt, as rows, and what shares hold of a queue.
//
// Like all of the store: synchronous, and reads see the open transaction.

/** Rows and bytes that one share holds in a queue. */
export interface Usage {
  readonly share: string;
  readonly rows: number;
  readonly bytes: number;
}

/** An item that awaits its receipt. */
export interface OutboxRow {
  readonly link: number;
  readonly lane: 1 | 2;
  readonly number: number;
  readonly item: Uint8Array;
  /** The tail after this item. */
  readonly tail: Uint8Array;
  readonly share: string;
  readonly queuedMs: number;
}

export interface OutboxStore {
  insertOutbox(row: OutboxRow): void;
  /** Rows from `from` to below `below`, oldest first, at most `rowsMax` and `bytesMax`. */
  outboxRows(input: {
    link: number;
    lane: 1 | 2;
    from: number;
    below: number;
    rowsMax: number;
    bytesMax: number;
  }): readonly OutboxRow[];
  outboxTailAfter(input: { link: number; lane: 1 | 2; number: number }): Uint8Array | undefined;
  /** Deletes rows below `below`; returns what that freed, by share. */
  deleteOutbox(input: { link: number; lane: 1 | 2; below: number }): readonly Usage[];
  outboxUsage(): readonly Usage[];
  outboxOfLink(link: number): { rows: number; bytes: number; oldestMs: number | undefined };
}
