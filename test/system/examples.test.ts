// The transcripts in examples/README.md are what really happens.

import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mask } from '../../scripts/lib/demo-readme.mjs';
import { makeWorld, type World } from './kit.ts';

const BIN = fileURLToPath(new URL('../../bin', import.meta.url));
const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const LINE_MS_MAX = 30_000;
const TEXT = readFileSync(`${EXAMPLES}/README.md`, 'utf8');

describe('examples', () => {
  let world: World;
  beforeEach(() => {
    world = makeWorld();
    for (const name of readdirSync(EXAMPLES).filter((file) => file.endsWith('.js'))) {
      cpSync(`${EXAMPLES}/${name}`, world.path(name));
    }
  });
  afterEach(() => world.end());

  for (const [, title = '', block = ''] of TEXT.matchAll(
    /^## (.*?)$[\s\S]*?^```console\n([\s\S]*?)^```$/gm,
  )) {
    it(title, () => {
      const lines = block.split('\n').filter((line) => line.startsWith('$ '));
      const shown = lines.map((line) => `${line}\n${shell(world.dir, line.slice(2))}`).join('');
      expect(mask(shown)).toBe(block);
    });
  }
});

/** What a line writes, to either stream. */
function shell(cwd: string, line: string): string {
  const { QRT_DIR: _, ...rest } = process.env;
  const env = { ...rest, PATH: `${BIN}${delimiter}${rest['PATH'] ?? ''}` };
  return execFileSync('sh', ['-c', `{ ${line}\n} 2>&1`], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: LINE_MS_MAX,
  });
}
