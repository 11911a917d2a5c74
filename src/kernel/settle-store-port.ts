// Settle store: what the settling of a link in doubt needs of the store.
//
// Like all of the store: synchronous, and reads see the open transaction.

import type { LocalId, VatId } from '../core/ids.ts';
import type { Thinned } from '../core/thinning.ts';

/** As in the store of links. */
type NameKind = 'export' | 'item';

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

/** Bytes of an item that is held, from a lane that is numbered anew. */
export interface AsideItem {
  readonly number: number;
  readonly item: Uint8Array;
  readonly share: string;
  readonly queuedMs: number;
  readonly choice: Choice | undefined;
}

/** A name of ours that is set aside: what it stood for, and by what right the peer had it. */
export interface AsideName {
  readonly local: LocalId;
  readonly isGiven: boolean;
  readonly swissHash: Uint8Array | undefined;
}

/** A reply to an operator's `send` whose item is named by its number. */
export interface SendRequestRow {
  readonly id: string;
  readonly number: number;
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

/** A moment in lane 1 of a link, at which an item had made a name. */
export interface CheckpointRow {
  readonly link: number;
  /** `sent` of our own lane, `received` of the peer's. */
  readonly half: 'sent' | 'received';
  /** Of the item after the one that made it. */
  readonly number: number;
  /** The tail before that item. */
  readonly tail: Uint8Array;
  /** The number of our next export then; 0 in the lane of the peer. */
  readonly exports: number;
}

export interface CheckpointStore {
  insertCheckpoint(row: CheckpointRow): void;
  /** The highest one whose number is not above `number`. */
  checkpointUpTo(input: Pick<CheckpointRow, 'link' | 'half' | 'number'>): CheckpointRow | undefined;
  /** Deletes those whose numbers are above these. */
  deleteCheckpoints(input: { link: number; sent: number; received: number }): void;
  /** Of each block of `size` numbers, from `from` to below `below`, leaves the highest. */
  trimCheckpoints(input: Pick<CheckpointRow, 'link' | 'half'> & Thinned): void;
}

/**
 * Numbers a link anew. Within one transaction: what is held is set aside, so that its old numbers
 * are free, each thing gets its new number or goes, and nothing is left aside.
 */
export interface RenumberStore {
  /**
   * Sets aside items of both lanes from these numbers on, redeems and ways back from `common` on,
   * exports from `exports` on, and what the peer redeemed from its number `redeemed` on.
   */
  updateAside(input: {
    link: number;
    lanes: readonly [number, number];
    common: number;
    exports: number;
    redeemed: number;
  }): void;
  /** Items aside after `after`, in order. */
  asideItems(input: {
    link: number;
    lane: 1 | 2;
    after: number;
    rowsMax: number;
  }): readonly AsideItem[];
  asideName(input: { link: number; kind: NameKind; number: number }): AsideName | undefined;
  /** The number under which an export of that thing is aside. */
  asideExportOf(link: number, local: LocalId): number | undefined;
  /** An export that is aside gets a new number, under which nothing was sent yet. */
  updateExportNumber(input: { link: number; from: number; to: number }): void;
  /** The thing that our redeem of that number stands for; it is aside. */
  asideImport(link: number, number: number): LocalId | undefined;
  updateImportNumber(input: { link: number; from: number; to: number }): void;
  asideOrigin(link: number, number: number): { link: number; number: number } | undefined;
  /** Things of the peer that it gave us by its numbers from `from` on are dead. */
  killImports(link: number, from: number): void;
  /** Deletes what is still aside; things of the peer stay as dead ones without a name. */
  deleteAside(link: number): void;
  /** Replies to the operator about items of lane 1 for that peer from number `from` on. */
  sendRequests(vat: VatId, from: number): readonly SendRequestRow[];
  /** The item has another number now, or will never be stored, by that code. */
  updateSendRequest(id: string, now: { number: number } | { ended: string }): void;
}
