// Routes: the two addresses of a vat's HTTP face, and what is refused before a body is read.
//
// Both sides of a conversation take the paths from here. Nothing here opens or parses a body.

import type { IncomingMessage } from 'node:http';
import type { VatId } from '../core/ids.ts';
import { BOX_BYTES_MAX } from '../core/limits.ts';
import { ENVELOPE_BYTES, SEAL_BYTES } from '../core/wire.ts';

/** Bytes of an HTTP body that carries a box. */
export const BODY_BYTES_MAX = ENVELOPE_BYTES + SEAL_BYTES + BOX_BYTES_MAX;

/** Everything below it is for vats, the rest for people. */
export const VAT_PREFIX = '/qrt/';

/** Where boxes for a vat are posted to. */
export const formatBoxPath = (vat: VatId): string => `/qrt/1/vat/${vat}/box`;

/** Where a vat's contact record is found. */
export const formatContactPath = (vat: VatId): string => `/qrt/1/vat/${vat}/contact`;

/** What is known of a box from its headers. */
export type BoxHead =
  | { readonly ok: true; readonly length: number }
  | { readonly ok: false; readonly status: 400 | 405 | 411 | 413 | 415 };

/** Judges the headers of a POST. The length MUST be stated: what comes is never guessed. */
export function parseBoxHead({ method, headers, rawHeaders }: IncomingMessage): BoxHead {
  if (method !== 'POST') return { ok: false, status: 405 };
  // A proxy in front may have read the other one.
  if (ONCE.some((name) => countOf(rawHeaders, name) > 1)) return { ok: false, status: 400 };
  if (headers['transfer-encoding'] !== undefined) return { ok: false, status: 411 };
  const isPlain = headers['content-encoding'] === undefined;
  if (!isPlain || headers['content-type'] !== 'application/octet-stream') {
    return { ok: false, status: 415 };
  }
  const text = headers['content-length'] ?? '';
  if (!/^(?:0|[1-9]\d{0,14})$/.test(text)) return { ok: false, status: 411 };
  const length = Number(text);
  return length > BODY_BYTES_MAX ? { ok: false, status: 413 } : { ok: true, length };
}

/** Headers of which node:http keeps only one when they come twice. */
const ONCE = ['content-type', 'host'] as const;

/** Names and values stand in turn. */
const countOf = (raw: readonly string[], wanted: string): number =>
  raw.filter((name, index) => index % 2 === 0 && name.toLowerCase() === wanted).length;
