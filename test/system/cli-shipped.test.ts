// The page of the shipped guests is what really happens, and each of its commands installs one.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someOf } from '../thorough.ts';
import { eventually, makeWorld, processesOf, type World } from './kit.ts';
import { expectPage } from './transcript.ts';

const PAGE = fileURLToPath(new URL('../../vats/README.md', import.meta.url));

/** What a shell makes of a line without variables. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);

describe('shipped guests', () => {
  let world: World;
  beforeEach(() => {
    world = makeWorld();
  });
  afterEach(() => world.end());

  it('each command of the page installs its guest', async () => {
    const commands = [
      ...readFileSync(PAGE, 'utf8').matchAll(/\| `qrt (install \.\/NODE1 .*)` \|/g),
    ];
    expect(commands.length).toBeGreaterThan(10);
    await world.ok(['create-node', './NODE1']);
    const tried = someOf(commands, 4);
    const { stdout: qrid } = await world.run(['install', './NODE1', 'mint']);
    for (const [, command] of tried) {
      // Of the references that some ask for, the test has no more than one.
      const words = wordsOf(command!).map((word) => word.replace(/=QRID\d$/, `=${qrid.trim()}`));
      const { code, stdout, stderr } = await world.run(words);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stderr).toContain('Installed the shipped guest');
      expect(stdout).toMatch(/^qrt:/);
    }
    expect(await world.dump('NODE1', 'objects')).toHaveLength(tried.length + 1);
  });

  it('the page shows what really happens, and leaves no process behind', async () => {
    await expectPage(world, PAGE);
    await eventually(() => processesOf(world.dir).length === 0);
  });
});
