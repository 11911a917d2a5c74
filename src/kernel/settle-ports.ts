// Settling: what the operator asks about links in doubt, decides of them, and what the vat replies.

import type { Choice } from './settle-store-port.ts';

/** A request about doubt. */
export type SettleRequest =
  /** Links that are in doubt or not yet checked; with `peer` one of them, item by item. */
  | {
      readonly type: 'doubt';
      readonly peer?: string;
      /** Items of lane 1 after this number; from the first when absent. */
      readonly after?: number;
      /** Items in one reply. */
      readonly limit?: number;
    }
  /**
   * What is to become of items in doubt. Choices count for what is held then, later ones replace
   * earlier ones, and `rest` is for all that have none.
   */
  | {
      readonly type: 'settle';
      readonly id: string;
      readonly peer: string;
      readonly choices: readonly { from: number; to: number; choice: Choice }[];
      readonly rest?: Choice;
      /** The peer has lost the link: give up its names, and begin anew above all numbers. */
      readonly reset?: boolean;
    };

/** Numbers of lane 1, both included. */
export interface NumberSpan {
  readonly from: number;
  readonly to: number;
}

/** One link that is in doubt or unchecked. */
export interface DoubtedLink {
  readonly vat: string;
  readonly petname?: string;
  readonly state: 'unchecked' | 'doubt';
  readonly reason: string;
  /** Whether this side needs nothing more of its operator. */
  readonly isDecided: boolean;
  /**
   * What is known of the peer: `silent`: nothing yet; `doubt`: it waits for its operator, `ready`:
   * it does not; `settled`: it has begun anew; `unknown`: it knows of no link with us.
   */
  readonly peer: 'silent' | 'doubt' | 'ready' | 'settled' | 'unknown';
  /** Items of ours that the peer took, and of which this vat knows nothing any more. */
  readonly lostOfOurs?: NumberSpan;
  /** Items of ours that the peer had taken, and of which it knows nothing any more. */
  readonly lostByPeer?: NumberSpan;
  /** Items of the peer's that this vat took, and that the peer does not know for certain. */
  readonly lostOfTheirs?: NumberSpan;
  /** Items of the peer's that this vat had taken, and of which it knows nothing any more. */
  readonly lostByUs?: NumberSpan;
  /** Items of ours that are in doubt, and how many of them have no choice. */
  readonly held: number;
  readonly undecided: number;
}

/** One item of lane 1 in doubt. */
export interface DoubtedItem {
  readonly number: number;
  readonly kind: 'message' | 'redeem' | 'other';
  /** What a message is for, as this vat names it. */
  readonly target?: string;
  readonly bytes: number;
  /** When it was queued, in milliseconds since 1970. */
  readonly queuedMs: number;
  readonly trace: string;
  readonly choice?: Choice;
  /** Whether the peer may have taken it: `no` if it says that it never got so far. */
  readonly peerHas: 'no' | 'unknown';
}

/** Reply to `doubt`. */
export interface DoubtReply {
  readonly links: readonly DoubtedLink[];
  /** Of the one link that was asked for, in order. */
  readonly items?: readonly DoubtedItem[];
  /** Whether there are items after these. */
  readonly hasMore?: boolean;
}

/** Reply to `settle`. */
export interface SettleReply {
  readonly vat: string;
  readonly petname?: string;
  /** Items for which this request made a choice, and items that have none now. */
  readonly decided: number;
  readonly left: number;
  /** Of the link, after it. */
  readonly state: 'ok' | 'unchecked' | 'doubt';
}
