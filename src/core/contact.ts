// Contact record: what a vat says of itself and signs: where it listens and what it understands.
//
// A record conveys reachability, never authority: a forged or stale one can at worst delay.

import { QrtError } from './errors.ts';
import { isVatUrl, parseVatId, type VatId } from './ids.ts';
import { CONTACT_BYTES_MAX, CONTACT_URLS_MAX } from './limits.ts';

const SIGNATURE_BYTES = 64;
const SIGNED_PREFIX = 'qrt contact 1\n';

/** Item kinds that this version understands. */
export const ITEM_KINDS: readonly string[] = [
  'message',
  'redeem',
  'resolve',
  'give',
  'want',
  'drop',
];

/** The signed content. */
export interface Contact {
  readonly vat: VatId;
  readonly urls: readonly string[];
  /** Milliseconds since 1970 at least; the highest serial of a vat wins. */
  readonly serial: number;
  readonly kinds: readonly string[];
}

/** A record that was read but whose signature nobody has checked yet. */
export interface UnverifiedContact {
  readonly contact: Contact;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** The text of a record: `{"record": JSON text, "signature": base64url}`. */
export function formatContact(contact: Contact, sign: (bytes: Uint8Array) => Uint8Array): string {
  const { vat, urls, serial, kinds } = contact;
  const record = JSON.stringify({ vat, urls, serial, kinds });
  const signature = Buffer.from(sign(signedBytes(record))).toString('base64url');
  return JSON.stringify({ record, signature });
}

/** Reads a record. Throws QRT_CONTACT_INVALID. */
export function parseContact(text: string): UnverifiedContact {
  if (Buffer.byteLength(text) > CONTACT_BYTES_MAX) throw invalid('too long');
  const outer = parseRecord(text);
  const { record, signature: signatureText } = outer;
  if (typeof record !== 'string' || typeof signatureText !== 'string') throw invalid('its form');
  const signature = Buffer.from(signatureText, 'base64url');
  if (signature.length !== SIGNATURE_BYTES) throw invalid('its signature');
  const inner = parseRecord(record);
  const vat = parseVatId(inner['vat']);
  const { urls, serial, kinds } = inner;
  if (!vat || !isTexts(urls) || !isTexts(kinds)) throw invalid('its form');
  if (urls.length > CONTACT_URLS_MAX || !urls.every(isVatUrl)) throw invalid('its URLs');
  if (kinds.length > 64 || !Number.isSafeInteger(serial) || (serial as number) < 0) {
    throw invalid('its form');
  }
  const contact = { vat, urls, serial: serial as number, kinds };
  return { contact, signed: signedBytes(record), signature };
}

const signedBytes = (record: string): Uint8Array => Buffer.from(SIGNED_PREFIX + record);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

const invalid = (reason: string): QrtError => new QrtError('QRT_CONTACT_INVALID', { reason });

function parseRecord(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new QrtError('QRT_CONTACT_INVALID', { reason: 'not JSON' }, error);
  }
  if (typeof value !== 'object' || value === null) throw invalid('its form');
  return value as Record<string, unknown>;
}
