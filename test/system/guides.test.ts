// The transcripts of the guides are what really happens, mistakes and their errors included.

import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isThorough, someOf } from '../thorough.ts';
import { makeWorld, processesOf, type World } from './kit.ts';
import { copyFiles, expectPage, installPackage, readTranscripts } from './transcript.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCS = join(ROOT, 'docs');
const SAMPLES = join(DOCS, 'samples');
/** A page has up to a hundred commands, and CI other work to do. */
const PAGE_MS_MAX = 300_000;

const pages = readdirSync(DOCS)
  .filter((name) => name.endsWith('.md'))
  .map((name) => join(DOCS, name))
  .filter((path) => readTranscripts(path).length > 0);

describe('guides', () => {
  let world: World;
  beforeEach(() => {
    world = makeWorld();
  });
  afterEach(() => world.end());

  it('the guides with transcripts are found', () => {
    expect(pages.map((path) => basename(path))).toEqual([
      'programs.md',
      'running-nodes.md',
      'writing-objects.md',
    ]);
  });

  // A page is a hundred commands: a run in part plays one of them, or more of the examples.
  const [guide] = someOf([...pages, undefined], 4);
  const played = isThorough ? pages : [guide];
  for (const path of pages) {
    it.runIf(played.includes(path))(
      `${basename(path)} shows what really happens, and leaves no process behind`,
      async () => {
        copyFiles(world, SAMPLES);
        installPackage(world);
        await expectPage(world, path);
        expect(processesOf(world.dir)).toEqual([]);
      },
      PAGE_MS_MAX,
    );
  }

  it('every file in docs/samples is used by a guide', () => {
    const lines = pages.flatMap((path) => readTranscripts(path).map(({ block }) => block)).join('');
    const files = readdirSync(SAMPLES);
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((name) => !lines.includes(name))).toEqual([]);
  });
});
