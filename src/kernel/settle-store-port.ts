// Settle store: what the settling of a link in doubt needs of the store.
//
// Like all of the store: synchronous, and reads see the open transaction.

/** What becomes of an item that may or may not have had its effect. */
export type Choice = 'resend' | 'discard';

/**
 * What a link in doubt has come to. `doubt`: not decided. `ready`: `final` is this vat's last word
 * under `mark`. `done`: both words are known and the lanes begun anew. `reset`: the peer had lost
 * the link, and its lanes are to begin above what it had ever sent.
 */
export interface SettlingRow {
  readonly link: number;
  stage: 'doubt' | 'ready' | 'done' | 'reset';
  /** 16 random bytes, drawn anew for each doubt. */
  mark: Uint8Array;
  /** The one mark of the peer that `mark` stands together with; undefined until it is known. */
  peerMark: Uint8Array | undefined;
  /** This vat's final statement as text. */
  final: string | undefined;
  /** The peer's last statement as text. */
  peer: string | undefined;
  /** Items of lane 1 from here on were queued after the doubt began: they never left. */
  fresh: number;
  /** Whether the operator has said what becomes of everything. */
  isDecided: boolean;
  /** What the operator wants of items without a choice of their own. */
  rest: Choice | undefined;
}

/** An item of lane 1 that awaits its receipt. */
export interface HeldItem {
  readonly number: number;
  /** The item without the body of a message. */
  readonly head: Uint8Array;
  readonly bytes: number;
  readonly queuedMs: number;
  readonly choice: Choice | undefined;
}

/** Items of lane 1 of a link from `from` to below `below`. */
export interface HeldRange {
  readonly link: number;
  readonly from: number;
  readonly below: number;
}

export interface SettleStore {
  settlings(): readonly SettlingRow[];
  putSettling(row: SettlingRow): void;
  /** Forgets a settling and its choices. */
  deleteSettling(link: number): void;
  /** At most `rowsMax`, in order. */
  heldItems(input: HeldRange & { readonly rowsMax: number }): readonly HeldItem[];
  countHeld(range: HeldRange): { readonly held: number; readonly undecided: number };
  /** Notes a choice for each item in the range; returns for how many. */
  putChoices(range: HeldRange, choice: Choice): number;
  deleteChoices(link: number): void;
}
