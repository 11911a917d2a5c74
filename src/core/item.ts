// Item: one numbered entry of a lane as bytes, exactly as two vats exchange it.
//
// What cannot be read is an item all the same: it is next in its lane, so it is consumed.

import { parseSwissnum, type Swissnum } from './ids.ts';
import { HOPS_MAX, REFERENCES_MAX } from './limits.ts';
import { decodeUtf8, isNumber, parseJson } from './wire-text.ts';

const NEWLINE = 10;
const TRACE = /^[0-9a-f]{32}$/;
const WIRE_NAME = /^([xyqp])([1-9]\d{0,15})$/;

/**
 * What an item calls a thing, from its sender's point of view. `xN`: my export N · `yN`: your
 * export N · `qN`: what you made of my lane 1 item N · `pN`: what I made of your lane 1 item N.
 */
export interface WireName {
  readonly side: 'x' | 'y' | 'q' | 'p';
  readonly number: number;
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
  /** The receiver's lane 1 item `of` was refused or taken out, with that code. */
  | { readonly kind: 'resolve'; readonly of: number; readonly code: string; readonly trace: string }
  /** Authentic, but of a kind or form that this version does not know. */
  | { readonly kind: 'malformed'; readonly reason: string };

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
      return Buffer.from(JSON.stringify(['resolve', item.of, item.code, item.trace]));
  }
}

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
    case 'resolve': {
      const [, of, code, trace] = head as [unknown, unknown, unknown, unknown];
      const isCode = typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code);
      if (!isNumber(of) || !isCode || !isTrace(trace)) return malformed('resolve');
      return { kind: 'resolve', of, code, trace };
    }
    default:
      return malformed('unknown kind');
  }
}

function parseMessage(head: unknown[], body: string): Item {
  const [, targetText, slotTexts, answer, hops, trace] = head;
  const target = parseWireName(targetText);
  if (!target || !Array.isArray(slotTexts) || !isTrace(trace)) return malformed('message');
  if (slotTexts.length > REFERENCES_MAX || (answer !== 0 && answer !== 1)) {
    return malformed('message');
  }
  if (!Number.isSafeInteger(hops) || (hops as number) < 0 || (hops as number) > HOPS_MAX) {
    return malformed('hops');
  }
  const slots: WireName[] = [];
  for (const slotText of slotTexts as unknown[]) {
    const slot = parseWireName(slotText);
    if (!slot) return malformed('slot');
    slots.push(slot);
  }
  const isAnswerWanted = answer === 1;
  return { kind: 'message', target, slots, isAnswerWanted, hops: hops as number, trace, body };
}

const malformed = (reason: string): Item => ({ kind: 'malformed', reason });

function formatWireName(name: WireName): string {
  return `${name.side}${name.number}`;
}

function parseWireName(value: unknown): WireName | undefined {
  const match = typeof value === 'string' ? WIRE_NAME.exec(value) : null;
  if (!match || !isNumber(Number(match[2]))) return undefined;
  return { side: match[1] as WireName['side'], number: Number(match[2]) };
}

const isTrace = (value: unknown): value is string => typeof value === 'string' && TRACE.test(value);
