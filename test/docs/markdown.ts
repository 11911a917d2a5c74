// Markdown: what the tests of the pages read out of them.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A Markdown file: prose and code apart, each with the number of its first line. */
export interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly blocks: readonly CodeBlock[];
  /** The text outside of code blocks, line by line; lines of blocks are empty. */
  readonly prose: readonly string[];
}

interface CodeBlock {
  readonly language: string;
  readonly line: number;
  readonly lines: readonly string[];
}

/** Every Markdown file of the repository that is, or could be, committed. */
export function readPages(): readonly Page[] {
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard', '*.md'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return [...new Set(listed.split('\0'))]
    .filter((path) => path !== '' && existsSync(join(ROOT, path)))
    .map((path) => parsePage(path, readFileSync(join(ROOT, path), 'utf8')));
}

/** Reads a page of that path. */
export function parsePage(path: string, text: string): Page {
  const prose: string[] = [];
  const blocks: CodeBlock[] = [];
  let open: { fence: string; language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const [, fence = '', language = ''] = /^\s*(`{3,}|~{3,})\s*([\w-]*)/.exec(line) ?? [];
    prose.push(open || fence ? '' : line);
    if (!open && fence) open = { fence, language, line: index + 2, lines: [] };
    else if (open && fence?.startsWith(open.fence) && language === '') {
      blocks.push(open);
      open = undefined;
    } else if (open) open.lines.push(line);
  }
  if (open) throw new Error(`${path}:${open.line}: a code block does not end`);
  return { path, blocks, prose };
}

/** What stands in backquotes in the prose. */
export function codeSpans({ prose }: Page): readonly Found[] {
  return findAll(prose, /(`+)(.+?)\1(?!`)/g, (match) => match[2] ?? '');
}

/** The targets of links and pictures. */
export function linkTargets({ prose }: Page): readonly Found[] {
  const bare = prose.map((line) => line.replace(/(`+).+?\1(?!`)/g, ''));
  const inline = findAll(bare, /\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g, (match) => match[1] ?? '');
  const defined = findAll(bare, /^\[[^\]]+\]:\s*(\S+)/g, (match) => match[1] ?? '');
  return [...inline, ...defined];
}

/** The anchors of the headings, as they are made where Markdown is shown. */
export function anchorsOf({ prose }: Page): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of prose) {
    const [, title] = /^#{1,6}\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (title === undefined) continue;
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let free = anchor;
    for (let again = 1; anchors.has(free); again += 1) free = `${anchor}-${again}`;
    anchors.add(free);
  }
  return anchors;
}

export interface Found {
  readonly text: string;
  readonly line: number;
}

function findAll(
  lines: readonly string[],
  pattern: RegExp,
  pick: (match: RegExpExecArray) => string,
): Found[] {
  return lines.flatMap((line, index) =>
    [...line.matchAll(pattern)].map((match) => ({ text: pick(match), line: index + 1 })),
  );
}
