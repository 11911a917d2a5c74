// The transcripts of the examples are what really happens.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someOf } from '../thorough.ts';
import { eventually, makeWorld, processesOf, type World } from './kit.ts';
import { copyFiles, expectPage, installPackage, readTranscripts } from './transcript.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const PAGE = 'README.md';
const folders = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
/** One in five, so that each is seen in a few runs. */
const played = someOf(folders, 5);

describe('examples', () => {
  let world: World;
  beforeEach(() => {
    world = makeWorld();
  });
  afterEach(() => world.end());

  for (const folder of folders) {
    const page = join(EXAMPLES, folder, PAGE);

    it(`${folder} has a transcript and is listed`, () => {
      expect(existsSync(page) ? readTranscripts(page) : []).not.toEqual([]);
      expect(readFileSync(join(EXAMPLES, PAGE), 'utf8')).toContain(`(${folder}/${PAGE})`);
    });

    it.runIf(played.includes(folder))(
      `${folder} shows what really happens, and leaves no process behind`,
      async () => {
        copyFiles(world, join(EXAMPLES, folder));
        installPackage(world);
        await expectPage(world, page);
        await eventually(() => processesOf(world.dir).length === 0);
      },
    );
  }
});
