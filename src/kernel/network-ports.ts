// Network ports: what the kernel exchanges with whoever takes boxes in for it.

/** The body of a POST. `reply` with this ticket answers it. */
export interface BoxInput {
  readonly type: 'box';
  readonly ticket: number;
  readonly bytes: Uint8Array;
  /** Who shares the sender's allowance; without it nothing is limited by address. */
  readonly address?: string;
}

/** Answers a `box` or `contact` input. `status` is an HTTP status; 200 carries bytes. */
export interface Reply {
  readonly type: 'reply';
  readonly ticket: number;
  readonly status: number;
  readonly bytes: Uint8Array;
  /** The box was a peer's, and brought something new: that peer is at its address. */
  readonly isProof?: boolean;
}
