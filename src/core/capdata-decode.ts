// Capdata, reading: live data made of JSON text and a list of references.
//
// Bodies come from strangers: what `encode` cannot have written is refused, and depth and size
// are bounded before anybody walks over the result.

import { QrtError } from './errors.ts';
import { DATA_DEPTH_MAX, DATA_NODES_MAX } from './limits.ts';
import type { Capdata } from './power.ts';
import { isWellFormed } from './text.ts';

/** How `decode` makes the references of a body. */
export interface DecodeOptions<Slot extends string> {
  readonly makeReference: (slot: Slot, index: number) => unknown;
  /** Whether every array and object is frozen; the prototypes are not touched. */
  readonly freeze?: boolean;
}

interface Reader<Slot extends string> {
  readonly slots: readonly Slot[];
  readonly options: DecodeOptions<Slot>;
  readonly isEscaped: boolean;
  nodes: number;
}

/** A reference in a body: `{"$":index}`. */
const REFERENCE_KEY = '$';
const DOLLAR = 36;
const { defineProperty, freeze } = Object;

/** Reads capdata. Throws QRT_DATA_MALFORMED for a body that `encode` cannot have written. */
export function decode<Slot extends string>(
  { body, slots }: Capdata<Slot>,
  options: DecodeOptions<Slot>,
): unknown {
  if (!isWellFormed(body)) throw malformed('a lone surrogate');
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed('not JSON');
    throw error;
  }
  // Only an escape can bring a lone surrogate into a string of a well-formed body.
  const isEscaped = body.includes('\\u');
  return read({ slots, options, isEscaped, nodes: 0 }, parsed, 0);
}

function read<Slot extends string>(reader: Reader<Slot>, value: unknown, depth: number): unknown {
  reader.nodes += 1;
  if (reader.nodes > DATA_NODES_MAX) throw malformed(`more than ${DATA_NODES_MAX} values`);
  if (typeof value === 'string') {
    if (reader.isEscaped && !isWellFormed(value)) throw malformed('a lone surrogate');
    return value;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || Object.is(value, -0)) throw malformed('a number out of range');
    return value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return readArray(reader, value, depth);
  return readRecord(reader, value as Record<string, unknown>, depth);
}

function readArray<Slot extends string>(
  reader: Reader<Slot>,
  value: unknown[],
  depth: number,
): unknown {
  if (depth >= DATA_DEPTH_MAX) throw malformed(`more than ${DATA_DEPTH_MAX} levels`);
  for (let index = 0; index < value.length; index += 1) {
    const item = value[index];
    const made = read(reader, item, depth + 1);
    if (made !== item) value[index] = made;
  }
  return reader.options.freeze === true ? freeze(value) : value;
}

function readRecord<Slot extends string>(
  reader: Reader<Slot>,
  value: Record<string, unknown>,
  depth: number,
): unknown {
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === REFERENCE_KEY) return readReference(reader, value['$']);
  if (depth >= DATA_DEPTH_MAX) throw malformed(`more than ${DATA_DEPTH_MAX} levels`);
  let isRenamed = false;
  for (const key of keys) {
    if (reader.isEscaped && !isWellFormed(key)) throw malformed('a lone surrogate');
    if (key.charCodeAt(0) === DOLLAR) {
      if (key.charCodeAt(1) !== DOLLAR) throw malformed('a key that starts with a single $');
      isRenamed = true;
    }
    const item = value[key];
    const made = read(reader, item, depth + 1);
    // MUST define: an own `__proto__` is data like any other.
    if (made !== item) defineOwn(value, key, made);
  }
  const result = isRenamed ? unescapeKeys(value, keys) : value;
  return reader.options.freeze === true ? freeze(result) : result;
}

function readReference<Slot extends string>(reader: Reader<Slot>, index: unknown): unknown {
  const slot = typeof index === 'number' ? reader.slots[index] : undefined;
  if (slot === undefined) throw malformed('a reference without a slot');
  return reader.options.makeReference(slot, index as number);
}

/** Built anew, as the order of keys is part of the data. */
function unescapeKeys(value: Record<string, unknown>, keys: readonly string[]): object {
  const result = {};
  for (const key of keys) {
    defineOwn(result, key.charCodeAt(0) === DOLLAR ? key.slice(1) : key, value[key]);
  }
  return result;
}

function defineOwn(target: object, key: string, value: unknown): void {
  defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

function malformed(reason: string): QrtError {
  return new QrtError('QRT_DATA_MALFORMED', { reason });
}
