// Wire: the format that vats exchange, written a second time from its description and sharing no
// code with the first: NaCl, SHA-256 and JSON are all that it needs.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ed2curve from 'ed2curve';
import nacl from 'tweetnacl';
import type { VatId } from '../../src/core/ids.ts';

/** The keys of one vat. */
export interface Keys {
  readonly id: VatId;
  readonly boxSecret: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}

/** The clear part of what goes over the wire, and the rest. */
export interface Envelope {
  readonly version: number;
  readonly from: VatId;
  readonly to: VatId;
  /** 16 random bytes and a counter of 8. */
  readonly nonce: Uint8Array;
  readonly boxed: Uint8Array;
}

/** Lane 1 or 2 of a box. */
export interface Lane {
  readonly first: number;
  readonly tail: Uint8Array;
  readonly items: readonly Uint8Array[];
}

export interface Box {
  readonly from: VatId;
  readonly to: VatId;
  readonly lanes: readonly [Lane, Lane];
}

export interface ReceiptLane {
  readonly next: number;
  readonly tail: Uint8Array;
  readonly stop: string;
}

export interface Receipt {
  readonly from: VatId;
  readonly to: VatId;
  readonly request: Uint8Array;
  readonly lanes: readonly [ReceiptLane, ReceiptLane];
}

export const NO_TAIL = new Uint8Array(32);
const TRACE = '0123456789abcdef'.repeat(2);
const NEWLINE = 10;

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const toBytes = (text: unknown): Uint8Array => Buffer.from(String(text), 'base64url');

export function makeKeys(seed: Uint8Array = randomBytes(32)): Keys {
  const { publicKey, secretKey } = nacl.sign.keyPair.fromSeed(Uint8Array.from(seed));
  return {
    id: toText(publicKey) as VatId,
    boxSecret: ed2curve.convertSecretKey(secretKey),
    sign: (bytes) => nacl.sign.detached(bytes, secretKey),
  };
}

/** The keys in a node's directory. */
export function readKeys(dir: string): Keys {
  const [, seed] = readFileSync(join(dir, 'key'), 'utf8').split('\n');
  return makeKeys(toBytes(seed));
}

export function splitEnvelope(bytes: Uint8Array): Envelope {
  return {
    version: bytes[0] ?? 0,
    from: toText(bytes.subarray(1, 33)) as VatId,
    to: toText(bytes.subarray(33, 65)) as VatId,
    nonce: bytes.subarray(65, 89),
    boxed: bytes.subarray(89),
  };
}

export function joinEnvelope({ from, to, nonce, boxed, version = 1 }: EnvelopeParts): Uint8Array {
  return Buffer.concat([Buffer.from([version]), toBytes(from), toBytes(to), nonce, boxed]);
}
type EnvelopeParts = Omit<Envelope, 'version'> & { readonly version?: number };

/** Text sealed for a vat, in its envelope. */
export function seal(keys: Keys, to: VatId, text: Uint8Array): Uint8Array {
  const nonce = randomBytes(24);
  const boxed = nacl.box(text, nonce, curveOf(to), keys.boxSecret);
  return joinEnvelope({ from: keys.id, to, nonce, boxed });
}

/** What one of the two ends of an envelope finds in it; undefined when it does not open. */
export function open(keys: Keys, bytes: Uint8Array): Buffer | undefined {
  const { from, to, nonce, boxed } = splitEnvelope(bytes);
  const peer = curveOf(from === keys.id ? to : from);
  const text = nacl.box.open(boxed, nonce, peer, keys.boxSecret);
  return text ? Buffer.from(text) : undefined;
}

function curveOf(id: VatId): Uint8Array {
  const key = ed2curve.convertPublicKey(toBytes(id));
  if (!key) throw new Error(`${id} is no key`);
  return key;
}

export interface BoxParts {
  readonly from: VatId;
  readonly to: VatId;
  readonly lane: Partial<Lane>;
  readonly linked?: boolean;
  readonly contacts?: readonly string[];
}

/** The text of a box with items in lane 1. */
export function boxText({ from, to, lane, linked = false, contacts = [] }: BoxParts): Uint8Array {
  const { first = 1, tail = NO_TAIL, items = [] } = lane;
  const lanes = [
    [first, toText(tail), items.map(({ length }) => length)],
    [1, toText(NO_TAIL), []],
  ];
  const head = { kind: 'box', from, to, linked, lanes, contacts };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...items]);
}

export function readBox(text: Buffer): Box {
  const end = text.indexOf(NEWLINE);
  const head = JSON.parse(text.toString('utf8', 0, end)) as Head;
  let at = end + 1;
  const lanes = head.lanes.map(([first, tail, lengths]) => {
    const items = (lengths as number[]).map((length) => {
      at += length;
      return text.subarray(at - length, at);
    });
    return { first: first as number, tail: toBytes(tail), items };
  });
  return { from: head.from, to: head.to, lanes: lanes as unknown as Box['lanes'] };
}

interface Head {
  readonly kind: string;
  readonly from: VatId;
  readonly to: VatId;
  readonly request: string;
  readonly lanes: readonly unknown[][];
}

export interface ReceiptParts {
  readonly from: VatId;
  readonly to: VatId;
  readonly request: Uint8Array;
  readonly lane: Partial<ReceiptLane>;
}

/** The text of a receipt that speaks of lane 1. */
export function receiptText({ from, to, request, lane }: ReceiptParts): Uint8Array {
  const { next = 1, tail = NO_TAIL, stop = 'nothing' } = lane;
  const lanes = [
    [next, toText(tail), stop],
    [1, toText(NO_TAIL), 'nothing'],
  ];
  const head = { kind: 'receipt', from, to, lanes, contacts: [], request: toText(request) };
  return Buffer.from(JSON.stringify(head));
}

export function readReceipt(text: Buffer): Receipt {
  const { from, to, request, lanes } = JSON.parse(text.toString()) as Head;
  const read = ([next, tail, stop]: unknown[]): ReceiptLane =>
    ({ next, tail: toBytes(tail), stop }) as ReceiptLane;
  return { from, to, request: toBytes(request), lanes: [read(lanes[0]!), read(lanes[1]!)] };
}

/** Whether an opened text is a box or a receipt. */
export function kindOf(text: Buffer): string {
  const end = text.indexOf(NEWLINE);
  return (JSON.parse(text.toString('utf8', 0, end < 0 ? text.length : end)) as Head).kind;
}

/** The item that asks for the object of a QRID. */
export function redeemItem(qrid: string): Uint8Array {
  return Buffer.from(JSON.stringify(['redeem', qrid.slice(48, 91), TRACE]));
}

/** A message to what item `redeemed` asked for. */
export function messageItem(redeemed: number, args: unknown): Uint8Array {
  const head = ['message', `q${redeemed}`, [], 0, 0, TRACE];
  return Buffer.from(`${JSON.stringify(head)}\n${JSON.stringify(args)}`);
}

/** The tail before the first of some items, and the one after each. */
export function tailsOf(items: readonly Uint8Array[], first = 1): readonly Uint8Array[] {
  const tails: Uint8Array[] = [NO_TAIL];
  for (const [index, item] of items.entries()) {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(first + index));
    const hash = createHash('sha256').update(tails[index]!).update(number).update(item);
    tails.push(hash.digest());
  }
  return tails;
}

/** A signed contact record. */
export function contactText(keys: Keys, urls: readonly string[], serial = Date.now()): string {
  const kinds = ['message', 'redeem', 'resolve', 'give', 'want', 'drop'];
  const record = JSON.stringify({ vat: keys.id, urls, serial, kinds });
  const signature = keys.sign(Buffer.from(`qrt contact 1\n${record}`));
  return JSON.stringify({ record, signature: toText(signature) });
}
