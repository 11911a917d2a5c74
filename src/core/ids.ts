// Ids: the names of vats, objects and references, each spelled in this one place.
//
// A VatId is an Ed25519 public key; a swissnum is 256 random bits whose possession is the
// authority to send to an object; a LocalId names a thing inside one vat and means nothing outside.

import { QrtError } from './errors.ts';
import { URL_BYTES_MAX } from './limits.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A vat: its Ed25519 public key, 32 bytes in base64url without padding (43 characters). */
export type VatId = Branded<'VatId'>;
/** An unguessable object name: 32 random bytes in base64url (43 characters). Secret in logs. */
export type Swissnum = Branded<'Swissnum'>;
/** SHA-256 of a code text, 64 hexadecimal digits. */
export type CodeHash = Branded<'CodeHash'>;
/**
 * A thing of this vat: `o7.0` object, `m7.1` memory slot, `p7.2` promise, `s7.2` that promise's
 * resolver, `i5` import (a peer's thing).
 */
export type LocalId = Branded<'LocalId'>;

/** A reference written as text for people: `qrt:VATID.SWISSNUM@URL`, the hint optional. */
export interface Qrid {
  readonly vat: VatId;
  readonly swissnum: Swissnum;
  /** Where the vat was reachable when the QRID was printed. */
  readonly hint?: string;
}

/** The object that never existed: what a wrong QRID names. A row of every store, as deleted. */
export const NOBODY = 'o0.0' as LocalId;

const KEY_BYTES = 32;
/** A name, an IPv4 address, or an IPv6 address in brackets; perhaps a port, perhaps a path. */
const VAT_URL =
  /^https?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?(?:\/[A-Za-z0-9.:/_@-]*)?$/;
const QRID_TEXT = /^qrt:([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})(?:@([A-Za-z0-9.:/_@[\]-]+))?$/;
// What one turn makes is counted together: 10,000 messages, continuations and promises, and 1,000
// objects with their memories, where the operator allows the most.
const OBJECT_ID = /^o(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,4})$/;
const MEMORY_ID = /^m(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,4})$/;
const PROMISE_ID = /^p([1-9]\d{0,15})\.(0|[1-9]\d{0,4})$/;
const RESOLVER_ID = /^s([1-9]\d{0,15})\.(0|[1-9]\d{0,4})$/;
const IMPORT_ID = /^i([1-9]\d{0,15})$/;

/** Bytes as base64url without padding. */
export function formatBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/** The 32 bytes of a canonical base64url text, or undefined: two spellings never name one thing. */
export function parseKeyBytes(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64url') !== text) return undefined;
  return new Uint8Array(bytes);
}

/** The VatId of a public key. */
export function makeVatId(publicKey: Uint8Array): VatId {
  return formatBytes(publicKey) as VatId;
}

/** A VatId from text, or undefined when it is not one. */
export function parseVatId(text: unknown): VatId | undefined {
  return typeof text === 'string' && parseKeyBytes(text) ? (text as VatId) : undefined;
}

/** The swissnum made of 32 bytes of entropy. */
export function makeSwissnum(entropy: Uint8Array): Swissnum {
  return formatBytes(entropy) as Swissnum;
}

/** A Swissnum from text, or undefined when it is not one. */
export function parseSwissnum(text: unknown): Swissnum | undefined {
  return typeof text === 'string' && parseKeyBytes(text) ? (text as Swissnum) : undefined;
}

/** A QRID as text. */
export function formatQrid(qrid: Qrid): string {
  const hint = qrid.hint === undefined ? '' : `@${qrid.hint}`;
  return `qrt:${qrid.vat}.${qrid.swissnum}${hint}`;
}

/**
 * Reads a QRID. Throws QRT_QRID_MALFORMED, which names `what` was read; the text itself is a secret
 * and not repeated.
 */
export function parseQrid(text: string, what = 'That'): Qrid {
  const match = text.length > 100 + URL_BYTES_MAX ? null : QRID_TEXT.exec(text);
  const vat = parseVatId(match?.[1]);
  const swissnum = parseSwissnum(match?.[2]);
  const hint = match?.[3];
  if (!vat || !swissnum) throw new QrtError('QRT_QRID_MALFORMED', { what });
  if (hint === undefined) return { vat, swissnum };
  if (!isVatUrl(hint)) throw new QrtError('QRT_QRID_MALFORMED', { what });
  return { vat, swissnum, hint };
}

/**
 * Whether a text can stand as a vat's URL: http(s), no user, query or fragment, bounded. What people
 * read as its host is what is connected to: there is one place for it, and no way to hide it.
 */
export function isVatUrl(text: string): boolean {
  if (text.length > URL_BYTES_MAX || !VAT_URL.test(text) || !URL.canParse(text)) return false;
  return new URL(text).port !== '0';
}

/** A code hash from text, or undefined when it is not one. */
export function parseCodeHash(text: unknown): CodeHash | undefined {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text) ? (text as CodeHash) : undefined;
}

/** The id of the k-th thing that a turn made, as an object. */
export function makeObjectId(turn: number, k: number): LocalId {
  return `o${turn}.${k}` as LocalId;
}

/** The id of the k-th thing that a turn made, as a memory slot. */
export function makeMemoryId(turn: number, k: number): LocalId {
  return `m${turn}.${k}` as LocalId;
}

/** The id of the k-th thing that a turn made, as a promise. */
export function makePromiseId(turn: number, k: number): LocalId {
  return `p${turn}.${k}` as LocalId;
}

/** The resolver of a promise. */
export function resolverOf(promise: LocalId): LocalId {
  return `s${promise.slice(1)}` as LocalId;
}

/** The promise of a resolver. */
export function promiseOf(resolver: LocalId): LocalId {
  return `p${resolver.slice(1)}` as LocalId;
}

/** The id of an import: a thing of a peer, as this vat names it. */
export function makeImportId(n: number): LocalId {
  return `i${n}` as LocalId;
}

/** Whether an id names an object of this vat (and so can be called immediately). */
export function isObjectId(id: string): id is LocalId {
  return OBJECT_ID.test(id);
}

/** Whether an id names a memory slot of this vat. */
export function isMemoryId(id: string): id is LocalId {
  return MEMORY_ID.test(id);
}

/** Whether an id names a promise of this vat. */
export function isPromiseId(id: string): id is LocalId {
  return PROMISE_ID.test(id);
}

/** Whether an id names the resolver of a promise of this vat. */
export function isResolverId(id: string): id is LocalId {
  return RESOLVER_ID.test(id);
}

/** Whether an id names an import. */
export function isImportId(id: string): id is LocalId {
  return IMPORT_ID.test(id);
}

/**
 * Turn and k of what a turn made (object, memory slot, promise, which gives them to its resolver), or
 * undefined for anything else.
 */
export function parseMadeId(id: string): { turn: number; k: number } | undefined {
  const match =
    OBJECT_ID.exec(id) ?? MEMORY_ID.exec(id) ?? PROMISE_ID.exec(id) ?? RESOLVER_ID.exec(id);
  if (!match) return undefined;
  return { turn: Number(match[1]), k: Number(match[2]) };
}
