// The second wall as operators see it: told, required, and never less than at the start.

import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/worker/tools.ts';
import { isPicked, isThorough } from '../thorough.ts';
import { levelsHere } from '../worker/sandbox-kit.ts';
import { eventually, makeWorld, processesOf, type World } from './kit.ts';

const HIDDEN = { env: { QRT_BWRAP: '/nonexistent' } };
const isFull = levelsHere[0] === 'full';

interface Note {
  readonly level: string;
  readonly text: string;
}

describe.runIf(isThorough || isPicked(1, 2))('the sandbox of workers', () => {
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    for (const dir of ['one', 'two', 'strict']) await world.ok(['create-node', dir]);
    const config = JSON.parse(readFileSync(world.path('strict', 'config.json'), 'utf8'));
    world.write('strict/config.json', JSON.stringify({ ...config, requireSandbox: 'spaces' }));
  });
  afterAll(() => world.end());

  const notes = (dir: string): readonly Note[] =>
    readFileSync(world.path(dir, 'node.log'), 'utf8')
      .trimEnd()
      .split('\n')
      // What ended before it could serve wrote its error there as it is.
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Note);
  const sandboxOf = async (dir: string): Promise<{ level: string; reason?: string }> =>
    (JSON.parse(await world.ok(['status', dir, '--json'])) as { sandbox: { level: string } })
      .sandbox;

  it.skipIf(!isFull)('is said in one line at the start, and by status and doctor', async () => {
    const started = await world.run(['start', 'one', '--require-sandbox', 'full']);
    expect(started).toMatchObject({ code: 0, stderr: '' });
    const lines = notes('one').filter(({ text }) => /^sandbox/.test(text));
    expect(lines).toMatchObject([{ level: 'info', text: expect.stringContaining('full') }]);
    expect(await sandboxOf('one')).toMatchObject({ level: 'full' });
    expect(await world.ok(['status', 'one'])).toContain('\n  sandbox  full\n');
    const doctor = await world.ok(['doctor', 'one', '--json']);
    expect(doctor).toContain('"check":"sandbox","state":"ok"');
    await world.ok(['stop', 'one']);
    expect(await world.ok(['status', 'one'])).not.toContain('sandbox');
  });

  it('below full is a warning everywhere: what is not stopped, and how to get it', async () => {
    const started = await world.run(['start', 'two'], HIDDEN);
    expect(started.code).toBe(0);
    expect(started.stderr).toMatch(
      /^warning: two: sandbox of workers: none .*install bubblewrap.*\n$/,
    );
    const lines = notes('two').filter(({ text }) => /^sandbox/.test(text));
    expect(lines).toMatchObject([{ level: 'warn', text: expect.stringContaining('none') }]);
    expect(started.stderr).toContain(lines[0]?.text);
    expect(await sandboxOf('two')).toMatchObject({
      level: 'none',
      open: expect.arrayContaining([expect.any(String)]),
      advice: expect.stringMatching(/\w/),
      reason: 'bubblewrap is not installed',
    });
    expect(await world.ok(['status', 'two'])).toMatch(
      /\n {2}sandbox {2}none \(bubblewrap is not installed\)\n/,
    );
    const found = (await world.ok(['doctor', 'two', '--json'], HIDDEN))
      .split('\n')
      .find((line) => line.includes('"check":"sandbox"'));
    expect(JSON.parse(found ?? '')).toMatchObject({
      state: 'warn',
      found: expect.stringContaining('not stopped'),
      advice: expect.stringMatching(/\w/),
    });
    await world.ok(['stop', 'two']);
  });

  it.each([
    ['start, by the option', ['start', 'two', '--require-sandbox', 'spaces']],
    ['run, by the option', ['run', 'two', '--require-sandbox', 'full']],
    ['start, by config.json', ['start', 'strict']],
    ['run, by config.json', ['run', 'strict']],
    ['install on a stopped node, by config.json', ['install', 'strict', 'counter']],
  ])('refuses to %s where it is missing, with exit code 2', async (_, args) => {
    const ran = await world.run(args, HIDDEN);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^qrt: QRT_SANDBOX_UNAVAILABLE: .*bubblewrap is not installed/);
    await eventually(() => processesOf(world.dir).length === 0);
  });

  it('the stricter of option and config.json counts', async () => {
    const ran = await world.run(['start', 'strict', '--require-sandbox', 'full'], HIDDEN);
    expect(ran.stderr).toContain('(full)');
    const both = await world.run(['start', 'strict'], HIDDEN);
    expect(both.stderr).toContain('(full, spaces)');
    const unknown = await world.run(['start', 'two', '--require-sandbox', 'none']);
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.stderr).toContain('full, spaces');
  });

  it.skipIf(!isFull)(
    'that is lost later stops turns, told, and never makes a lower one do',
    async () => {
      const bubblewrap = world.path('bwrap');
      copyFileSync(findProgram('bwrap') ?? '', bubblewrap);
      const qrid = await world.install('two', '(args, { memory }) => { memory.ran = true; }');
      await world.ok(['start', 'two'], { env: { QRT_BWRAP: bubblewrap } });
      renameSync(bubblewrap, world.path('gone'));
      await world.ok(['send', '-d', 'two', qrid, 'null']);
      const failures = () =>
        notes('two').filter(({ text }) => /^a worker ended|cannot be/.test(text));
      await eventually(() => failures().length >= 2);
      const status = await world.status('two');
      expect(status).toMatchObject({ turns: 0, inbox: { rows: 1 }, quarantined: 0 });
      expect(status).toMatchObject({ sandbox: { level: 'full' } });
      renameSync(world.path('gone'), bubblewrap);
      await eventually(async () => (await world.status('two')).turns === 1, 60_000);
      await world.ok(['stop', 'two']);
    },
  );
});
