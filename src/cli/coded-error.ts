// Coded error: what went wrong as one of the codes, also when it is a fault of qrt itself.

import { isQrtError, QrtError } from '../core/errors.ts';
import { isDiskFull } from '../core/full-disk.ts';
import { onOneLine } from '../core/shown-text.ts';

/** What the operating system said about a file, or SQLite about its database. */
interface SystemError extends Error {
  readonly code?: string;
  readonly path?: string;
}

const UNUSABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EISDIR'];

/** An error that no one foresaw keeps its stack, so that it can be reported. */
export function codedError(error: unknown): QrtError {
  if (isQrtError(error)) return error;
  if (!(error instanceof Error)) {
    return new QrtError('QRT_INVARIANT_BROKEN', { reason: String(error) }, error);
  }
  const { code = '', path = 'qrt', message } = error as SystemError;
  const dir = onOneLine(path);
  if (isDiskFull(error)) return new QrtError('QRT_DISK_FULL', { dir }, error);
  if (UNUSABLE.includes(code)) {
    return new QrtError('QRT_DIR_UNUSABLE', { dir, reason: onOneLine(message) }, error);
  }
  return new QrtError('QRT_INVARIANT_BROKEN', { reason: error.stack ?? message }, error);
}
