// Failures: how a rejection is written down: name, message and code, no stack, at most 1 KiB.

import { type ErrorCode, type ErrorDetails, formatMessage, isErrorCode } from '../core/errors.ts';
import type { FailureDescription } from '../core/frames.ts';
import type { LocalId } from '../core/ids.ts';
import { ARGS_BYTES_MAX, HOPS_MAX } from '../core/limits.ts';
import type { Capdata } from '../core/power.ts';

const NAME_MAX = 64;
const CODE_MAX = 64;
/** So that the whole has at most 1 KiB, whatever has to be escaped in it is cut first. */
export const FAILURE_BYTES_MAX = 1_024;

/**
 * What a message says where nothing is known but its code, as of what another vat has refused. MUST
 * name no vat: whoever waits may be a guest, or a stranger.
 */
const UNSAID: Readonly<Partial<Record<ErrorCode, ErrorDetails>>> = {
  QRT_LINK_DROPPED: { vat: 'a vat on the way' },
  QRT_TOO_FAR: { max: HOPS_MAX },
  QRT_NO_ROOM: { queue: 'a queue on the way' },
  QRT_DATA_OVERSIZE: { what: 'args', max: ARGS_BYTES_MAX, unit: 'bytes' },
  QRT_MESSAGE_QUARANTINED: { attempts: 'several', cause: 'it ended its worker' },
  QRT_ITEM_MALFORMED: { reason: 'it has no form that is known there' },
};

/** What qrt itself rejects a promise with. */
export function codedFailure(code: ErrorCode, details?: ErrorDetails): FailureDescription {
  return { name: 'Error', message: formatMessage(code, details ?? UNSAID[code] ?? {}), code };
}

/** A peer refused an item with that code, which may be none of ours. */
export function refusalOf(code: string): FailureDescription {
  const known = isErrorCode(code) ? codedFailure(code) : undefined;
  // What needs details is no refusal that a vat like this one gives.
  if (known && !known.message.includes('{')) return known;
  return { name: 'Error', message: 'the peer refused the message', code };
}

/** A failure as the data of a rejected promise. */
export function failureData(failure: FailureDescription): Capdata<LocalId> {
  const name = wellFormed(failure.name.slice(0, NAME_MAX));
  const code = failure.code && wellFormed(failure.code.slice(0, CODE_MAX));
  let message = wellFormed(failure.message.slice(0, FAILURE_BYTES_MAX));
  const write = (): string =>
    JSON.stringify({ name, message, ...(code === undefined ? {} : { code }) });
  while (message.length > 0 && Buffer.byteLength(write()) > FAILURE_BYTES_MAX) {
    message = wellFormed(message.slice(0, Math.floor(message.length * 0.9)));
  }
  return { body: write(), slots: [] };
}

/** Half a pair, as a cut can leave it, could not be carried. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

/** The failure that anybody gave as data: what of it is text, under these names. */
export function readFailure(value: unknown): FailureDescription {
  const { name, message, code } = (
    typeof value === 'object' && value !== null ? value : {}
  ) as Record<string, unknown>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : typeof value === 'string' ? value : '',
    ...(typeof code === 'string' ? { code } : {}),
  };
}

/** One line of it, for the log. */
export function failureText({ body }: Capdata<LocalId>): string {
  const { name, message, code } = JSON.parse(body) as FailureDescription;
  return `${code ?? name}: ${message}`;
}
