// Quarantine: messages of a node that were taken out, to be looked at, sent anew, or forgotten.

import { QrtError } from '../core/errors.ts';
import type { AgainReply, DiscardReply } from '../kernel/keeping-ports.ts';
import {
  openQuarantine,
  type QuarantinedMessage,
  type QuarantineHead,
  type QuarantineReader,
} from '../store/quarantine-reader.ts';
import { type Asked, askNode } from './ask.ts';
import { assertModes, openBaseDir } from './base-dir.ts';
import { makeRequestId, parseRequestId } from './request-id.ts';

/** One message in the list. */
export type Listed = QuarantineHead;

/** One message in full. */
export type Quarantined = QuarantinedMessage;

/** The messages in quarantine as committed last, the oldest first. */
export function listQuarantine(dir: string): readonly Listed[] {
  return withReader(dir, (reader) => reader.list());
}

/** One of them. Throws QRT_QUARANTINE_UNKNOWN. */
export function showQuarantined(dir: string, number: number): Quarantined {
  const found = withReader(dir, (reader) => reader.show(number));
  if (!found) throw new QrtError('QRT_QUARANTINE_UNKNOWN', { id: number });
  return found;
}

function withReader<T>(dir: string, read: (reader: QuarantineReader) => T): T {
  process.umask(0o077);
  const base = openBaseDir(dir);
  assertModes(base);
  const reader = openQuarantine(base.database);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}

export interface QuarantineInput {
  readonly dir: string;
  readonly number: number;
  /** A request id of the operator's choice. */
  readonly id: string | undefined;
}

/**
 * Sends one of them anew in the operator's name, once per request id. Throws
 * QRT_QUARANTINE_UNKNOWN, QRT_OBJECT_DELETED, QRT_VAT_BUSY.
 */
export function sendAgain({ dir, number, id }: QuarantineInput): Promise<Asked<AgainReply>> {
  const request = { type: 'quarantine-again', id: requestId(id), number } as const;
  return askNode<AgainReply>(openBaseDir(dir), request);
}

/** Forgets one of them. Throws QRT_QUARANTINE_UNKNOWN. */
export async function discard({ dir, number, id }: QuarantineInput): Promise<DiscardReply> {
  const request = { type: 'quarantine-discard', id: requestId(id), number } as const;
  return (await askNode<DiscardReply>(openBaseDir(dir), request)).value;
}

const requestId = (id: string | undefined): string =>
  id === undefined ? makeRequestId() : parseRequestId(id);
