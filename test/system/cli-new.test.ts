// `qrt new` with real processes: its project is tested, checked by a compiler, and installed.

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { someOf } from '../thorough.ts';
import { eventually, makeWorld, type Ran, type World } from './kit.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** Runs a line as a person types it, in a folder, with `qrt` on the path. */
function shell(cwd: string, line: string): Promise<Ran> {
  const { QRT_DIR: _, ...rest } = process.env;
  const env = { ...rest, NO_COLOR: '1', PATH: `${join(ROOT, 'bin')}${delimiter}${rest['PATH']}` };
  return new Promise((resolve) => {
    execFile('sh', ['-c', line], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** A project is tried by its own tests or on a node. */
const tried = someOf(['tests', 'node'], 2);

describe('qrt new', () => {
  let world: World;
  beforeAll(() => {
    world = makeWorld();
  });
  afterAll(() => world.end());

  it('makes a project and says what to type next, in words and as JSON', async () => {
    const ran = await world.run(['new', 'my book']);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^Made the project my-book in my book: \.gitignore, README\.md, /);
    expect(ran.stderr).toMatch(/^Type next:\n {2}cd 'my book' && npm install\n {2}npm test\n/);
    mkdirSync(world.path('here'));
    const json = await world.ok(['new', '.', '--json'], { cwd: 'here' });
    const made = JSON.parse(json) as { files: string[]; next: string[] };
    expect(made).toMatchObject({ dir: '.', name: 'here' });
    expect(made.files).toContain('main.test.js');
    expect(made.next[0]).toBe('npm install');
    // What the command says and what the project says is one.
    expect(readFileSync(world.path('here', 'README.md'), 'utf8')).toContain(made.next.join('\n'));
  });

  it('refuses a folder with something in it', async () => {
    world.write('file', 'mine');
    for (const dir of ['.', 'file', 'no/such']) {
      const ran = await world.run(['new', dir]);
      expect([ran.code, ran.stdout]).toEqual([2, '']);
      expect(ran.stderr).toContain('QRT_DIR_UNUSABLE');
    }
  });

  it.runIf(tried.includes('tests'))(
    'its project passes its own tests and type check, and fails them when it is wrong',
    async () => {
      await world.ok(['new', 'book']);
      const folder = world.path('book');
      // Instead of `npm install`, which wants a registry for what qrt needs itself.
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(ROOT, join(folder, 'node_modules/qrt'));

      const tested = await shell(folder, 'npm test');
      expect(tested).toMatchObject({ code: 0 });
      expect(tested.stdout).toMatch(/^# pass 4$/m);
      const check = `'${process.execPath}' '${TSC}' -p jsconfig.json --noEmit`;
      expect(await shell(folder, check)).toMatchObject({ code: 0, stdout: '' });

      const pen = readFileSync(join(folder, 'pen.js'), 'utf8');
      writeFileSync(join(folder, 'pen.js'), pen.replace('{ name, text }', '{ text }'));
      const failed = await shell(folder, 'npm test');
      expect(failed.code).not.toBe(0);
      expect(failed.stdout).toMatch(/^# fail [1-4]$/m);
      // Objects have no timers, and args may be anything: editors say so.
      const timer = pen.replace('memory.entries =', 'setTimeout(() => {});\n  memory.entries =');
      writeFileSync(join(folder, 'pen.js'), timer.replace("typeof text !== 'string' || ", ''));
      const wrong = await shell(folder, check);
      expect(wrong.code).not.toBe(0);
      expect(wrong.stdout).toMatch(/^pen\.js\(\d+,\d+\): error TS\d+: .*'never'/m);
      expect(wrong.stdout).toMatch(
        /^pen\.js\(\d+,\d+\): error TS\d+: .*text: string \| undefined/m,
      );
    },
  );

  it.runIf(tried.includes('node'))('its project does on a node what its README says', async () => {
    const made = await world.ok(['new', 'guests', '--json']);
    const folder = world.path('guests');
    const { next } = JSON.parse(made) as { next: string[] };
    const lines = next.filter((line) => line.startsWith('npx qrt '));
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const ran = await shell(folder, line.replaceAll('npx qrt ', 'qrt '));
      expect(ran, line).toMatchObject({ code: 0 });
    }
    const node = 'guests/NODE';
    const logged = await eventually(async () => {
      const rows = await world.log(node);
      return rows.length > 0 ? rows : undefined;
    });
    expect(logged).toMatchObject([{ level: 'log', text: 'the host wrote entry 1' }]);
    const [row] = await world.dump(node, 'memory');
    expect(JSON.parse(String(row?.['value']))).toMatchObject({
      entries: [{ name: 'host', text: 'Hello' }],
    });
    // The project is still what install takes, with a node and a QRID in it.
    await world.ok(['install', node, 'guests', '--grant', 'log']);
  });
});
