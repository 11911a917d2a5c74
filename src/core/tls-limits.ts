// TLS limits: of the files of a node that speaks TLS by itself, and of what strangers may cost it.

/** Of a file with a certificate and those above it, or with a key. */
export const TLS_FILE_BYTES_MAX = 262_144;
/** Between two looks at whether the certificate of a node was renewed, in milliseconds. */
export const TLS_CHECK_MS = 60_000;
/** A certificate that ends within that is warned of: 14 days in milliseconds. */
export const TLS_ENDS_SOON_MS = 1_209_600_000;
/** TLS handshakes of addresses at which no peer is known, a second, for all of them together. */
export const HANDSHAKES_PER_SECOND = 100;
/** The same for one address, known or not. */
export const HANDSHAKES_PER_ADDRESS_SECOND = 10;
/** What an address may do at once after it was silent. */
export const HANDSHAKES_PER_ADDRESS_BURST = 50;
