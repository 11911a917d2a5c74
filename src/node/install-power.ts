// Install power: the power of a root object, out of the files of its bundle and the operator's word.

import { isQrtError, QrtError } from '../core/errors.ts';
import { POWER_BYTES_MAX } from '../core/limits.ts';
import { GRANTABLE_TYPES, type NativeType } from '../core/power.ts';
import type { OperatorData } from '../kernel/ports.ts';
import type { Bundle } from './bundle.ts';
import { encodePlaced, parseExactly, parseRefs, placeRefs, type Ref } from './operator-data.ts';

/** What an operator said on the command line. */
export interface OperatorWord {
  /** JSON. */
  readonly power: string;
  readonly grants: readonly string[];
  /** `PLACE=QRID` each. */
  readonly refs: readonly string[];
}

/** What is known of a power before the code in it is checked. */
export interface PowerPlan {
  readonly grants: readonly NativeType[];
  /** The places of its references, as typed. */
  readonly references: readonly string[];
  /** The whole, with the checked texts of `bundle.codes` in their order. */
  readonly withCode: (texts: readonly string[]) => OperatorData;
}

interface PlanInput {
  /** The folder, as errors show it; absent for a single file. */
  readonly bundle?: Bundle & { readonly path: string };
  readonly word: OperatorWord;
}

/** One source of static data. */
interface Part {
  readonly what: string;
  readonly value: object;
  readonly bytes: number;
}

/** What qrt puts into a power itself cannot be given as data. */
const RESERVED = ['memory', 'make_object'];
const CODE = 'code';
const OPTION = '--power';

/**
 * Throws QRT_GRANT_UNKNOWN, QRT_BUNDLE_INCOMPLETE, QRT_BUNDLE_INVALID, QRT_REQUEST_OVERSIZE,
 * QRT_ARGUMENT_INVALID, and what is wrong with JSON and references.
 */
export function planPower({ bundle, word }: PlanInput): PowerPlan {
  const grants = [...new Set(word.grants.map(parseGrant))];
  const own = bundle?.power && readPart({ what: bundle.power.path, json: bundle.power.json });
  const typed = readPart({ what: OPTION, json: word.power });
  const refs = parseRefs(word.refs);
  if (bundle) {
    assertUnshadowed(bundle, own);
    assertFree({ bundle, parts: own ? [own, typed] : [typed] });
  }
  const codes = bundle?.codes ?? [];
  const reserved = [...RESERVED, ...grants, ...(codes.length > 0 ? [CODE] : [])];
  const { value, marks } = placeRefs(merge(own?.value ?? {}, typed.value), refs);
  // A reference in place of the whole.
  if (marks.has(value as object)) throw refuse('--ref', 'a power is an object: name a place in it');
  assertReserved({ typed: typed.value, refs, reserved });
  if (bundle) assertComplete({ bundle, grants, refs });

  return {
    grants,
    references: refs.map(({ path }) => path),
    withCode(texts) {
      const code: object = {};
      for (const [index, { name }] of codes.entries()) define(code, name, texts[index]);
      const whole = value as object;
      if (codes.length > 0) define(whole, CODE, code);
      const what = 'The power';
      const data = encodePlaced({ what, value: whole, marks, bytesMax: Number.POSITIVE_INFINITY });
      const parts = codes.map(({ path }, index) => ({ what: path, bytes: sizeOf(texts[index]) }));
      assertSize(data, own ? [...parts, own, typed] : [...parts, typed]);
      return data;
    },
  };
}

function parseGrant(type: string): NativeType {
  const known = GRANTABLE_TYPES.find((grantable) => grantable === type);
  if (known !== undefined) return known;
  throw new QrtError('QRT_GRANT_UNKNOWN', { type, known: GRANTABLE_TYPES.join(', ') });
}

function readPart({ what, json }: { what: string; json: string }): Part {
  const value = parseExactly({ what, json });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(what, 'give a JSON object');
  }
  try {
    // By itself, so that an error names the source that it is in.
    const { body } = encodePlaced({ what, value, marks: new Map(), bytesMax: POWER_BYTES_MAX });
    return { what, value, bytes: Buffer.byteLength(body) };
  } catch (error) {
    if (!isQrtError(error, 'QRT_DATA_OVERSIZE')) throw error;
    const details = { what, bytes: Buffer.byteLength(json), max: POWER_BYTES_MAX };
    throw new QrtError('QRT_REQUEST_OVERSIZE', details, error);
  }
}

/** MUST define: `__proto__` is a key like any other. */
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** The keys of both; those of the second win. */
function merge(first: object, second: object): object {
  const merged = {};
  for (const object of [first, second]) {
    for (const [key, value] of Object.entries(object)) define(merged, key, value);
  }
  return merged;
}

/** A bundle may not hold what looks like a native power and is none, granted or not. */
function assertUnshadowed({ codes, manifest, manifestPath }: Bundle, own: Part | undefined): void {
  const natives = [...RESERVED, ...GRANTABLE_TYPES];
  const reserved = codes.length > 0 ? [...natives, CODE] : natives;
  const shadow = own && reserved.find((key) => Object.hasOwn(own.value, key));
  if (own && shadow !== undefined) {
    throw invalid(own.what, `"${shadow}" is put into the power by qrt: choose another key`);
  }
  if (codes.length > 0 && manifest.refs.some(({ name }) => name === CODE)) {
    const reason = `"refs.${CODE}" is where the other code files are: choose another name`;
    throw invalid(manifestPath, reason);
  }
}

/** A reference that the manifest asks for stands in no data: it would be replaced. */
function assertFree({ bundle, parts }: { bundle: Bundle; parts: readonly Part[] }): void {
  for (const { name } of bundle.manifest.refs) {
    const part = parts.find(({ value }) => Object.hasOwn(value, name));
    if (part === undefined) continue;
    const reason = `"${name}" is a reference that qrt.json asks for: give it with --ref`;
    throw part.what === OPTION ? refuse(OPTION, reason) : invalid(part.what, reason);
  }
}

interface Typed {
  readonly typed: object;
  readonly refs: readonly Ref[];
  readonly reserved: readonly string[];
}

function assertReserved({ typed, refs, reserved }: Typed): void {
  for (const key of reserved) {
    if (Object.hasOwn(typed, key)) throw refuse(OPTION, `"${key}" is put there by qrt, not by it`);
    if (refs.some(({ place }) => place[0] === key)) {
      throw refuse('--ref', `"${key}" is put there by qrt, not by it`);
    }
  }
}

interface Given {
  readonly bundle: Bundle & { readonly path: string };
  readonly grants: readonly string[];
  readonly refs: readonly Ref[];
}

/** Says all at once: nobody should have to type a command again for each thing. */
function assertComplete({ bundle, grants, refs }: Given): void {
  const { manifest, path } = bundle;
  const isGiven = (name: string): boolean =>
    refs.some(({ place }) => place.length === 1 && place[0] === name);
  const options = [
    ...manifest.grants
      .filter((type) => !grants.includes(type))
      .map((type) => ({ option: `--grant ${type}`, purpose: '' })),
    ...manifest.refs
      .filter(({ name }) => !isGiven(name))
      .map(({ name, purpose }) => ({ option: formatRef(name), purpose })),
  ];
  if (options.length === 0) return;
  const width = Math.max(...options.map(({ option }) => option.length));
  const missing = options
    .map(({ option, purpose }) => `\n  ${`${option.padEnd(width)}   ${purpose}`.trimEnd()}`)
    .join('');
  throw new QrtError('QRT_BUNDLE_INCOMPLETE', { path, missing });
}

/** A shell reads `$` in a word as something else. */
const formatRef = (name: string): string =>
  name.includes('$') ? `--ref '${name}=QRID'` : `--ref ${name}=QRID`;

/** What a text takes in a body. */
const sizeOf = (text: string | undefined): number => Buffer.byteLength(JSON.stringify(text ?? ''));

type Sized = Pick<Part, 'what' | 'bytes'>;

const EMPTY_BYTES = 2;

function assertSize({ body }: OperatorData, parts: readonly Sized[]): void {
  const bytes = Buffer.byteLength(body);
  if (bytes <= POWER_BYTES_MAX) return;
  const list = parts
    .filter((part) => part.bytes > EMPTY_BYTES)
    .sort((one, other) => other.bytes - one.bytes)
    .map((part) => `${part.what} ${part.bytes}`);
  const what = `The power (${list.join(', ')})`;
  throw new QrtError('QRT_REQUEST_OVERSIZE', { what, bytes, max: POWER_BYTES_MAX });
}

function refuse(what: string, reason: string): QrtError {
  return new QrtError('QRT_ARGUMENT_INVALID', { what, reason });
}

function invalid(path: string, reason: string): QrtError {
  return new QrtError('QRT_BUNDLE_INVALID', { path, reason });
}
