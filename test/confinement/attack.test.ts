// `npm run attack`: what it prints of a folder, and how it ends.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { isPicked, isThorough, someOf } from '../thorough.ts';
import { findLevels } from './levels.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const SAMPLES = here('samples');

interface Ran {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

function attack(...args: readonly string[]): Promise<Ran> {
  const loader = here('../../scripts/ts-loader.mjs');
  const child = spawn(process.execPath, ['--import', loader, here('attack.ts'), ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, lines: stdout.trimEnd().split('\n'), stderr }));
  });
}

describe.runIf(isThorough || isPicked(1, 2))('npm run attack', () => {
  const dirs: string[] = [];
  afterEach(() => {
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
  });
  const folder = (files: Readonly<Record<string, string>>): string => {
    const dir = mkdtempSync(join(tmpdir(), 'qrt-attacks-'));
    dirs.push(dir);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    return dir;
  };

  it('finds the samples as they say, at each level that this machine has', async () => {
    const found = (await findLevels()).filter((each) => 'sandbox' in each);
    // A run in part looks at one of the levels.
    const levels = someOf(found, found.length);
    const only = isThorough ? [] : ['--level', `${levels[0]?.level}`];
    const { code, lines, stderr } = await attack(SAMPLES, ...only);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const files = readdirSync(SAMPLES);
    expect(lines.at(-1)).toBe(`${levels.length * files.length} passed, 0 failed`);
    for (const { level } of levels) expect(lines).toContain(`level ${level}:`);
    const said = lines.filter((line) => line.endsWith(' pass'));
    expect(said).toHaveLength(levels.length * files.length);
    expect(said.slice(0, files.length).map((line) => line.split(' ')[0])).toEqual(
      files.sort().map((name) => name.slice(0, -3)),
    );
    expect(said).toContain('count-in-memory value 1 pass');
    expect(said).toContain('endless-loop killed pass');
    expect(said).toContain('close-the-wrapper refused pass');
    expect(said).toContain('clock throws pass');
  });

  it('says what was expected and what came instead, and ends with 1', async () => {
    const dir = folder({
      'a-wrong-kind.js': '// throws\n() => 1',
      'b-wrong-value.js': '// value {"a":1,"b":2}\n() => ({ b: 2, a: "one" })',
      'c-order-of-keys.js': '// value {"a":1,"b":2}\n() => ({ b: 2, a: 1 })',
      'd-no-outcome.js': '() => 1',
      'e-not-killed.js': '// killed\n() => 1',
      'f-accepted.js': '// refused\n() => 1',
      'g-nothing.js': '// value\n() => {}',
      'h-empty.js': '// refused',
    });
    mkdirSync(join(dir, 'more'));
    writeFileSync(join(dir, 'more', 'x.js'), '// throws\n() => 1');
    const { code, lines, stderr } = await attack(dir, '--level', 'none');
    expect(lines).toEqual([
      'level none:',
      'a-wrong-kind value 1 fail',
      'b-wrong-value value {"b":2,"a":"one"} fail',
      'c-order-of-keys value {"b":2,"a":1} pass',
      'd-no-outcome untried fail',
      'e-not-killed value 1 fail',
      'f-accepted value 1 fail',
      'g-nothing value undefined pass',
      'h-empty refused pass',
      '3 passed, 5 failed',
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('a-wrong-kind at level none: expected throws, got value 1');
    expect(stderr).toContain('d-no-outcome at level none: its first line must be a comment');
  });

  it('goes on after code that floods the node with messages of its own', async () => {
    const child = "'({ me }) => { me.sendOnly({ me }); me.sendOnly({ me }); }'";
    const dir = folder({
      'a-flood.js': `// value "sent"
        (args, { make_object }) => { const me = make_object(${child}, {}); me.sendOnly({ me }); return 'sent'; }`,
      'b-after.js': '// value 2\n() => 2',
    });
    const { lines, stderr } = await attack(dir, '--level', 'none');
    expect(stderr).toBe('');
    expect(lines.at(-1)).toBe('2 passed, 0 failed');
  });

  it('explains itself, and refuses what it does not know', async () => {
    const help = await attack('--help');
    expect([help.code, help.lines[0]]).toEqual([
      0,
      'npm run attack -- DIR [--level full|spaces|none|all] [--cpu MS]',
    ]);
    const wrong = [
      [],
      ['nowhere'],
      [SAMPLES, 'more'],
      [SAMPLES, '--level', 'best'],
      [SAMPLES, '--cpu', '0'],
      [SAMPLES, '--colour'],
    ];
    for (const args of someOf(wrong, 3)) {
      expect([args, (await attack(...args)).code]).toEqual([args, 2]);
    }
  });
});
