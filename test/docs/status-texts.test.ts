// docs/running-nodes.md has a row for every text by which `status` says what is wrong with a link.
//
// The texts are found in the sources: what reads like words in the files that make such texts. A
// new one fails here until the page says what to do about it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { codeSpans, parsePage, ROOT } from './markdown.ts';

const PAGE = 'docs/running-nodes.md';

/** The files whose words end up in the state, `error` or `busy` of a link. */
const SOURCES = [
  'src/core/lanes.ts',
  'src/kernel/arrivals.ts',
  'src/kernel/delivery.ts',
  'src/kernel/forgotten.ts',
  'src/kernel/intake.ts',
  'src/kernel/receipts.ts',
  'src/kernel/settler.ts',
  'src/kernel/statements.ts',
  'src/transport/exchange.ts',
  'src/transport/failure-text.ts',
  'src/transport/poster.ts',
];

/** Words in these files that are no such text: notes, and sizes that are put together elsewhere. */
const OTHER_WORDS = ['gap: … sent item …, item … is next', 'too large'];

/** Who calls these decides what `status` shows. */
const DECIDES = /\b(markFailed|doubt)\(/;

/** Files that hand on a text which one of SOURCES has made, and what defines the two functions. */
const HANDS_ON = ['src/kernel/links.ts', 'src/kernel/outbox.ts', 'src/kernel/retry.ts'];

/** Texts of a file that are words for people, with `…` for what is put in. */
function wordsIn(path: string): readonly string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    if (ts.isTemplateExpression(node)) {
      found.push(
        node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join(''),
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  // A word alone is a key, a type or a code, but for `failed`, which stands for all the rest.
  return found.filter((words) => / /.test(words.trim()) || words === 'failed');
}

describe('what status can say of a link', () => {
  const texts = [...new Set(SOURCES.flatMap(wordsIn))].filter(
    (text) => !OTHER_WORDS.includes(text),
  );
  const page = parsePage(PAGE, readFileSync(join(ROOT, PAGE), 'utf8'));
  const shown = new Set(codeSpans(page).map(({ text }) => text));

  it('finds the texts in the sources', () => {
    expect(texts).toEqual(expect.arrayContaining(['connection refused', 'nothing was taken']));
    expect(texts.length).toBeGreaterThan(30);
  });

  it('every text has a row that says what it means', () => {
    expect(texts.filter((text) => !shown.has(text))).toEqual([]);
  });

  it('no other file decides what is wrong with a link', () => {
    const files = ['core', 'kernel', 'node', 'transport'].flatMap((layer) =>
      readdirSync(join(ROOT, 'src', layer)).map((name) => `src/${layer}/${name}`),
    );
    const deciding = files.filter((path) => DECIDES.test(readFileSync(join(ROOT, path), 'utf8')));
    expect(deciding.filter((path) => ![...SOURCES, ...HANDS_ON].includes(path))).toEqual([]);
  });
});
