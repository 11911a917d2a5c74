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
const TIME_OVER = 124;
/** The answer to a message is a rejection. */
export const REJECTED = BY_KIND.guest;

/** The exit code of an error. */
export function exitCodeOf(error: QrtError): number {
  if (error.code === 'QRT_NODE_STOPPED') return NODE_STOPPED;
  if (error.code === 'QRT_WAIT_EXPIRED' || error.code === 'QRT_ANSWER_LATE') return TIME_OVER;
  return BY_KIND[error.kind];
}
