// Turn row: what a vat remembers of one of its last turns, for whoever watches it.
//
// It never holds what a message said, only what came of it: bodies can be large, and secret.

/** One of the last turns. */
export interface TurnRow {
  /** Counts from 1 in each life of the vat. */
  readonly seq: number;
  /** The turn's number; absent when the message was taken out without one. */
  readonly turn?: number;
  /** Milliseconds since 1970: when the turn was handed to the worker. */
  readonly timeMs: number;
  readonly target: string;
  /** The installation that the target descends from. */
  readonly owner: number;
  /** Whose share the message counted in: `operator`, an installation (`o3`), or a peer. */
  readonly share: string;
  /** The same for all messages that descend from one. */
  readonly trace: string;
  /** The item by which a peer sent the message. */
  readonly origin?: { readonly vat: string; readonly number: number };
  readonly status: 'done' | 'failed' | 'quarantined';
  readonly failure?: TurnFailure;
  /** Messages that the turn sent. */
  readonly sends: number;
  /** Objects that it made. */
  readonly made: number;
}

/** Why a turn came to nothing. */
interface TurnFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

/** Reply to `turns`: the last turns since the vat was read from its disk, oldest first. */
export interface TurnsReply {
  /** When it was read, in milliseconds since 1970; with another value `seq` begins anew. */
  readonly since: number;
  readonly turns: readonly TurnRow[];
}
