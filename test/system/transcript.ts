// Transcripts: console blocks of a page, run line by line and compared with what the page shows.

import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { mask } from '../../scripts/lib/demo-readme.mjs';
import type { World } from './kit.ts';

const BIN = fileURLToPath(new URL('../../bin', import.meta.url));
const LINE_MS_MAX = 30_000;
const HEADING_OR_BLOCK = /^#+ (.*)$|^```console\n([\s\S]*?)^```$/gm;

/** One console block, under the heading that stands before it. */
export interface Transcript {
  readonly title: string;
  readonly block: string;
}

/** The console blocks of the Markdown file at `path`, in order. */
export function readTranscripts(path: string): readonly Transcript[] {
  const found: Transcript[] = [];
  let title = '';
  for (const [, heading, block] of readFileSync(path, 'utf8').matchAll(HEADING_OR_BLOCK)) {
    if (heading !== undefined) title = heading;
    if (block !== undefined) found.push({ title, block });
  }
  return found;
}

/** Puts all that lies in the folder `from` into the world, for transcripts to use. */
export function copyFiles(world: World, from: string): void {
  for (const name of readdirSync(from)) {
    cpSync(join(from, name), world.path(name), { recursive: true });
  }
}

/** Runs each `$ ` line of the block in the world's folder, as `sh` does; output is masked. */
export function expectTranscript(world: World, block: string): void {
  const lines = block.split('\n').filter((line) => line.startsWith('$ '));
  const shown = lines.map((line) => `${line}\n${shell(world.dir, line.slice(2))}`).join('');
  expect(mask(shown)).toBe(block);
}

/** What a line writes, to either stream. */
function shell(cwd: string, line: string): string {
  const { QRT_DIR: _, ...rest } = process.env;
  const env = { ...rest, NO_COLOR: '1', PATH: `${BIN}${delimiter}${rest['PATH'] ?? ''}` };
  return execFileSync('sh', ['-c', `{ ${line}\n} 2>&1`], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: LINE_MS_MAX,
  });
}
