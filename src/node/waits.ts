// Waits: who waits for whom in a node's vat, as committed last.

import { QrtError } from '../core/errors.ts';
import type { PendingPromise, Waits } from '../core/waits.ts';
import { openWaits, type WaitsFilter, type WaitsReader } from '../store/waits-reader.ts';
import { assertModes, openBaseDir } from './base-dir.ts';

/** Pending promises, and the cycles in which they wait. */
export function listWaits(dir: string, filter: WaitsFilter): Waits {
  return withReader(dir, (reader) => reader.list(filter));
}

/** One of them, with all who hold it. Throws QRT_PROMISE_UNKNOWN. */
export function showWait(dir: string, id: string): PendingPromise {
  const found = withReader(dir, (reader) => reader.show(id));
  if (!found) throw new QrtError('QRT_PROMISE_UNKNOWN', { id });
  return found;
}

function withReader<T>(dir: string, read: (reader: WaitsReader) => T): T {
  process.umask(0o077);
  const base = openBaseDir(dir);
  assertModes(base);
  const reader = openWaits(base.database);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}
