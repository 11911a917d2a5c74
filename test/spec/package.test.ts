// What somebody has who installed the package: the command, and types for editors.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPacked } from '../system/packed.ts';

const COMMAND = 'qrt';

describe('the package', () => {
  let dir: string;
  const npx = (...args: string[]): string =>
    execFileSync('npx', ['--no-install', COMMAND, ...args], { cwd: dir, encoding: 'utf8' });

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'qrt-spec-package-'));
    installPacked(dir);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('Q7 npx qrt makes a node and an object in it', () => {
    expect(npx('create-node', 'NODE')).toMatch(/^Made a node in NODE: vat /);
    const qrid = npx('install', 'NODE', 'counter').trim();
    npx('send', '-d', 'NODE', qrid, '{"add":2}');
    expect(JSON.parse(npx('dump', 'NODE', 'inbox', '--json'))).toMatchObject([{ target: 'o1.0' }]);
  });

  it('Q7 each entry for authors comes with its types', () => {
    const root = join(dir, 'node_modules/qrt');
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const name of ['./guest', './testing']) {
      expect(existsSync(join(root, exports[name].types)), name).toBe(true);
    }
  });
});
