// Flood limits: what strangers may cost before they are proven to be anyone.
//
// Opening a box of a vat that was never met takes 2 ms of curve work, of one that was met before
// 10 µs and 6 ms a MiB. All of these are held in memory only, and all that a restart forgets.

/** Boxes of senders without a link that are opened, a second, for all of them together. */
export const STRANGERS_PER_SECOND = 50;
/** The same for one address (IPv6: /64): five addresses are needed to keep other strangers out. */
export const STRANGERS_PER_ADDRESS_SECOND = 10;
/** What an address may do at once after it was silent. */
export const STRANGERS_PER_ADDRESS_BURST = 20;
/** Boxes that name a peer as sender, and bring nothing of it, a second, from one address. */
export const CLAIMS_PER_SECOND = 20;
/** The same at once: many peers behind one address may greet when a node starts. */
export const CLAIMS_BURST = 100;
/** Boxes of a proven peer that bring nothing new, a second, from one address: empty ones, repeats. */
export const REPEATS_PER_SECOND = 10;
/** The same at once. */
export const REPEATS_BURST = 50;
/** Addresses of which anything is remembered; 100 bytes each, and those seen last stay. */
export const ADDRESSES_MAX = 10_000;
/** Addresses at which one peer is known; those used last stay. */
export const PROVEN_ADDRESSES_MAX = 4;
/** Links that strangers may begin by one QRID, an hour: each is a row for ever. */
export const LINKS_PER_HOUR = 100;
/** QRIDs for which those are counted; those used last stay. */
export const LINK_QRIDS_MAX = 10_000;
/** What who is refused for any of these is told to wait, in seconds. */
export const RETRY_AFTER_S = 1;
/** What a sender that is told so waits at least, in milliseconds. */
export const RETRY_REFUSED_MS = 1_000;
/** Proxies, or ranges of them, that an operator trusts: each request is compared with all. */
export const TRUSTED_PROXIES_MAX = 64;
