// Keeping: what the operator asks about QRIDs, objects and peers, and what the vat replies.
//
// Requests with an `id` change the vat and take effect once per id, replies included.

import type { LinkState } from './store-port.ts';

/** A request of housekeeping. */
export type KeepingRequest =
  /** Another QRID of a live object. */
  | {
      readonly type: 'qrid-new';
      readonly id: string;
      readonly object: string;
      readonly label?: string;
    }
  /** The QRIDs of one object, or of all. */
  | { readonly type: 'qrid-list'; readonly object?: string }
  /** Withdraws a QRID, named by the first digits of its hash; with what it gave to peers, or not. */
  | {
      readonly type: 'qrid-revoke';
      readonly id: string;
      readonly hash: string;
      readonly withLinks: boolean;
    }
  /** Makes an object a tombstone. */
  | { readonly type: 'delete'; readonly id: string; readonly object: string }
  | { readonly type: 'peer-list' }
  /** Gives a peer a petname: it is named by petname, vat id, or at least 6 first characters of it. */
  | {
      readonly type: 'peer-name';
      readonly id: string;
      readonly peer: string;
      readonly name: string;
    }
  /** Ends what this vat has to do with a peer. */
  | { readonly type: 'peer-drop'; readonly id: string; readonly peer: string }
  /** Sends a quarantined message anew in the operator's name; the copy goes. */
  | { readonly type: 'quarantine-again'; readonly id: string; readonly number: number }
  /** Forgets a quarantined message. */
  | { readonly type: 'quarantine-discard'; readonly id: string; readonly number: number };

/** Reply to `qrid-new`. */
export interface NewQridReply {
  readonly object: string;
  readonly qrid: string;
  /** The first digits of its hash, as in the list. */
  readonly hash: string;
}

/** One QRID in the reply to `qrid-list`. Times are milliseconds since 1970. */
export interface ListedQrid {
  readonly hash: string;
  readonly object: string;
  readonly label: string;
  readonly madeMs: number;
  readonly lastUsedMs?: number;
  /** Peers that redeemed it. */
  readonly peers: number;
  /** `deleted`: its object was. */
  readonly state: 'live' | 'revoked' | 'deleted';
  readonly revokedMs?: number;
}

/** Reply to `qrid-list`, oldest first. */
export interface QridListReply {
  readonly qrids: readonly ListedQrid[];
  /** Whether there are more than are shown. */
  readonly hasMore: boolean;
}

/** Reply to `qrid-revoke`. */
export interface RevokeReply {
  readonly hash: string;
  readonly object: string;
  /** Whether it had been revoked before. */
  readonly wasRevoked: boolean;
  /** What `withLinks` did; absent without. */
  readonly links?: {
    /** Names of peers that stand for nobody now. */
    readonly withdrawn: number;
    /** Names that stay, because objects handed the thing on under them. */
    readonly kept: number;
    /** Vats whose links were dropped. */
    readonly dropped: readonly string[];
  };
}

/** Reply to `delete`. */
export interface DeleteReply {
  readonly object: string;
  /** Whether it had been deleted before: then nothing was done. */
  readonly wasDeleted: boolean;
  /** What became of its memory; `shared`: another live object holds it, so it stays. */
  readonly memory: 'emptied' | 'shared' | 'none';
  /** QRIDs that name nothing now. */
  readonly qrids: number;
}

interface Amount {
  readonly rows: number;
  readonly bytes: number;
}

/** One peer in the reply to `peer-list`. */
export interface ListedPeer {
  readonly vat: string;
  readonly petname?: string;
  readonly state: LinkState;
  /** Why it is in doubt, or unchecked. */
  readonly reason?: string;
  /** Items that wait for the peer. */
  readonly waiting: Amount;
  /** Age of the oldest of them, in milliseconds. */
  readonly oldestMs?: number;
  /** What counts against the peer: its messages in the inbox; answers to it, and what it forwards. */
  readonly holds: { readonly inbox: Amount; readonly outbox: Amount };
  /** Names of things of ours that it has, and of things of its that we have. */
  readonly exports: number;
  readonly imports: number;
  readonly lastError?: string;
}

/** Reply to `peer-list`, oldest link first. */
export interface PeerListReply {
  readonly peers: readonly ListedPeer[];
}

/** Reply to `peer-name`. */
export interface NameReply {
  readonly vat: string;
  readonly petname: string;
  /** What it was called before. */
  readonly before?: string;
}

/** Reply to `peer-drop`. */
export interface DropReply {
  readonly vat: string;
  readonly petname?: string;
  /** Whether it had been dropped before: then nothing was done. */
  readonly wasDropped: boolean;
  /** Items that waited for it and were deleted. */
  readonly rows: number;
  readonly bytes: number;
  /** Those of them that came from other peers, who are told. */
  readonly refused: number;
}

/** Reply to `quarantine-again`. */
export interface AgainReply {
  /** What the copy was called; it is gone. */
  readonly number: number;
  readonly object: string;
  /** The new message's. */
  readonly trace: string;
}

/** Reply to `quarantine-discard`. */
export interface DiscardReply {
  readonly number: number;
  readonly object: string;
}
