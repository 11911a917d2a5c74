// Operator data: JSON that a person typed, with references placed where the person said.
//
// What JSON.parse would change silently is refused: a number that is not the one that was typed, a
// lone surrogate. Text that only looks like a reference stays text.

import { types } from 'node:util';
import { encode } from '../core/capdata.ts';
import { isQrtError, QrtError } from '../core/errors.ts';
import { formatQrid, parseQrid, type Qrid } from '../core/ids.ts';
import { onOneLine } from '../core/shown-text.ts';
import type { OperatorData } from '../kernel/ports.ts';
import { type Place, parsePlace, placeAt } from './data-place.ts';

export interface OperatorDataInput {
  /** For errors: `ARGSJSON`, `--power`. */
  readonly what: string;
  readonly json: string;
  /** `PLACE=QRID` each. */
  readonly refs: readonly string[];
  readonly bytesMax: number;
}

/** Throws QRT_JSON_MALFORMED, QRT_PATH_UNKNOWN, QRT_QRID_MALFORMED, QRT_REQUEST_OVERSIZE. */
export function makeOperatorData({ what, json, refs, bytesMax }: OperatorDataInput): OperatorData {
  const placed = placeRefs(parseExactly({ what, json }), parseRefs(refs));
  try {
    return encodePlaced({ ...placed, what, bytesMax });
  } catch (error) {
    if (!isQrtError(error, 'QRT_DATA_OVERSIZE')) throw error;
    const bytes = Buffer.byteLength(json);
    throw new QrtError('QRT_REQUEST_OVERSIZE', { what, bytes, max: bytesMax }, error);
  }
}

/** A reference and where it goes, as typed. */
export interface Ref {
  readonly path: string;
  readonly place: Place;
  readonly qrid: Qrid;
}

/** Reads `PLACE=QRID` each. Throws also when one place is given twice. */
export function parseRefs(texts: readonly string[]): readonly Ref[] {
  const refs = texts.map(parseRef);
  const places = new Set<string>();
  for (const { path, place } of refs) {
    const key = JSON.stringify(place);
    if (places.has(key)) throw badRef(`${path} is given twice`);
    places.add(key);
  }
  return refs;
}

/** A value with references in it. */
export interface Placed {
  readonly value: unknown;
  /** What stands in the places of references → the text of the reference. */
  readonly marks: ReadonlyMap<object, string>;
}

/** Puts references into a value, which it changes. Throws QRT_PATH_UNKNOWN. */
export function placeRefs(value: unknown, refs: readonly Ref[]): Placed {
  const marks = new Map<object, string>();
  let whole = value;
  for (const { path, place, qrid } of refs) {
    const mark = Object.freeze({});
    marks.set(mark, formatQrid(qrid));
    whole = placeAt({ value: whole, path, mark, place });
  }
  return { value: whole, marks };
}

interface QridData extends OperatorData {
  readonly slots: readonly Qrid[];
}

interface EncodeInput extends Placed {
  readonly what: string;
  readonly bytesMax: number;
}

/** Throws QRT_JSON_MALFORMED for what cannot be carried, QRT_DATA_OVERSIZE for too many bytes. */
export function encodePlaced({ what, value, marks, bytesMax }: EncodeInput): QridData {
  try {
    const { body, slots } = encode(value, {
      what,
      bytesMax,
      isProxy: types.isProxy,
      slotOf: (object) => marks.get(object),
    });
    return { body, slots: slots.map((slot) => parseQrid(slot)) };
  } catch (error) {
    if (isQrtError(error, 'QRT_DATA_UNCARRIED')) {
      const { path, reason } = error.details;
      throw malformed({
        what,
        reason: `${onOneLine(String(path))} cannot be carried: ${reason}`,
        cause: error,
      });
    }
    if (!isQrtError(error, 'QRT_DATA_OVERSIZE') || error.details['unit'] === 'bytes') throw error;
    const { max, unit } = error.details;
    throw malformed({ what, reason: `it has more than ${max} ${unit}`, cause: error });
  }
}

function parseRef(ref: string): Ref {
  // A key may hold `=`, a QRID never does.
  const cut = ref.lastIndexOf('=');
  if (cut < 0) throw badRef('give it as PLACE=QRID');
  const path = ref.slice(0, cut);
  return { path, place: parsePlace(path), qrid: parseQrid(ref.slice(cut + 1), `--ref ${path}`) };
}

function badRef(reason: string): QrtError {
  return new QrtError('QRT_ARGUMENT_INVALID', { what: '--ref', reason });
}

/** JSON that means exactly what was typed. Throws QRT_JSON_MALFORMED. */
export function parseExactly({ what, json }: { what: string; json: string }): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    // The parser quotes what it stumbled over.
    const reason = error instanceof Error ? onOneLine(error.message) : '';
    throw malformed({ what, reason, cause: error });
  }
  for (const [token] of json.matchAll(STRING_OR_NUMBER)) {
    if (!token.startsWith('"') && !isExact(token)) {
      const reason = `the number ${token.slice(0, 40)} cannot be kept: it would become ${describe(Number(token))}`;
      throw malformed({ what, reason });
    }
  }
  return value;
}

/** In valid JSON a digit or minus outside of a string begins a number. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

const describe = (value: number): string => (Object.is(value, -0) ? '0' : String(value));

/** Whether the number that JSON makes of a token is written with the same digits. */
function isExact(token: string): boolean {
  const value = Number(token);
  if (!Number.isFinite(value) || Object.is(value, -0)) return false;
  return normalize(token) === normalize(String(value));
}

/** A decimal number as its digits and the power of ten of the last one. */
function normalize(token: string): string {
  const [mantissa = '', exponent = '0'] = token.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length);
  return `${significant}e${power - BigInt(significant.length)}`;
}

function malformed(input: { what: string; reason: string; cause?: unknown }): QrtError {
  const { what, reason, cause } = input;
  return new QrtError('QRT_JSON_MALFORMED', { what, reason }, cause);
}
