// Links of the pages lead somewhere, and the files that they name exist. Nothing is fetched.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  anchorsOf,
  codeSpans,
  linkTargets,
  type Page,
  parsePage,
  ROOT,
  readPages,
} from './markdown.ts';

const pages = readPages();
const byPath = new Map(pages.map((page) => [page.path, page]));

/** Names of folders by which a path in backquotes is known to be one of this repository. */
const FOLDERS = new Set(
  [ROOT, join(ROOT, 'src'), join(ROOT, 'test')].flatMap((folder) =>
    readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory()),
  ),
);

/** Why a link of a page leads nowhere; undefined when it does. */
function brokenBecause(page: Page, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const found = path === '' ? page.path : normalize(join(dirname(page.path), decodeURI(path)));
  if (found.startsWith('..')) return 'leads out of the repository';
  if (!existsSync(join(ROOT, found))) return `there is no ${found}`;
  if (anchor === undefined) return undefined;
  const named = byPath.get(found);
  if (named === undefined) return `${found} has no headings`;
  return anchorsOf(named).has(anchor) ? undefined : `${found} has no heading for #${anchor}`;
}

/** Whether a text in backquotes is a path of this repository, as pages write them. */
function isRepositoryPath(text: string): boolean {
  const [first = ''] = text.split('/');
  return FOLDERS.has(first) && /^[\w.-]+\/[\w./-]*\.(ts|mjs|js|json|md|txt)$/.test(text);
}

/** Pages write paths from the root, from `src` or from where they stand. */
const exists = (page: Page, path: string): boolean =>
  ['', 'src', 'test', dirname(page.path)].some((base) => existsSync(join(ROOT, base, path)));

describe('pages', () => {
  it('sees the pages of the repository', () => {
    const paths = pages.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['README.md', 'docs/wire.md', 'src/README.md']));
  });

  it('every relative link leads to a file and, with an anchor, to a heading', () => {
    const broken = pages.flatMap((page) =>
      linkTargets(page).flatMap(({ text, line }) => {
        const why = brokenBecause(page, text);
        return why === undefined ? [] : [`${page.path}:${line}: (${text}) ${why}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  it('every guide is in the index of docs', () => {
    const index = byPath.get('docs/README.md');
    const listed = index === undefined ? [] : linkTargets(index).map(({ text }) => text);
    const guides = [...byPath.keys()].filter((path) => /^docs\/[^/]+\.md$/.test(path));
    const missing = guides
      .map((path) => path.slice('docs/'.length))
      .filter((path) => {
        return path !== 'README.md' && !listed.includes(path);
      });
    expect(missing).toEqual([]);
    expect(guides.length).toBeGreaterThan(4);
  });

  it('every path of the repository in backquotes exists', () => {
    const missing = pages.flatMap((page) =>
      codeSpans(page)
        .filter(({ text }) => isRepositoryPath(text) && !exists(page, text))
        .map(({ text, line }) => `${page.path}:${line}: there is no ${text}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the check itself', () => {
  const page = (text: string): Page => parsePage('docs/page.md', text);
  const why = (text: string) =>
    linkTargets(page(text)).map((at) => brokenBecause(page(text), at.text));

  it('a link to a file that is not there is found', () => {
    expect(why('see [it](nowhere.md) and [that](../README.md)')).toEqual([
      'there is no docs/nowhere.md',
      undefined,
    ]);
    expect(why('[it]: ../gone.ts')).toEqual(['there is no gone.ts']);
    expect(why('[out](../../out.md)')).toEqual(['leads out of the repository']);
  });

  it('a link to a heading that is not there is found', () => {
    expect(why('[a](wire.md#receipt) [b](wire.md#no-such)')).toEqual([
      undefined,
      'docs/wire.md has no heading for #no-such',
    ]);
  });

  it('headings get the anchors that they have where pages are shown', () => {
    const text = '# `qrt run`: what it does\n## Twice\n## Twice\n### [A](b.md), and *b*\n';
    expect([...anchorsOf(page(text))]).toEqual([
      'qrt-run-what-it-does',
      'twice',
      'twice-1',
      'a-and-b',
    ]);
  });

  it('what stands in code is no link, and a link in backquotes neither', () => {
    expect(linkTargets(page('```js\n[a](b)\n```\n`[c](d)`\n[e](f.md)'))).toEqual([
      { text: 'f.md', line: 5 },
    ]);
  });

  it('a path in backquotes is told from other code', () => {
    expect(isRepositoryPath('src/core/errors.ts')).toBe(true);
    expect(isRepositoryPath('kernel/vat.ts')).toBe(true);
    expect(isRepositoryPath('NODE1/config.json')).toBe(false);
    expect(isRepositoryPath('power.memory')).toBe(false);
  });
});
