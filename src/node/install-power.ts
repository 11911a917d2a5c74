// Install power: the power of a root object, out of the files of its bundle and the operator's word.

import { isQrtError, QrtError } from '../core/errors.ts';
import { GRANTABLE_TYPES, type NativeType } from '../core/power.ts';
import { onOneLine } from '../core/shown-text.ts';
import type { Bundle } from './bundle.ts';
import { encodePlaced, type Placed, parseExactly, placeRefs, type Ref } from './operator-data.ts';

/** What somebody gives to a root object. */
export interface Given {
  /** Static data that wins over that of the bundle, key by key; `what` names it in errors. */
  readonly typed: { readonly what: string; readonly value: unknown };
  readonly grants: readonly string[];
  /** Placed after the data of both is one. */
  readonly refs: readonly Ref[];
  /** What the node takes as a power. */
  readonly bytesMax: number;
  /** Whether a value in `typed` is a reference. */
  readonly isReference: (value: unknown) => boolean;
}

/** A power but for the code in it, which is not checked yet. */
export interface PowerPlan extends Placed {
  readonly grants: readonly NativeType[];
}

interface PlanInput {
  /** The folder, as errors show it; absent for a single file. */
  readonly bundle?: (Bundle & { readonly path: string }) | undefined;
  readonly given: Given;
}

/** What qrt puts into a power itself cannot be given as data. */
const RESERVED = ['memory', 'make_object'];
const CODE = 'code';

/**
 * Throws QRT_GRANT_UNKNOWN, QRT_BUNDLE_INCOMPLETE, QRT_BUNDLE_INVALID, QRT_ARGUMENT_INVALID,
 * QRT_PATH_UNKNOWN, and what is wrong with the power.json.
 */
export function planPower({ bundle, given }: PlanInput): PowerPlan {
  const { refs, isReference } = given;
  const grants = [...new Set(given.grants.map(parseGrant))];
  const { bytesMax } = given;
  const own =
    bundle?.power && readPowerData({ ...bundle.power, what: bundle.power.path, bytesMax });
  const typed = asRecord(given.typed, isReference);
  if (bundle) {
    assertUnshadowed(bundle, own);
    assertFree({ bundle, own, given, typed });
  }
  const placed = placeRefs(merge(own ?? {}, typed), refs);
  // A reference in place of the whole.
  if (placed.marks.has(placed.value as object)) {
    throw refuse('--ref', 'a power is an object: name a place in it');
  }
  const codes = bundle?.codes ?? [];
  assertReserved({
    what: given.typed.what,
    typed,
    refs,
    reserved: [...RESERVED, ...grants, ...(codes.length > 0 ? [CODE] : [])],
  });
  if (bundle) {
    const isGiven = (name: string): boolean =>
      refs.some(({ place }) => place.length === 1 && place[0] === name) ||
      (Object.hasOwn(typed, name) && isReference((typed as Record<string, unknown>)[name]));
    assertComplete({ bundle, grants, isGiven });
  }
  return { ...placed, grants };
}

interface CodeInput<Data> {
  /** What a plan was encoded as. */
  readonly data: Data;
  readonly bundle: Bundle | undefined;
  /** The checked texts of its code, in their order. */
  readonly texts: readonly string[];
  /** What the node takes. */
  readonly bytesMax: number;
}

/** The whole power. Throws QRT_REQUEST_OVERSIZE, which names the files. */
export function addCode<Data extends { readonly body: string }>(input: CodeInput<Data>): Data {
  const { data, bundle, texts, bytesMax } = input;
  const codes = bundle?.codes ?? [];
  const power = JSON.parse(data.body) as object;
  if (codes.length > 0) {
    const code = {};
    for (const [index, { name }] of codes.entries()) {
      // As keys of data are written: see core/capdata.ts.
      define(code, name.replace(/^\$/, '$$$$'), texts[index]);
    }
    define(power, CODE, code);
  }
  const body = JSON.stringify(power);
  const bytes = Buffer.byteLength(body);
  if (bytes <= bytesMax) return { ...data, body };
  const parts = codes.map(({ path }, index) => ({ path, bytes: sizeOf(texts[index]) }));
  const path = bundle?.power ? `${bundle.power.path} and options` : 'options';
  const list = [...parts, { path, bytes: Buffer.byteLength(data.body) }]
    .sort((one, other) => other.bytes - one.bytes)
    .map((part) => `${part.path} ${part.bytes}`);
  const what = `The power (${list.join(', ')})`;
  throw new QrtError('QRT_REQUEST_OVERSIZE', { what, bytes, max: bytesMax });
}

/** What a text takes in a body. */
const sizeOf = (text: string | undefined): number => Buffer.byteLength(JSON.stringify(text ?? ''));

function parseGrant(type: string): NativeType {
  const known = GRANTABLE_TYPES.find((grantable) => grantable === type);
  if (known !== undefined) return known;
  throw new QrtError('QRT_GRANT_UNKNOWN', { type, known: GRANTABLE_TYPES.join(', ') });
}

interface PowerJson {
  /** Where it comes from. */
  readonly what: string;
  readonly json: string;
  readonly bytesMax: number;
}

/** The JSON of one source of static data, checked by itself, so that an error names the source. */
export function readPowerData({ what, json, bytesMax }: PowerJson): object {
  const value = asRecord({ what, value: parseExactly({ what, json }) }, () => false);
  try {
    encodePlaced({ what, value, marks: new Map(), bytesMax });
    return value;
  } catch (error) {
    if (!isQrtError(error, 'QRT_DATA_OVERSIZE')) throw error;
    const details = { what, bytes: Buffer.byteLength(json), max: bytesMax };
    throw new QrtError('QRT_REQUEST_OVERSIZE', details, error);
  }
}

function asRecord({ what, value }: Given['typed'], isReference: Given['isReference']): object {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isRecord && !isReference(value)) return value;
  throw refuse(what, 'give a JSON object');
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
function assertUnshadowed(bundle: Bundle, own: object | undefined): void {
  const { codes, manifest, manifestPath, power } = bundle;
  const natives = [...RESERVED, ...GRANTABLE_TYPES];
  const reserved = codes.length > 0 ? [...natives, CODE] : natives;
  const shadow = own && reserved.find((key) => Object.hasOwn(own, key));
  if (power && shadow !== undefined) {
    throw invalid(power.path, `"${shadow}" is put into the power by qrt: choose another key`);
  }
  if (codes.length > 0 && manifest.refs.some(({ name }) => name === CODE)) {
    const reason = `"refs.${CODE}" is where the other code files are: choose another name`;
    throw invalid(manifestPath, reason);
  }
}

interface Data {
  readonly bundle: Bundle;
  readonly own: object | undefined;
  readonly typed: object;
  readonly given: Given;
}

/** What the manifest asks for as a reference may not stand in the data: it would be replaced. */
function assertFree({ bundle: { manifest, power }, own, typed, given }: Data): void {
  for (const { name } of manifest.refs) {
    const reason = `"${name}" is a reference that qrt.json asks for, not data`;
    if (power && own && Object.hasOwn(own, name)) throw invalid(power.path, reason);
    const value = Object.getOwnPropertyDescriptor(typed, name)?.value as unknown;
    if (value !== undefined && !given.isReference(value)) throw refuse(given.typed.what, reason);
  }
}

interface Reserved {
  readonly what: string;
  readonly typed: object;
  readonly refs: readonly Ref[];
  readonly reserved: readonly string[];
}

function assertReserved({ what, typed, refs, reserved }: Reserved): void {
  for (const key of reserved) {
    const reason = `"${key}" is put there by qrt, not by it`;
    if (Object.hasOwn(typed, key)) throw refuse(what, reason);
    if (refs.some(({ place }) => place[0] === key)) throw refuse('--ref', reason);
  }
}

interface Complete {
  readonly bundle: Bundle & { readonly path: string };
  readonly grants: readonly string[];
  readonly isGiven: (name: string) => boolean;
}

/** Says all at once: nobody should have to type a command again for each thing. */
function assertComplete({ bundle, grants, isGiven }: Complete): void {
  const { manifest, path } = bundle;
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
  throw new QrtError('QRT_BUNDLE_INCOMPLETE', { path: onOneLine(path), missing });
}

/** A shell reads `$` in a word as something else. */
const formatRef = (name: string): string =>
  name.includes('$') ? `--ref '${name}=QRID'` : `--ref ${name}=QRID`;

function refuse(what: string, reason: string): QrtError {
  return new QrtError('QRT_ARGUMENT_INVALID', { what, reason });
}

function invalid(path: string, reason: string): QrtError {
  return new QrtError('QRT_BUNDLE_INVALID', { path, reason });
}
