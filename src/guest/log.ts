// Log: the native power that adds a line to the vat's log, as part of the turn.

import { type EncodeOptions, encode } from '../core/capdata.ts';
import type { LocalId } from '../core/ids.ts';
import { ARGS_BYTES_MAX, LOG_LINE_BYTES_MAX } from '../core/limits.ts';
import { isProxy } from './proxy.ts';
import { targetOf } from './reference.ts';
import { countEffect, poisonWith, type TurnState } from './turn-state.ts';

const LINE_OPTIONS: EncodeOptions<LocalId> = {
  what: 'line',
  bytesMax: ARGS_BYTES_MAX,
  isProxy,
  slotOf: targetOf,
};
const LOG_BYTES = 40;

/**
 * Logs a text as it is, other data as its JSON; a long line is cut. Throws QRT_DATA_OVERSIZE beyond
 * what args could carry: nobody looks into a text that may be longer than the heap.
 */
export function log(turn: TurnState, object: LocalId, line: unknown): void {
  const { turnLogLines: max } = turn.limits;
  if (turn.logs.length >= max) {
    throw poisonWith(turn, 'QRT_LIMIT_REACHED', { max, what: 'log lines' });
  }
  const isText = typeof line === 'string' && line.length <= ARGS_BYTES_MAX;
  const text = cut(isText ? line : encode(line, LINE_OPTIONS).body);
  countEffect(turn, LOG_BYTES + text.length);
  turn.logs.push({ object, text });
}

/** At most LOG_LINE_BYTES_MAX bytes of well-formed text. */
function cut(line: string): string {
  // Every unit takes a byte at least, so what is beyond this cannot stay anyway.
  const bytes = Buffer.from(line.slice(0, LOG_LINE_BYTES_MAX));
  if (bytes.length <= LOG_LINE_BYTES_MAX) return bytes.toString();
  let end = LOG_LINE_BYTES_MAX;
  // Not in the middle of a character: its later bytes all start with the bits 10.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString();
}
