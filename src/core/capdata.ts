// Capdata, writing: live data as JSON text with its references in a list beside it.
//
// It walks own data properties by their descriptors and never runs code of the value: no getter,
// no toJSON, no iterator, no proxy trap. What JSON would change silently is refused with the path
// of the place.

import { QrtError } from './errors.ts';
import { DATA_DEPTH_MAX, DATA_NODES_MAX, REFERENCES_MAX } from './limits.ts';
import type { Capdata } from './power.ts';
import { isWellFormed } from './text.ts';

/** How `encode` writes a value. */
export interface EncodeOptions<Slot extends string> {
  /** What the value is, first word of every path: `args`. */
  readonly what: string;
  /** Bound of the body in bytes of UTF-8. */
  readonly bytesMax: number;
  readonly isProxy: (value: object) => boolean;
  /** The slot of a reference; undefined for anything that is none. MUST not touch the value. */
  readonly slotOf: (value: object) => Slot | undefined;
  /** A better error than the usual one for a function at `path`. */
  readonly refuseFunction?: (value: object, path: string) => QrtError | undefined;
}

interface Writer<Slot extends string> {
  readonly options: EncodeOptions<Slot>;
  readonly slots: Slot[];
  /** Slot → index, once there are too many to search the list. */
  indices: Map<Slot, number> | undefined;
  /** The containers around the current place, and where in each of them it is. */
  readonly parents: object[];
  readonly keys: (string | number)[];
  nodes: number;
  /** UTF-16 units written so far: never more than the bytes. */
  units: number;
}

/** A reference in a body: `{"$":index}`. */
const REFERENCE_KEY = '$';
const DOLLAR = 36;
const SLOTS_SEARCHED_MAX = 8;
const PATH_TEXT_MAX = 200;
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;
const ARRAY_PROTOTYPE: unknown = Array.prototype;
const OBJECT_PROTOTYPE: unknown = Object.prototype;

/**
 * Writes a value as capdata. Throws QRT_DATA_UNCARRIED with the path of what JSON could not carry
 * exactly, and QRT_DATA_OVERSIZE beyond a bound. Runs no code of the value.
 */
export function encode<Slot extends string>(
  value: unknown,
  options: EncodeOptions<Slot>,
): Capdata<Slot> {
  const writer: Writer<Slot> = {
    options,
    slots: [],
    indices: undefined,
    parents: [],
    keys: [],
    nodes: 0,
    units: 0,
  };
  const body = write(writer, value, 0);
  // Bytes can be up to three times the units counted on the way.
  if (body.length * 3 > options.bytesMax && Buffer.byteLength(body) > options.bytesMax) {
    throw oversize(writer, options.bytesMax, 'bytes');
  }
  return { body, slots: writer.slots };
}

function write<Slot extends string>(writer: Writer<Slot>, value: unknown, depth: number): string {
  writer.nodes += 1;
  if (writer.nodes > DATA_NODES_MAX) throw oversize(writer, DATA_NODES_MAX, 'values');
  switch (typeof value) {
    case 'string':
      return writeText(writer, value, depth);
    case 'number':
      if (!Number.isFinite(value)) throw refusal(writer, depth, String(value));
      if (value === 0 && 1 / value < 0) throw refusal(writer, depth, '-0');
      return count(writer, `${value}`);
    case 'boolean':
      return count(writer, value ? 'true' : 'false');
    case 'object':
      return value === null ? count(writer, 'null') : writeObject(writer, value, depth);
    case 'function':
      return writeFunction(writer, value, depth);
    default:
      throw refusal(
        writer,
        depth,
        typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`,
      );
  }
}

function writeObject<Slot extends string>(
  writer: Writer<Slot>,
  value: object,
  depth: number,
): string {
  if (writer.options.isProxy(value)) throw refusal(writer, depth, 'a proxy');
  const slot = writer.options.slotOf(value);
  if (slot !== undefined) return writeReference(writer, slot);
  if (depth >= DATA_DEPTH_MAX) {
    assertNoCycle(writer, value, depth);
    throw oversize(writer, DATA_DEPTH_MAX, 'levels');
  }
  writer.parents[depth] = value;
  if (Array.isArray(value)) return writeArray(writer, value, depth);
  const prototype: unknown = getPrototypeOf(value);
  if (prototype !== OBJECT_PROTOTYPE) throw refusal(writer, depth, describeForeign(prototype));
  return writeRecord(writer, value, depth);
}

function writeRecord<Slot extends string>(
  writer: Writer<Slot>,
  value: object,
  depth: number,
): string {
  if (depth > 0) assertNoCycle(writer, value, depth);
  let text = '{';
  count(writer, '{}');
  for (const key of ownKeys(value)) {
    if (typeof key === 'symbol') throw refusal(writer, depth, 'it has a symbol as a key');
    writer.keys[depth] = key;
    const item = readOwn(writer, value, key, depth);
    const shown = key.charCodeAt(0) === DOLLAR ? `$${key}` : key;
    if (text !== '{') text += count(writer, ',');
    text += `${writeText(writer, shown, depth + 1)}:`;
    writer.units += 1;
    text += write(writer, item, depth + 1);
  }
  return `${text}}`;
}

function writeArray<Slot extends string>(
  writer: Writer<Slot>,
  value: readonly unknown[],
  depth: number,
): string {
  if (depth > 0) assertNoCycle(writer, value, depth);
  if (getPrototypeOf(value) !== ARRAY_PROTOTYPE) {
    throw refusal(writer, depth, 'an array with another prototype');
  }
  const { length } = value;
  // Before the keys are listed: an array of holes would make a list of millions.
  if (writer.nodes + length > DATA_NODES_MAX) throw oversize(writer, DATA_NODES_MAX, 'values');
  let text = '[';
  count(writer, '[]');
  for (let index = 0; index < length; index += 1) {
    writer.keys[depth] = index;
    const item = readOwn(writer, value, index, depth);
    if (index > 0) text += count(writer, ',');
    text += write(writer, item, depth + 1);
  }
  // Its elements and `length`; anything else is a property that JSON would drop.
  if (ownKeys(value).length !== length + 1) {
    throw refusal(writer, depth, 'an array with properties of its own');
  }
  return `${text}]`;
}

/** The value of an own, enumerable data property. */
function readOwn<Slot extends string>(
  writer: Writer<Slot>,
  value: object,
  key: string | number,
  depth: number,
): unknown {
  const descriptor = getOwnPropertyDescriptor(value, key);
  if (descriptor === undefined) throw refusal(writer, depth + 1, 'a hole');
  if (!('value' in descriptor)) throw refusal(writer, depth + 1, 'an accessor');
  if (!descriptor.enumerable) throw refusal(writer, depth + 1, 'not enumerable');
  return descriptor.value;
}

function writeText<Slot extends string>(writer: Writer<Slot>, text: string, depth: number): string {
  // Before it is escaped: that would make a text six times as long.
  if (writer.units + text.length > writer.options.bytesMax) count(writer, text);
  if (!isWellFormed(text)) throw refusal(writer, depth, 'text with a lone surrogate');
  return count(writer, JSON.stringify(text));
}

function writeReference<Slot extends string>(writer: Writer<Slot>, slot: Slot): string {
  const { slots } = writer;
  let index =
    slots.length <= SLOTS_SEARCHED_MAX ? slots.indexOf(slot) : (writer.indices?.get(slot) ?? -1);
  if (index < 0) {
    if (slots.length >= REFERENCES_MAX) throw oversize(writer, REFERENCES_MAX, 'references');
    index = slots.push(slot) - 1;
    if (slots.length > SLOTS_SEARCHED_MAX) {
      writer.indices ??= new Map(slots.map((known, at) => [known, at]));
      writer.indices.set(slot, index);
    }
  }
  return count(writer, `{"${REFERENCE_KEY}":${index}}`);
}

function writeFunction<Slot extends string>(
  writer: Writer<Slot>,
  value: object,
  depth: number,
): never {
  const path = formatPath(writer, depth);
  throw writer.options.refuseFunction?.(value, path) ?? refusal(writer, depth, 'a function');
}

/** Counts what is written at once, so that a text far beyond the bound is never built. */
function count<Slot extends string>(writer: Writer<Slot>, piece: string): string {
  writer.units += piece.length;
  const { bytesMax } = writer.options;
  if (writer.units > bytesMax) throw oversize(writer, bytesMax, 'bytes');
  return piece;
}

function assertNoCycle<Slot extends string>(
  writer: Writer<Slot>,
  value: object,
  depth: number,
): void {
  for (let above = 0; above < depth; above += 1) {
    if (writer.parents[above] === value) throw refusal(writer, depth, 'it contains itself');
  }
}

function describeForeign(prototype: unknown): string {
  if (prototype === null) return 'an object without a prototype';
  for (const [kind, known] of [
    ['Date', Date.prototype],
    ['Map', Map.prototype],
    ['Set', Set.prototype],
    ['RegExp', RegExp.prototype],
    ['WeakMap', WeakMap.prototype],
    ['Error', Error.prototype],
  ] as const) {
    if (prototype === known) return `a ${kind}`.replace('a Error', 'an Error');
  }
  return 'an object with another prototype than a plain one';
}

function refusal<Slot extends string>(
  writer: Writer<Slot>,
  depth: number,
  reason: string,
): QrtError {
  return new QrtError('QRT_DATA_UNCARRIED', { path: formatPath(writer, depth), reason });
}

function oversize<Slot extends string>(writer: Writer<Slot>, max: number, unit: string): QrtError {
  return new QrtError('QRT_DATA_OVERSIZE', { what: writer.options.what, max, unit });
}

function formatPath<Slot extends string>(writer: Writer<Slot>, depth: number): string {
  let path = writer.options.what;
  for (const key of writer.keys.slice(0, depth)) {
    if (typeof key === 'number') path += `[${key}]`;
    else if (key.length <= PATH_TEXT_MAX && isIdentifier(key)) path += `.${key}`;
    else path += `[${JSON.stringify(key.slice(0, PATH_TEXT_MAX))}]`;
    if (path.length > 5 * PATH_TEXT_MAX) return `${path}…`;
  }
  return path;
}

/** Not a regular expression: V8 ends the process if one has to be compiled near the stack's end. */
function isIdentifier(key: string): boolean {
  for (let at = 0; at < key.length; at += 1) {
    const unit = key.charCodeAt(at);
    const isLetter = (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
    const isDigit = unit >= 0x30 && unit <= 0x39;
    if (!isLetter && unit !== 0x24 && unit !== 0x5f && !(isDigit && at > 0)) return false;
  }
  return key !== '';
}
