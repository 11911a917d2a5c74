// Gossip limits: what vats say of where third vats are, and what of that is listened to.

/** Records of third vats beside the items of one box or receipt; their sender's own comes on top. */
export const GOSSIP_PER_BOX_MAX = 7;
/** Bytes of those, as they stand in it. */
export const GOSSIP_BYTES_MAX = 8_192;
/** How long a peer is told no more after it was told some, in milliseconds. */
export const GOSSIP_PAUSE_MS = 2_000;
/** When a peer that was told all is told all again, in milliseconds: some of it may have been lost. */
export const GOSSIP_AGAIN_MS = 600_000;
/** Signatures under records of third vats that are checked, a second, for one peer. */
export const GOSSIP_CHECKS_PER_SECOND = 4;
/** The same at once. */
export const GOSSIP_CHECKS_BURST = 16;
/** Records that are kept on the word of one peer, of vats that nobody else here wants to know. */
export const GOSSIP_KEPT_MAX = 100;
