// Item: one numbered entry of a lane as bytes, exactly as two vats exchange it.
//
// What cannot be read is an item all the same: it is next in its lane, so it is consumed.

import { NAMES_PER_ITEM_MAX } from './answer-limits.ts';
import { parseSwissnum, type Swissnum } from './ids.ts';
import { HOPS_MAX, REFERENCES_MAX } from './limits.ts';
import { decodeUtf8, isNumber, parseJson } from './wire-text.ts';

const NEWLINE = 10;
const TRACE = /^[0-9a-f]{32}$/;
const WIRE_NAME = /^([xyqp])([1-9]\d{0,15})(\??)$/;
const CODE = /^[A-Z_]{1,64}$/;

/** In a `resolve`, in place of the code of a refusal: the message ran, and its function threw. */
export const THREW = 'THREW';
/** The same: the answer is a value. */
export const FULFILLED = '';

/**
 * What an item calls a thing, from its sender's point of view. `xN`: my export N · `yN`: your
 * export N · `qN`: what you made of my lane 1 item N · `pN`: what I made of your lane 1 item N. A
 * redeem makes a thing, a message that wants an answer its promise.
 */
export interface WireName {
  readonly side: 'x' | 'y' | 'q' | 'p';
  readonly number: number;
  /** Of an `x` or `p`: the thing is a promise. */
  readonly isPromise?: true;
}

/** A promise of the receiver that the sender needs no more, and how often it was named to it. */
export interface DroppedName {
  readonly name: WireName;
  readonly received: number;
}

/** One numbered entry of a lane. */
export type Item =
  | {
      readonly kind: 'message';
      readonly target: WireName;
      readonly slots: readonly WireName[];
      /** Whether the sender wants an answer beyond a refusal. */
      readonly isAnswerWanted: boolean;
      readonly hops: number;
      readonly trace: string;
      readonly body: string;
    }
  | { readonly kind: 'redeem'; readonly swissnum: Swissnum; readonly trace: string }
  /**
   * What became of the receiver's lane 1 item `of` (`p`), or of a promise that the sender gave it
   * (`x`). The code is that of a refusal, FULFILLED, or THREW; only then there is a body, which is the
   * value, or the error as a record.
   */
  | {
      readonly kind: 'resolve';
      readonly of: WireName;
      readonly code: string;
      readonly trace: string;
      readonly slots: readonly WireName[];
      readonly body: string;
    }
  /** Things that lane 2 has named first: their mention in lane 1. */
  | { readonly kind: 'give'; readonly slots: readonly WireName[]; readonly trace: string }
  /** What became of these promises of the receiver shall be told again. */
  | { readonly kind: 'want'; readonly names: readonly WireName[]; readonly trace: string }
  /** In lane 2: these promises of the receiver are needed no more. */
  | { readonly kind: 'drop'; readonly names: readonly DroppedName[]; readonly trace: string }
  /** Authentic, but of a kind or form that this version does not know. */
  | { readonly kind: 'malformed'; readonly reason: string };

export type MessageItem = Extract<Item, { kind: 'message' }>;

/** What this version sends. */
export type SendableItem = Exclude<Item, { kind: 'malformed' }>;

/** An item as bytes: a line of JSON, then the body of a message as it is. */
export function encodeItem(item: SendableItem): Uint8Array {
  switch (item.kind) {
    case 'message': {
      const { target, slots, isAnswerWanted, hops, trace } = item;
      const names = slots.map(formatWireName);
      const head = ['message', formatWireName(target), names, isAnswerWanted ? 1 : 0, hops, trace];
      return Buffer.from(`${JSON.stringify(head)}\n${item.body}`);
    }
    case 'redeem':
      return Buffer.from(JSON.stringify(['redeem', item.swissnum, item.trace]));
    case 'resolve':
      return encodeResolve(item);
    case 'give':
      return encodeList('give', item.slots.map(formatWireName), item.trace);
    case 'want':
      return encodeList('want', item.names.map(formatWireName), item.trace);
    case 'drop': {
      const names = item.names.map(({ name, received }) => [formatWireName(name), received]);
      return encodeList('drop', names, item.trace);
    }
  }
}

const encodeList = (kind: string, list: readonly unknown[], trace: string): Uint8Array =>
  Buffer.from(JSON.stringify([kind, list, trace]));

function encodeResolve(item: Extract<SendableItem, { kind: 'resolve' }>): Uint8Array {
  const { of, code, trace, slots, body } = item;
  const head = ['resolve', of.side === 'p' ? of.number : formatWireName(of), code, trace];
  if (isRefusal(code)) return Buffer.from(JSON.stringify(head));
  return Buffer.from(`${JSON.stringify([...head, slots.map(formatWireName)])}\n${body}`);
}

/** Whether a `resolve` with that code says that an item was refused. */
export const isRefusal = (code: string): boolean => code !== FULFILLED && code !== THREW;

/** The lane of an item. */
export const laneOf = ({ kind }: SendableItem): 1 | 2 =>
  kind === 'resolve' || kind === 'drop' ? 2 : 1;

/** Reads an item. Never throws: what cannot be read is still an item and is consumed. */
export function parseItem(bytes: Uint8Array): Item {
  const end = bytes.indexOf(NEWLINE);
  const head = parseJson(end < 0 ? bytes : bytes.subarray(0, end));
  if (!Array.isArray(head)) return malformed('no head');
  switch (head[0]) {
    case 'message': {
      const body = end < 0 ? undefined : decodeUtf8(bytes.subarray(end + 1));
      return body === undefined ? malformed('no body') : parseMessage(head, body);
    }
    case 'redeem': {
      const swissnum = parseSwissnum(head[1]);
      if (!swissnum || !isTrace(head[2])) return malformed('redeem');
      return { kind: 'redeem', swissnum, trace: head[2] };
    }
    case 'resolve':
      return parseResolve(head, end < 0 ? undefined : decodeUtf8(bytes.subarray(end + 1)));
    case 'give': {
      const slots = parseNames(head[1], REFERENCES_MAX);
      if (!slots || !isTrace(head[2])) return malformed('give');
      return { kind: 'give', slots, trace: head[2] };
    }
    case 'want': {
      const names = parseNames(head[1], NAMES_PER_ITEM_MAX);
      if (!names || !isTrace(head[2])) return malformed('want');
      return { kind: 'want', names, trace: head[2] };
    }
    case 'drop': {
      const names = parseDropped(head[1]);
      if (!names || !isTrace(head[2])) return malformed('drop');
      return { kind: 'drop', names, trace: head[2] };
    }
    default:
      return malformed('unknown kind');
  }
}

function parseResolve(head: unknown[], body: string | undefined): Item {
  const [, ofText, code, trace, slotTexts] = head;
  const of = isNumber(ofText) ? ({ side: 'p', number: ofText } as const) : parseWireName(ofText);
  const isOurs = of?.side === 'p' ? typeof ofText === 'number' : of?.side === 'x';
  if (!of || !isOurs || typeof code !== 'string' || !isTrace(trace)) return malformed('resolve');
  if (isRefusal(code)) {
    if (!CODE.test(code)) return malformed('resolve');
    return { kind: 'resolve', of, code, trace, slots: [], body: '' };
  }
  const slots = parseNames(slotTexts, REFERENCES_MAX);
  if (!slots || body === undefined) return malformed('resolve');
  return { kind: 'resolve', of, code, trace, slots, body };
}

/** A list of at most so many names. */
function parseNames(texts: unknown, max: number): readonly WireName[] | undefined {
  if (!Array.isArray(texts) || texts.length > max) return undefined;
  const names: WireName[] = [];
  for (const text of texts as unknown[]) {
    const name = parseWireName(text);
    if (!name) return undefined;
    names.push(name);
  }
  return names;
}

function parseDropped(list: unknown): readonly DroppedName[] | undefined {
  if (!Array.isArray(list) || list.length > NAMES_PER_ITEM_MAX) return undefined;
  const dropped: DroppedName[] = [];
  for (const entry of list as unknown[]) {
    const [text, received] = Array.isArray(entry) ? (entry as unknown[]) : [];
    const name = parseWireName(text);
    if (!name || !isNumber(received)) return undefined;
    dropped.push({ name, received });
  }
  return dropped;
}

function parseMessage(head: unknown[], body: string): Item {
  const [, targetText, slotTexts, answer, hops, trace] = head;
  const target = parseWireName(targetText);
  const slots = parseNames(slotTexts, REFERENCES_MAX);
  if (!target || !slots || !isTrace(trace) || (answer !== 0 && answer !== 1)) {
    return malformed('message');
  }
  if (!Number.isSafeInteger(hops) || (hops as number) < 0 || (hops as number) > HOPS_MAX) {
    return malformed('hops');
  }
  const isAnswerWanted = answer === 1;
  return { kind: 'message', target, slots, isAnswerWanted, hops: hops as number, trace, body };
}

const malformed = (reason: string): Item => ({ kind: 'malformed', reason });

function formatWireName({ side, number, isPromise }: WireName): string {
  return `${side}${number}${isPromise ? '?' : ''}`;
}

function parseWireName(value: unknown): WireName | undefined {
  const match = typeof value === 'string' ? WIRE_NAME.exec(value) : null;
  if (!match || !isNumber(Number(match[2]))) return undefined;
  const name = { side: match[1] as WireName['side'], number: Number(match[2]) };
  if (match[3] === '') return name;
  const isOwn = name.side === 'x' || name.side === 'p';
  return isOwn ? { ...name, isPromise: true } : undefined;
}

const isTrace = (value: unknown): value is string => typeof value === 'string' && TRACE.test(value);
