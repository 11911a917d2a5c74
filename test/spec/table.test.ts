// The table in README.md and the tests must name the same promises.

import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const HERE = new URL('./', import.meta.url);

/** Promises that have to be in the table, whole or in a first version. */
const OWNED: readonly string[] = [
  ...numbered('Q', 1, 30),
  'Q8a',
  ...numbered('Q', 32, 50),
  ...['Q52', 'Q58', 'Q58a'],
  ...['R1', 'R2', 'R5', 'R7', 'R8', 'R9', 'R11', 'R12', 'R14', 'R16'],
  ...['T1', 'T8', 'T10', 'X5', 'X6', 'X7', 'X8'],
];

const ID = /^([A-Z]\d+[a-z]?) /;
/** The callee of a test: `it(…)`, `it.each(…)(…)`, `it.runIf(…)(…)`, `test.only(…)`. */
const TEST = /^(it|test)\b/;
const SKIPPED = /\.(skip|todo|only|fails)\b/;

interface Line {
  readonly id: string;
  readonly promise: string;
  readonly files: readonly string[];
}

interface NamedTest {
  readonly file: string;
  readonly name: string;
  /** Undefined when the name does not begin with one. */
  readonly id: string | undefined;
  readonly isSkipped: boolean;
}

const lines = readLines();
const tests = readTests();

describe('the table of promises', () => {
  it('has every promise that is owned so far, once', () => {
    const ids = lines.map(({ id }) => id);
    expect(OWNED.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('has a test for each line, in the file that the line names', () => {
    const missing = lines.flatMap(({ id, files }) =>
      files
        .filter((file) => !tests.some((test) => test.id === id && test.file === file))
        .map((file) => `${id} in ${file}`),
    );
    expect(missing).toEqual([]);
    expect(lines.filter(({ files }) => files.length === 0)).toEqual([]);
  });

  it('has a line for each test, which names its file', () => {
    const unlisted = tests
      .filter(({ id, file }) => !lines.some((line) => line.id === id && line.files.includes(file)))
      .map(({ file, name }) => `${file}: ${name}`);
    expect(unlisted).toEqual([]);
  });

  it('says something in each line', () => {
    expect(lines.filter(({ promise }) => !/^[A-Z`].{20,}[.:]$/.test(promise))).toEqual([]);
  });

  it('counts tests that run', () => {
    expect(tests.length).toBeGreaterThanOrEqual(OWNED.length);
    expect(tests.filter(({ isSkipped }) => isSkipped)).toEqual([]);
  });
});

function numbered(letter: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, n) => `${letter}${from + n}`);
}

function readLines(): readonly Line[] {
  const text = readFileSync(new URL('README.md', HERE), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, id, promise = '', files = ''] =
      /^\| ([A-Z]\d\S*) \| (.*) \| (.*) \|$/.exec(line) ?? [];
    return id === undefined ? [] : [{ id, promise, files: files.split(', ') }];
  });
}

function readTests(): readonly NamedTest[] {
  return readdirSync(HERE)
    .filter((file) => file.endsWith('.test.ts') && file !== 'table.test.ts')
    .flatMap(testsIn);
}

/** Tests of one file by their names in the text; what is computed in a name does not count. */
function testsIn(file: string): readonly NamedTest[] {
  const text = readFileSync(new URL(file, HERE), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const found: NamedTest[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && TEST.test(node.expression.getText(source))) {
      const [first] = node.arguments;
      const isName = first && (ts.isStringLiteralLike(first) || ts.isTemplateExpression(first));
      if (isName) {
        const name = ts.isTemplateExpression(first) ? first.head.text : first.text;
        const isSkipped = SKIPPED.test(node.expression.getText(source));
        found.push({ file, name, id: ID.exec(name)?.[1], isSkipped });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
