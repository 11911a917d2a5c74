// Data place: one place in a JSON value, as an operator writes it: `to`, `list[3].who`, `["a b"]`.

import { QrtError } from '../core/errors.ts';
import { onOneLine } from '../core/shown-text.ts';

/** Keys and indices from the outside in; none is the whole value. */
export type Place = readonly (string | number)[];

const HINT_CHARACTERS_MAX = 200;
const STEP = /\.?([^.[\]"]+)|\[(0|[1-9]\d{0,9})\]|\[("(?:[^"\\]|\\.)*")\]/y;

/** Reads a path. Throws QRT_PATH_UNKNOWN. */
export function parsePlace(path: string): Place {
  const place: (string | number)[] = [];
  const step = new RegExp(STEP);
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    const isFirstDot = match?.index === 0 && path.startsWith('.');
    if (match === null || isFirstDot) throw unknown(path, 'Write it like `to` or `list[0].who`.');
    const [, key, index, quoted] = match;
    if (key !== undefined) place.push(key);
    else if (index !== undefined) place.push(Number(index));
    else place.push(JSON.parse(quoted ?? '""') as string);
  }
  return place;
}

export interface PlaceInput {
  readonly value: unknown;
  /** For errors. */
  readonly path: string;
  readonly place: Place;
  /** What is put there. */
  readonly mark: object;
}

/** The value with `mark` at the place, which it holds already or whose parent object it holds. */
export function placeAt({ value, path, place, mark }: PlaceInput): unknown {
  const last = place.at(-1);
  if (last === undefined) return mark;
  let parent = value;
  for (const step of place.slice(0, -1)) parent = childOf({ parent, step, path });
  if (Array.isArray(parent) && typeof last === 'number' && last < parent.length) {
    parent[last] = mark;
  } else if (isRecord(parent) && typeof last === 'string') {
    // MUST define: `__proto__` is a key like any other.
    const rest = { value: mark, writable: true, enumerable: true, configurable: true };
    Object.defineProperty(parent, last, rest);
  } else {
    throw unknown(path, hintFor(parent));
  }
  return value;
}

function childOf(input: { parent: unknown; step: string | number; path: string }): unknown {
  const { parent, step, path } = input;
  const isThere =
    (Array.isArray(parent) && typeof step === 'number' && step < parent.length) ||
    (isRecord(parent) && typeof step === 'string' && Object.hasOwn(parent, step));
  if (!isThere) throw unknown(path, hintFor(parent));
  return (parent as Record<string | number, unknown>)[step];
}

/** A mark is frozen: nothing is placed inside of a reference. */
const isRecord = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.isExtensible(value);

function hintFor(parent: unknown): string {
  if (Array.isArray(parent))
    return `There is a list there; [0] is its first place, and it has ${parent.length}.`;
  if (isRecord(parent)) {
    const keys = onOneLine(Object.keys(parent).join(', ').slice(0, HINT_CHARACTERS_MAX));
    return keys === ''
      ? 'The object there is empty: write what comes before the last key first.'
      : `The keys there: ${keys}.`;
  }
  return 'There is neither an object nor a list to put it into.';
}

function unknown(path: string, hint: string): QrtError {
  return new QrtError('QRT_PATH_UNKNOWN', { what: '--ref', path, hint });
}
