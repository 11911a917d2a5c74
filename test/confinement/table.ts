// Table: attacks as they are written down in `*.txt`, one block of lines each.
//
//   the constructor of functions            <- its name
//     code   () => (() => 1).constructor('return process.pid')()
//     here   throws TypeError               <- its outcome on a node: see README.md
//     naive  value === pid: succeeds        <- its goal, and whether `node:vm` lets it get there
//
// `make` in place of `code` holds an expression whose value is the text.

import { readFileSync } from 'node:fs';
import type { Expected } from './outcome.ts';

/** One attack, or a control: legal code that looks like one, and has no goal. */
export interface Attack {
  readonly name: string;
  readonly code: string;
  /** Of the first call, and of the second if that is to be another. */
  readonly expected: readonly Expected[];
  readonly naive?: { readonly goal: string; readonly succeeds: boolean };
}

/** The files, each with the kind of its attacks. */
export const KINDS = [
  'escape',
  'nondeterminism',
  'interference',
  'kernel',
  'resources',
  'source',
  'serialization',
  'controls',
] as const;
export type Kind = (typeof KINDS)[number];

/** Reads the attacks of one kind. Throws when a block is not as it should be. */
export function readTable(kind: Kind): readonly Attack[] {
  const text = readFileSync(new URL(`attacks/${kind}.txt`, import.meta.url), 'utf8');
  const blocks: { name: string; fields: Map<string, string> }[] = [];
  for (const line of text.split('\n')) {
    const field = /^ {2}(\w+) +(.*)$/.exec(line);
    if (field) blocks.at(-1)?.fields.set(field[1] ?? '', field[2] ?? '');
    else if (line !== '' && !line.startsWith('#')) blocks.push({ name: line, fields: new Map() });
  }
  return blocks.map(({ name, fields }) => readAttack(name, fields));
}

function readAttack(name: string, fields: ReadonlyMap<string, string>): Attack {
  const fail = (what: string) => new Error(`attack "${name}": ${what}`);
  const make = fields.get('make');
  const code = fields.get('code') ?? (make && evaluate(make));
  if (code === undefined) throw fail('it has no code');
  const expected = (fields.get('here') ?? '').split('; then ').map((part) => {
    const read = readExpected(part);
    if (read === undefined) throw fail(`no outcome: ${part}`);
    return read;
  });
  const naive = fields.get('naive');
  if (naive === undefined) return { name, code, expected };
  const [, goal, verdict] = /^(.*): (succeeds|fails|\?)$/.exec(naive) ?? [];
  if (goal === undefined) throw fail(`no goal: ${naive}`);
  return { name, code, expected, naive: { goal, succeeds: verdict === 'succeeds' } };
}

/** The texts of attacks that are too long or too strange for a line are made by an expression. */
function evaluate(expression: string): string {
  return String(new Function(`return (${expression})`)());
}

function readExpected(text: string): Expected | undefined {
  const [, kind, detail] = /^(refused|throws|killed|value)(?: (.*))?$/.exec(text) ?? [];
  switch (kind) {
    case 'value':
      return { kind, value: detail === undefined ? undefined : JSON.parse(detail) };
    case 'refused':
    case 'throws':
    case 'killed':
      return detail === undefined ? { kind } : { kind, detail };
    default:
      return undefined;
  }
}
