// Fields: reads JSON of a known form into types, field by field, and names the one that is wrong.
//
// A library for this would be half of what a node loads when it starts: six megabytes and a tenth
// of a second, also in every command on a stopped node.

import type { QrtError } from '../core/errors.ts';
import { onOneLine } from '../core/shown-text.ts';

/** Reads a value as a type; undefined when it is none. */
export type Parse<T> = (value: unknown) => T | undefined;

/** A JSON object that has no other fields than the ones that were named. */
export interface Fields {
  has(name: string): boolean;
  /** A field that MUST be there. `wanted` says of what form, after "must be". */
  take<T>(name: string, parse: Parse<T>, wanted: string): T;
  /** A list of at most `max` items; `readItem` gets each with its own path. */
  list<T>(name: string, input: ListInput<T>): T[];
  /** An object inside of this one. */
  record(name: string, keys: readonly string[]): Fields;
}

interface ListInput<T> {
  readonly max: number;
  readonly readItem: (item: { readonly json: unknown; readonly at: string }) => T;
}

export interface FieldsInput {
  readonly json: unknown;
  /** The fields that may be there. */
  readonly keys: readonly string[];
  /** Path of the object, empty for the whole. */
  readonly at?: string;
  /** Makes the error of a reason that names a field. */
  readonly fail: (reason: string) => QrtError;
}

/** Opens a JSON object. Throws what `fail` makes. */
export function readFields({ json, keys, at = '', fail }: FieldsInput): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw fail(`${at === '' ? 'it' : `"${at}"`} must be an object`);
  }
  const pathOf = (name: string): string => (at === '' ? name : `${at}.${name}`);
  for (const key of Object.keys(json)) {
    if (keys.includes(key)) continue;
    const shown = pathOf(onOneLine(key.slice(0, KEY_SHOWN)));
    throw fail(`the field "${shown}" is unknown; there are ${keys.join(', ')}`);
  }
  const has = (name: string): boolean => Object.hasOwn(json, name);
  const take = <T>(name: string, parse: Parse<T>, wanted: string): T => {
    if (!has(name)) throw fail(`"${pathOf(name)}" is missing: it must be ${wanted}`);
    const parsed = parse((json as Record<string, unknown>)[name]);
    if (parsed === undefined) throw fail(`"${pathOf(name)}" must be ${wanted}`);
    return parsed;
  };

  return Object.freeze({
    has,
    take,
    list<T>(name: string, { max, readItem }: ListInput<T>): T[] {
      const items = take(name, asList, 'a list');
      if (items.length > max) throw fail(`"${pathOf(name)}" has more than ${max} items`);
      return items.map((item, index) => readItem({ json: item, at: `${pathOf(name)}[${index}]` }));
    },
    record(name: string, recordKeys: readonly string[]): Fields {
      const inner = take(name, (value) => value, 'an object');
      return readFields({ json: inner, keys: recordKeys, at: pathOf(name), fail });
    },
  });
}

/** Text of at most `max` characters that matches. */
export function asText(max: number, pattern?: RegExp): Parse<string> {
  return (value) =>
    typeof value === 'string' && value.length <= max && pattern?.test(value) !== false
      ? value
      : undefined;
}

/** One line of at most `max` characters in which nothing breaks it or turns its direction. */
export function asLine(max: number): Parse<string> {
  return asText(max, LINE);
}

const LINE = /^[^\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+$/u;

/** A whole number from `min` to `max`. */
export function asWhole({ min, max }: { min: number; max: number }): Parse<number> {
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : undefined;
}

/** True or false. */
export const asFlag: Parse<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

const KEY_SHOWN = 40;

const asList: Parse<readonly unknown[]> = (value) => (Array.isArray(value) ? value : undefined);
