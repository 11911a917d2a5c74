// Transcripts: console blocks of a page, run line by line and compared with what the page shows.

import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { mask } from '../../scripts/lib/demo-readme.mjs';
import type { World } from './kit.ts';
import { runLine } from './shared-shell.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin', import.meta.url));
/** How long one line may take, in milliseconds. */
const LINE_MS_MAX = 60_000;
const HEADING_OR_BLOCK = /^#+ (.*)$|^```console\n([\s\S]*?)^```$/gm;
const CONSOLE_BLOCK = /^```console\n[\s\S]*?^```$/gm;
/** No command writes it: what leaves `qrt` is printable. */
const SEPARATOR = '\0';

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

/** As `npm install qrt` does: programs and tests of objects import it by its name. */
export function installPackage(world: World): void {
  mkdirSync(world.path('node_modules'));
  symlinkSync(ROOT, world.path('node_modules', 'qrt'));
}

/**
 * Runs all blocks of the page at `path`, in order and in one folder, and compares the page with
 * one that shows what came out. `vitest -u` writes that one.
 */
export async function expectPage(world: World, path: string): Promise<void> {
  const text = readFileSync(path, 'utf8');
  // Masked as one text: an id has the same name in all blocks, and none in the prose.
  const shown: string[] = [];
  for (const { block } of readTranscripts(path)) shown.push(await runBlock(world, block));
  const masked = mask(shown.join(SEPARATOR)).split(SEPARATOR);
  const page = text.replace(CONSOLE_BLOCK, () => `\`\`\`console\n${masked.shift()}\`\`\``);
  // The mask must not touch what is typed: the page would show another run than the one tested.
  expect(commandsOf(page)).toEqual(commandsOf(text));
  await expect(page).toMatchFileSnapshot(path);
}

/** The lines of a block with what each writes. */
async function runBlock({ dir }: World, block: string): Promise<string> {
  let shown = '';
  for (const line of commandsOf(block)) shown += `${line}\n${await shell(dir, line.slice(2))}`;
  return shown;
}

const commandsOf = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line.startsWith('$ '));

/** What a line writes, to either stream. It must succeed: `; echo $?` shows how one that fails ends. */
async function shell(cwd: string, line: string): Promise<string> {
  const { QRT_DIR: _, ...rest } = process.env;
  const env = { ...rest, NO_COLOR: '1', PATH: `${BIN}${delimiter}${rest['PATH'] ?? ''}` };
  const { end, written } = await runLine({ line, cwd, env, msMax: LINE_MS_MAX });
  // The folder of this run has another name in the next one.
  if (end === 0) return written.replaceAll(cwd, 'FOLDER');
  throw new Error(`\`${line}\` ended with ${end} after writing:\n${written}`);
}
