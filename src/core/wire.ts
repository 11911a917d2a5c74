// The wire: boxes and receipts as bytes, exactly as two vats exchange them.
//
// An envelope is clear (version, sender, receiver, nonce) and carries one NaCl box. The boxed
// text repeats kind, sender and receiver, because NaCl's key is the same in both directions.

import { makeVatId, parseKeyBytes, parseVatId, type VatId } from './ids.ts';
import { BOX_ITEMS_MAX, CONTACTS_PER_BOX_MAX, STATED_NUMBER_MAX } from './limits.ts';
import { WAITS_MAX } from './standstill-limits.ts';
import { isNumber, parseJson } from './wire-text.ts';

/** First byte of an envelope, and part of every address that boxes are posted to. */
export const WIRE_VERSION = 1;
const KEY_BYTES = 32;
export const NONCE_BYTES = 24;
const NEWLINE = 10;
/** Bytes of the clear part, and what NaCl adds to a plaintext. */
export const ENVELOPE_BYTES = 1 + 2 * KEY_BYTES + NONCE_BYTES;
export const SEAL_BYTES = 16;

/** The clear part of a box or receipt, and its sealed rest. */
export interface Envelope {
  readonly from: VatId;
  readonly to: VatId;
  readonly nonce: Uint8Array;
  readonly boxed: Uint8Array;
}

/** One lane's part of a box. `first` and `tail` are stated also when there are no items. */
export interface BoxLane {
  readonly first: number;
  /** The tail before item `first`. */
  readonly tail: Uint8Array;
  readonly items: readonly Uint8Array[];
}

/** Where the lanes of a receiver must begin that had lost the link, so that no number comes again. */
export interface Above {
  readonly lanes: readonly [LaneEnd, LaneEnd];
  /** The number of its first export. */
  readonly exports: number;
}

interface LaneEnd {
  readonly next: number;
  readonly tail: Uint8Array;
}

export interface Box {
  readonly from: VatId;
  readonly to: VatId;
  /** Whether the receiver has receipted a box of this link: if it knows of none, it lost its disk. */
  readonly isLinked: boolean;
  readonly lanes: readonly [BoxLane, BoxLane];
  readonly contacts: readonly string[];
  readonly above?: Above;
  /** The sender has found that it stands still, as vats that forward wait for each other. */
  readonly isStuck?: true;
}

/** Why a lane took no more. */
const STOPS = ['nothing', 'gap', 'busy', 'doubt', 'unknown'] as const;
export type Stop = (typeof STOPS)[number];

export interface ReceiptLane {
  readonly next: number;
  readonly tail: Uint8Array;
  readonly stop: Stop;
}

export interface Receipt {
  readonly from: VatId;
  readonly to: VatId;
  /** The nonce of the box that this answers. */
  readonly request: Uint8Array;
  readonly lanes: readonly [ReceiptLane, ReceiptLane];
  readonly contacts: readonly string[];
  /** Lane 1 is busy as there is no room to forward: vats in a row that wait so for the next. */
  readonly waits?: number;
}

/** An envelope as bytes. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const bytes = Buffer.allocUnsafe(ENVELOPE_BYTES + envelope.boxed.length);
  bytes[0] = WIRE_VERSION;
  bytes.set(Buffer.from(envelope.from, 'base64url'), 1);
  bytes.set(Buffer.from(envelope.to, 'base64url'), 1 + KEY_BYTES);
  bytes.set(envelope.nonce, 1 + 2 * KEY_BYTES);
  bytes.set(envelope.boxed, ENVELOPE_BYTES);
  return bytes;
}

/** Reads an envelope; undefined when it is none of this version. */
export function parseEnvelope(bytes: Uint8Array): Envelope | undefined {
  if (bytes.length < ENVELOPE_BYTES + SEAL_BYTES || bytes[0] !== WIRE_VERSION) return undefined;
  return {
    from: makeVatId(bytes.subarray(1, 1 + KEY_BYTES)),
    to: makeVatId(bytes.subarray(1 + KEY_BYTES, 1 + 2 * KEY_BYTES)),
    nonce: bytes.subarray(1 + 2 * KEY_BYTES, ENVELOPE_BYTES),
    boxed: bytes.subarray(ENVELOPE_BYTES),
  };
}

/** A box's plaintext: a line of JSON, then the items' bytes, lane 1 first. */
export function encodeBox(box: Box): Uint8Array {
  const lanes = box.lanes.map((lane) => [
    lane.first,
    text(lane.tail),
    lane.items.map((item) => item.length),
  ]);
  const { from, to, contacts } = box;
  const above = box.above ? { above: encodeAbove(box.above) } : {};
  const stuck = box.isStuck ? { stuck: true } : {};
  const head = { kind: 'box', from, to, linked: box.isLinked, lanes, contacts, ...above, ...stuck };
  const items = box.lanes.flatMap((lane) => lane.items);
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...items]);
}

/** Reads a box's plaintext; undefined when it is none. */
export function parseBox(bytes: Uint8Array): Box | undefined {
  const end = bytes.indexOf(NEWLINE);
  const head = end < 0 ? undefined : parseHead(bytes.subarray(0, end), 'box');
  if (!head) return undefined;
  let at = end + 1;
  let count = 0;
  const lanes: BoxLane[] = [];
  for (const entry of head.lanes) {
    const [first, tailText, lengths] = entry as [unknown, unknown, unknown];
    const tail = typeof tailText === 'string' ? parseKeyBytes(tailText) : undefined;
    if (!isNumber(first) || !tail || !Array.isArray(lengths)) return undefined;
    count += lengths.length;
    if (count > BOX_ITEMS_MAX) return undefined;
    const items: Uint8Array[] = [];
    for (const length of lengths as unknown[]) {
      if (!Number.isSafeInteger(length) || (length as number) < 0) return undefined;
      if (at + (length as number) > bytes.length) return undefined;
      items.push(bytes.subarray(at, at + (length as number)));
      at += length as number;
    }
    lanes.push({ first, tail, items });
  }
  if (at !== bytes.length) return undefined;
  const [one, two] = lanes as [BoxLane, BoxLane];
  const { from, to, contacts, isLinked } = head;
  const above = head.above === undefined ? undefined : parseAbove(head.above);
  if (head.above !== undefined && !above) return undefined;
  if (head.stuck !== undefined && head.stuck !== true) return undefined;
  const stuck = head.stuck === true ? ({ isStuck: true } as const) : {};
  const more = { ...(above ? { above } : {}), ...stuck };
  return { from, to, isLinked, lanes: [one, two], contacts, ...more };
}

const encodeAbove = ({ lanes, exports }: Above): unknown[] => [
  ...lanes.map(({ next, tail }) => [next, text(tail)]),
  exports,
];

function parseAbove(value: unknown): Above | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [one, two] = value.slice(0, 2).map(parseLaneEnd);
  const exports = value[2] as unknown;
  if (!one || !two || !isNumber(exports)) return undefined;
  const isLeft = [one.next, two.next, exports].every((number) => number <= STATED_NUMBER_MAX);
  return isLeft ? { lanes: [one, two], exports } : undefined;
}

function parseLaneEnd(value: unknown): LaneEnd | undefined {
  const [next, tailText] = Array.isArray(value) ? (value as unknown[]) : [];
  const tail = typeof tailText === 'string' ? parseKeyBytes(tailText) : undefined;
  return isNumber(next) && tail ? { next, tail } : undefined;
}

/** A receipt's plaintext. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const lanes = receipt.lanes.map((lane) => [lane.next, text(lane.tail), lane.stop]);
  const { from, to, contacts } = receipt;
  const request = text(receipt.request);
  const waits = receipt.waits === undefined ? {} : { waits: receipt.waits };
  const head = { kind: 'receipt', from, to, lanes, contacts, request, ...waits };
  return Buffer.from(JSON.stringify(head));
}

/** Reads a receipt's plaintext; undefined when it is none. */
export function parseReceipt(bytes: Uint8Array): Receipt | undefined {
  const head = parseHead(bytes, 'receipt');
  if (!head || typeof head.request !== 'string') return undefined;
  const request = Buffer.from(head.request, 'base64url');
  if (request.length !== NONCE_BYTES) return undefined;
  const lanes: ReceiptLane[] = [];
  for (const entry of head.lanes) {
    const [next, tailText, stop] = entry as [unknown, unknown, unknown];
    const tail = typeof tailText === 'string' ? parseKeyBytes(tailText) : undefined;
    // 0 when no box was ever accepted; past the highest number when that one was.
    const isNext = Number.isSafeInteger(next) && (next as number) >= 0;
    if (!isNext || !tail || !STOPS.includes(stop as Stop)) return undefined;
    lanes.push({ next: next as number, tail, stop: stop as Stop });
  }
  const [one, two] = lanes as [ReceiptLane, ReceiptLane];
  const { from, to, contacts, waits } = head;
  if (waits !== undefined && !isDistance(waits)) return undefined;
  const stated = waits === undefined ? {} : { waits };
  return { from, to, request, lanes: [one, two], contacts, ...stated };
}

const isDistance = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= WAITS_MAX;

interface Head {
  readonly from: VatId;
  readonly to: VatId;
  readonly lanes: readonly unknown[][];
  readonly contacts: readonly string[];
  readonly request: unknown;
  readonly isLinked: boolean;
  readonly above: unknown;
  readonly waits: unknown;
  readonly stuck: unknown;
}

/** What boxes and receipts have in common. */
function parseHead(bytes: Uint8Array, kind: 'box' | 'receipt'): Head | undefined {
  const head = parseJson(bytes) as Record<string, unknown> | undefined;
  if (typeof head !== 'object' || head === null || head['kind'] !== kind) return undefined;
  const from = parseVatId(head['from']);
  const to = parseVatId(head['to']);
  const { lanes, contacts, request, linked, above, waits, stuck } = head;
  if (kind === 'box' && typeof linked !== 'boolean') return undefined;
  if (!from || !to || !Array.isArray(lanes) || !Array.isArray(contacts)) return undefined;
  if (lanes.length !== 2 || !lanes.every((lane) => Array.isArray(lane))) return undefined;
  if (contacts.length > CONTACTS_PER_BOX_MAX) return undefined;
  if (!contacts.every((contact) => typeof contact === 'string')) return undefined;
  const texts = contacts as string[];
  const isLinked = linked === true;
  const rest = { contacts: texts, request, above, waits, stuck };
  return { from, to, isLinked, lanes: lanes as unknown[][], ...rest };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
