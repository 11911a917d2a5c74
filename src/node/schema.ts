// Schema: reads JSON of a known form into types by schemas of valibot, and names the field that is
// wrong as people need it told.
//
// The messages of a schema are what is said after the name of a field: `must be …`. Valibot costs a
// command 5 ms and 2 MB (zod would cost 50 ms and 14 MB).

import * as v from 'valibot';
import type { QrtError } from '../core/errors.ts';
import { onOneLine } from '../core/shown-text.ts';

export interface ReadInput<Output> {
  readonly json: unknown;
  readonly schema: v.GenericSchema<unknown, Output>;
  /** Makes the error of a reason that names a field. */
  readonly fail: (reason: string) => QrtError;
}

/** Reads JSON as a schema says. Throws what `fail` makes. */
export function readAs<Output>({ json, schema, fail }: ReadInput<Output>): Output {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const { issues } = result;
  // What else is wrong may follow from a name that was mistyped.
  throw fail(describeIssue(issues.find(isUnknown) ?? issues[0]));
}

/** What is said of a field that is none. */
type OnUnknown = (key: string) => string;

/** A JSON object with these fields and no others. */
export function record<const Entries extends v.ObjectEntries>(
  entries: Entries,
  onUnknown: OnUnknown = () => `is unknown; there are ${Object.keys(entries).join(', ')}`,
) {
  // Without a prototype: valibot looks fields up by `in`.
  const own: Entries = Object.assign(Object.create(null), entries);
  const schema = v.strictObject(own, (issue) => {
    const key = issue.path?.at(-1)?.key;
    if (isUnknown(issue)) return onUnknown(String(key));
    if (issue.expected === 'Object' || typeof key !== 'string') return OBJECT;
    return `is missing: it ${messageOf(entries[key])}`;
  });
  const read: (typeof schema)['~run'] = (dataset, config) => {
    // Valibot takes a list for an object.
    const given = Array.isArray(dataset.value) ? { ...dataset, value: undefined } : dataset;
    return schema['~run'](given, config);
  };
  return { ...schema, '~run': read };
}

/** A list of at most `max` items. */
export function list<Item extends v.GenericSchema>(item: Item, max: number) {
  return v.pipe(v.array(item, 'must be a list'), v.maxLength(max, `has more than ${max} items`));
}

interface TextInput {
  readonly max: number;
  /** What people are told to write: `a text`. */
  readonly wanted: string;
  readonly pattern?: RegExp;
}

/** Text of at most `max` characters that matches. */
export function text({ max, wanted, pattern = ANY }: TextInput) {
  const message = `must be ${wanted}`;
  return v.pipe(v.string(message), v.maxLength(max, message), v.regex(pattern, message));
}

/** One line of at most `max` characters in which nothing breaks it or turns its direction. */
export function line(input: Omit<TextInput, 'pattern'>) {
  return text({ ...input, pattern: LINE });
}

interface WholeInput {
  readonly min: number;
  readonly max: number;
  readonly wanted?: string;
}

/** A whole number from `min` to `max`. */
export function whole({ min, max, wanted = `a whole number from ${min} to ${max}` }: WholeInput) {
  const message = `must be ${wanted}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

/** True or false. */
export const FLAG = v.boolean('must be true or false');

/** What `parse` knows, unchanged. */
export function known<T>(parse: (value: unknown) => T | undefined, wanted: string) {
  return v.custom<T>((value) => parse(value) !== undefined, `must be ${wanted}`);
}

type Issue = v.BaseIssue<unknown>;

const isUnknown = (issue: Issue): boolean =>
  issue.type === 'strict_object' && issue.expected === 'never';

function describeIssue(issue: Issue): string {
  const path = (issue.path ?? []).map(({ key }) => key).reduce<string>(addKey, '');
  if (isUnknown(issue)) return `the field "${path}" ${issue.message}`;
  return `${path === '' ? 'it' : `"${path}"`} ${issue.message}`;
}

function addKey(path: string, key: unknown): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  const shown = onOneLine(String(key).slice(0, KEY_SHOWN));
  return path === '' ? shown : `${path}.${shown}`;
}

/** What a schema says of a value that is not of its kind at all. */
function messageOf(schema: object | undefined): string {
  const { message } = schema as { readonly message?: unknown };
  return typeof message === 'string' ? message : OBJECT;
}

const OBJECT = 'must be an object';
const KEY_SHOWN = 40;
const ANY = /^/;
const LINE = /^[^\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+$/u;
