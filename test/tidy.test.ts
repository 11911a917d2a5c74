// The rules of style that no other tool checks; each test is one rule.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const FILE_LINES_MAX = 300;

/** Layers whose functions return when their work is done: no promise, no timer. */
const SYNCHRONOUS = /^src\/(core|kernel|guest|store|crypto)\//;

/** Each way out of the deterministic world has one file; everything else gets it as a port. */
const ALLOWED_IN = new Map<string, readonly string[]>([
  ['Math.random', []],
  ['Date.now', ['src/node/clock.ts']],
  ['new Date', ['src/node/clock.ts']],
  ['console', ['src/cli/output.ts']],
]);

/** The glossary has another word for each of these. */
const BANNED_WORDS = /\b(crank|actor|handler)s?\b/i;

/** Written in pieces, or this file would break its own rule. */
const MACHINE_PATHS = new RegExp(
  `(?<![\\w.~-])/(${['work', 'home/[a-z]', 'Users/[A-Za-z]', 'root'].join('|')})(?=[/\\w])`,
);

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const files = repositoryFiles();
const sources = files.filter(({ path }) => /^src\/.*\.ts$/.test(path));
const tests = files.filter(({ path }) => /^test\/.*\.ts$/.test(path) && !path.includes('tidy'));

describe('tidy', () => {
  it('sees the repository', () => {
    expect(files.map(({ path }) => path)).toContain('test/tidy.test.ts');
    expect(sources.length > 0).toBe(existsSync(join(ROOT, 'src')));
  });

  it(`no file is longer than ${FILE_LINES_MAX} lines`, () => {
    const tooLong = files
      .filter(({ path }) => /^(src|test|bench|scripts)\/.*\.m?[jt]s$/.test(path))
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > FILE_LINES_MAX);
    expect(tooLong).toEqual([]);
  });

  it('every source file begins with a comment whose first words are a sentence', () => {
    const bare = sources.filter(({ text }) => !/^[A-Z`].*?[.:](\s|$)/s.test(headerOf(text)));
    expect(paths(bare)).toEqual([]);
  });

  it('the words that the glossary replaces occur nowhere in the sources', () => {
    const found = sources.flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, index) => ({ at: `${path}:${index + 1}`, words: splitIntoWords(line) }))
        .filter(({ words }) => BANNED_WORDS.test(words))
        .map(({ at, words }) => `${at} ${BANNED_WORDS.exec(words)?.[0]}`),
    );
    expect(found).toEqual([]);
  });

  it('chance, clock and console are reached through their one file each', () => {
    const found = sources.flatMap(({ path, text }) =>
      namesUsed({ path, text })
        .filter(({ name }) => ALLOWED_IN.get(name)?.includes(path) === false)
        .map(({ name, line }) => `${path}:${line} ${name}`),
    );
    expect(found).toEqual([]);
  });

  it('the synchronous layers have no promise and no timer', () => {
    const later = ['async', 'await', 'Promise', 'setTimeout', 'setInterval', 'setImmediate'];
    const found = sources
      .filter(({ path }) => SYNCHRONOUS.test(path))
      .flatMap((file) =>
        namesUsed(file)
          .filter(({ name }) => [...later, 'queueMicrotask', 'nextTick'].includes(name))
          .map(({ name, line }) => `${file.path}:${line} ${name}`),
      );
    expect(found).toEqual([]);
  });

  it('every coded error is named by a test', () => {
    const table = sources.find(({ path }) => path === 'src/core/error-table.ts');
    const codes = table === undefined ? [] : codesOf(table);
    // Without this the rule would pass as soon as the table moves.
    expect(codes.length > 0).toBe(sources.some(({ path }) => path.startsWith('src/core/')));
    const unprovoked = codes.filter((code) => !tests.some(({ text }) => hasWord(text, code)));
    expect(unprovoked).toEqual([]);
  });

  it('no file names a path of the machine it was written on', () => {
    const found = files.filter(({ path }) => path !== 'package-lock.json').flatMap(machinePathsIn);
    expect(found).toEqual([]);
  });
});

/** Committed files and those that could be: what git ignores is nobody's style. */
function repositoryFiles(): readonly SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return [...new Set(listed.split('\0'))]
    .filter((path) => path !== '' && existsSync(join(ROOT, path)))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

function headerOf(text: string): string {
  const first = /^(#!.*\n)?\s*(\/\/[^\n]*(\n\/\/[^\n]*)*|\/\*.*?\*\/)/s.exec(text)?.[2] ?? '';
  return first.replace(/^\s*(\/\/+|\/\*+|\*+\/?) ?/gm, '').trim();
}

/** `onErrorHandler` is two words too many: camel case does not hide them. */
function splitIntoWords(line: string): string {
  return line.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll('_', ' ');
}

interface NameUse {
  readonly name: string;
  readonly line: number;
}

const namesIn = new Map<SourceFile, readonly NameUse[]>();

/** Names in code, not in comments and strings; `a.b` counts as `a`, `b` and `a.b`. */
function namesUsed(file: SourceFile): readonly NameUse[] {
  const known = namesIn.get(file) ?? findNames(file);
  namesIn.set(file, known);
  return known;
}

function findNames({ path, text }: SourceFile): readonly NameUse[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const uses: NameUse[] = [];
  const use = (node: ts.Node, name: string) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    uses.push({ name, line: line + 1 });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) use(node, node.text);
    if (ts.isPropertyAccessExpression(node)) use(node, node.getText(source));
    if (node.kind === ts.SyntaxKind.AsyncKeyword) use(node, 'async');
    if (ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AwaitKeyword) use(node, 'await');
    if (ts.isNewExpression(node) && node.arguments?.length === 0) {
      use(node, `new ${node.expression.getText(source)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return uses;
}

function codesOf({ path, text }: SourceFile): readonly string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const codes: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && /^QRT_[A-Z0-9_]+$/.test(node.name.getText(source))) {
      codes.push(node.name.getText(source));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return codes;
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(text);
}

function machinePathsIn({ path, text }: SourceFile): readonly string[] {
  return text
    .split('\n')
    .map((line, index) => ({ at: `${path}:${index + 1}`, path: MACHINE_PATHS.exec(line)?.[0] }))
    .filter((found) => found.path !== undefined)
    .map((found) => `${found.at} ${found.path}`);
}

function paths(list: readonly SourceFile[]): readonly string[] {
  return list.map(({ path }) => path);
}
