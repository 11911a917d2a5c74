// Failure text: why a peer was not reached, in a few words for people.
//
// It is made of error codes only, never of what a peer said: it ends up on the operator's screen. An
// IP address may stand in it, as digits.

import { isQrtError } from '../core/errors.ts';

/** A short text for an error of node:http, of TLS or of the operating system. */
export function describeFailure(error: unknown): string {
  if (isQrtError(error, 'QRT_ADDRESS_REFUSED')) return [error.code, error.message].join(': ');
  const code = codeOf(error);
  if (code === undefined) return 'failed';
  const parserText = code.startsWith('HPE_') ? 'no valid HTTP in reply' : undefined;
  return TEXTS[code] ?? parserText ?? `failed (${code})`;
}

/** Of several addresses tried in turn, the first failure speaks for all. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  const [first] = error instanceof AggregateError ? error.errors : [];
  const found = codeOf(first) ?? code ?? codeOf(error.cause);
  return typeof found === 'string' && /^[A-Z0-9_]{1,60}$/.test(found) ? found : undefined;
}

const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed',
  EPIPE: 'connection closed',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host for now',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'timed out',
  HPE_HEADER_OVERFLOW: 'reply too large',
  EPROTO: 'no TLS there',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
};
