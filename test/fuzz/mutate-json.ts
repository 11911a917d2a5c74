// Mutate JSON: one or a few changes to a value, likely ones for their place, as a tree or as text.

import { pick } from '../sim/random.ts';
import type { Random } from './target.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const NUMBERS = [0, -1, 1, 2, 1.5, -0, 2 ** 31, 2 ** 32, 2 ** 48, 2 ** 48 + 1, 2 ** 53, 1e308];
const TEXTS = [
  ...['', '0', '{', '\u0000', '\ud800', 'é\u202e', '__proto__', 'constructor', 'toString', 'null'],
  ...[
    'A'.repeat(43),
    'a'.repeat(64),
    'x1',
    'y1',
    'q1',
    'p1',
    'o1.0',
    'm1.0',
    'i1',
    'x'.repeat(70_000),
  ],
];
const OTHERS: readonly Json[] = [null, true, false, [], {}, [[]], { $: 0 }, { $: -1 }, [null]];
const DEEP = [65, 500];
/** Deeper than what can be written from a tree. */
const DEEP_TEXT = [10_000, 100_000];
const WIDE = [3, 17, 65, 101, 1_001];
const WIDEST = 50_000;
const WIDE_TEXT_MAX = 20;

/** A copy with one change, seldom up to four. */
export function mutateJson(random: Random, value: Json): Json {
  let changed: Json = structuredClone(value);
  do changed = change(random, changed);
  while (random() < 0.3);
  return changed;
}

/** The value as text, which now and then no longer is the JSON that it should be. */
export function writeMutated(random: Random, value: Json): string {
  const text = JSON.stringify(value);
  if (random() < 0.85) return text;
  const at = Math.floor(random() * text.length);
  return pick(random, TEXT_CHANGES)(text, at, random);
}

type TextChange = (text: string, at: number, random: Random) => string;

const TEXT_CHANGES: readonly TextChange[] = [
  (text, at) => text.slice(0, at),
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at, random) =>
    text.slice(0, at) + pick(random, ['"', '{', ']', '\\', '\n', '9', '\ufeff']) + text.slice(at),
  (text) => text.replace(/\d+/, '1e400'),
  (text) => text.replace(/\d+/, (digits) => `${digits}.0`),
  (text) => text.replace('{', '{"__proto__":{"vat":1},'),
  (text, _, random) => {
    const levels = pick(random, DEEP_TEXT);
    return text.replace(/\d+/, '['.repeat(levels) + ']'.repeat(levels));
  },
  // A member twice: the last one counts.
  (text) => text.replace(/("\w+":)/, '$1null,$1'),
  (text) => ` ${text}\n`,
  (text) => text + text,
  (text) =>
    text.replace(/"(\w)/, (_, first: string) => `"\\u00${first.charCodeAt(0).toString(16)}`),
];

function change(random: Random, root: Json): Json {
  const places = placesOf(root);
  if (places.length === 0 || random() < 0.03) return likely(random, root);
  const { parent, key } = pick(random, places);
  const now = Reflect.get(parent, key) as Json;
  const put = (value: Json): void => {
    // An own member also when it is called `__proto__`.
    Object.defineProperty(parent, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  };
  const how = random();
  if (how < 0.55) put(likely(random, now));
  else if (how < 0.67) {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else Reflect.deleteProperty(parent, key);
  } else if (how < 0.77) {
    if (Array.isArray(parent)) parent.splice(Number(key), 0, structuredClone(now));
    else Object.assign(parent, { [`${key}2`]: structuredClone(now) });
  } else if (how < 0.9) {
    const other = pick(random, places);
    put(structuredClone(Reflect.get(other.parent, other.key) as Json));
  } else put(pick(random, [[now], { $: now }, nest(pick(random, DEEP)), widen(random, now)]));
  return root;
}

/** Another value that may well stand there. */
function likely(random: Random, now: Json): Json {
  if (random() < 0.15) return structuredClone(pick(random, OTHERS));
  if (typeof now === 'number') {
    return random() < 0.4 ? now + pick(random, [1, -1, 2, 1_000]) : pick(random, NUMBERS);
  }
  if (typeof now === 'string') return random() < 0.5 ? alter(random, now) : pick(random, TEXTS);
  if (typeof now === 'boolean') return !now;
  return structuredClone(pick(random, [pick(random, NUMBERS), pick(random, TEXTS), ...OTHERS]));
}

function alter(random: Random, text: string): string {
  const at = Math.floor(random() * text.length);
  const code = text.charCodeAt(at) || 65;
  return pick(random, [
    text.slice(0, at),
    text.slice(at),
    text + text,
    text.slice(0, at) +
      String.fromCharCode(code ^ (1 << Math.floor(random() * 6))) +
      text.slice(at + 1),
    `${text.slice(0, at)}${pick(random, TEXTS).slice(0, 100)}${text.slice(at)}`,
    text.toUpperCase(),
  ]);
}

function nest(levels: number): Json {
  let value: Json = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

function widen(random: Random, value: Json): Json {
  const length = random() < 0.05 ? WIDEST : pick(random, WIDE);
  const entry = typeof value === 'string' ? value.slice(0, WIDE_TEXT_MAX) : value;
  return Array.from({ length }, () => (typeof entry === 'object' ? null : entry));
}

interface Place {
  readonly parent: object;
  readonly key: string;
}

/** All places of a value, without recursion: it may be deep. */
function placesOf(root: Json): readonly Place[] {
  const places: Place[] = [];
  const open: Json[] = [root];
  for (let value = open.pop(); value !== undefined && places.length < 2_000; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      places.push({ parent: value, key });
      if (inner !== undefined) open.push(inner as Json);
    }
  }
  return places;
}
