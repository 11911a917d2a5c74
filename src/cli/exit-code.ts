// Exit codes: the kind of an error as a shell sees it.

import type { ErrorKind, QrtError } from '../core/errors.ts';

const BY_KIND: Readonly<Record<ErrorKind, number>> = {
  peer: 1,
  usage: 2,
  guest: 3,
  corrupt: 70,
  transient: 75,
};

const NODE_STOPPED = 69;
const WAIT_EXPIRED = 124;

/** The exit code of an error. */
export function exitCodeOf(error: QrtError): number {
  if (error.code === 'QRT_NODE_STOPPED') return NODE_STOPPED;
  if (error.code === 'QRT_WAIT_EXPIRED') return WAIT_EXPIRED;
  return BY_KIND[error.kind];
}
