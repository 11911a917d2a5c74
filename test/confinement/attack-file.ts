// Attack file: a `*.js` file whose first comment line says what must come of the code below it.
//
//   // throws                      refused | throws | killed | value JSON
//   () => process.exit(1)
//
// Strangers write such files, so the line is read kindly: `expect:` or `outcome:` may come first,
// `/* */` will do, and words may follow a kind, such as a reason.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { QrtError } from '../../src/core/errors.ts';
import { CODE_BYTES_INSTALL_MAX } from '../../src/core/limits.ts';
import { readTextFile } from '../../src/node/text-file.ts';
import type { Expected, Outcome } from './outcome.ts';

/** A file of a folder, ready to be tried. */
export interface AttackFile {
  /** Printable and without blanks. */
  readonly name: string;
  /** Any of these will do; none when the file does not say. */
  readonly expected: readonly Expected[];
  /** The text below the comment, or how it was refused as a file. */
  readonly code: string | Extract<Outcome, { kind: 'refused' }>;
}

/** What a line that says nothing is told. */
export const EXPECTED_MISSING =
  'its first line must be a comment with the outcome: // refused, // throws, // killed or // value JSON';

const SUFFIX = '.js';

/** The files of a folder by name; folders in it are passed over. */
export function readAttackFiles(dir: string): readonly AttackFile[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(SUFFIX))
    .filter((name) => statSync(join(dir, name), { throwIfNoEntry: false })?.isFile())
    .sort()
    .map((name) => readAttackFile(join(dir, name), name));
}

function readAttackFile(path: string, name: string): AttackFile {
  // Byte by byte, as where the code begins is counted in them, and what follows may be no text.
  const { expected, rest } = splitOutcome(readFileSync(path, 'latin1'));
  const shown = name.slice(0, -SUFFIX.length).replace(/[^\x21-\x7e]/g, '_');
  return { name: shown, expected, code: readCode(path, rest) };
}

/** The text of the code; bytes that are no text are refused as `qrt install` refuses them. */
function readCode(path: string, units: number): AttackFile['code'] {
  const fail = (reason: string) => new QrtError('QRT_CODE_REFUSED', { where: 'the file', reason });
  try {
    readTextFile({ path, bytesMax: CODE_BYTES_INSTALL_MAX, fail });
  } catch (error) {
    if (!(error instanceof QrtError)) throw error;
    return { kind: 'refused', code: error.code, message: error.message };
  }
  return readFileSync(path).subarray(units).toString('utf8');
}

interface Split {
  readonly expected: readonly Expected[];
  /** Bytes of the text up to where the code begins. */
  readonly rest: number;
}

/** Finds the first comment of the text's head that says an outcome, and where it ends. */
function splitOutcome(text: string): Split {
  const mark = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0;
  const comment = /\s*(?:\/\/([^\n\r]*)|\/\*([\s\S]*?)\*\/)/y;
  comment.lastIndex = mark;
  for (let found = comment.exec(text); found !== null; found = comment.exec(text)) {
    const lines = Buffer.from(found[1] ?? found[2] ?? '', 'latin1').toString('utf8');
    for (const line of lines.split('\n')) {
      const expected = parseOutcome(line.replace(/^[\s*]+/, '').trim());
      if (expected.length > 0) return { expected, rest: comment.lastIndex };
    }
  }
  return { expected: [], rest: mark };
}

const LEAD =
  /^(?:expect(?:ed|s)?|outcome|result)?(?:\s+(?:outcome|result))?\s*[:=\u2013\u2014-]?\s*/i;
const KINDS: Readonly<Record<string, Outcome['kind']>> = {
  refused: 'refused',
  throws: 'throws',
  killed: 'killed',
  value: 'value',
};

/** Outcomes that a line allows: one, or several with `|` or `or` between. */
export function parseOutcome(line: string): readonly Expected[] {
  const text = line.replace(LEAD, '').replace(/^`(.*)`$/, '$1');
  const [, word = '', tail = ''] = /^([a-z]+)\b\s*[:=]?\s*(.*)$/is.exec(text) ?? [];
  const kind = KINDS[word.toLowerCase()];
  if (kind === undefined) return [];
  if (kind === 'value') {
    const value = parseValue(tail);
    return value === undefined ? [] : [{ kind, value: value.value }];
  }
  const [, other] = /^(?:\||\/|or\b)\s*(.*)$/is.exec(tail) ?? [];
  return [{ kind }, ...(other === undefined ? [] : parseOutcome(other))];
}

/** JSON, also with words behind it; nothing and `undefined` are what a bare return gives. */
function parseValue(text: string): { readonly value: unknown } | undefined {
  if (/^(undefined\b.*)?$/.test(text)) return { value: undefined };
  for (let end = text.length; end > 0; end = text.lastIndexOf(' ', end - 1)) {
    try {
      return { value: JSON.parse(text.slice(0, end)) as unknown };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}
