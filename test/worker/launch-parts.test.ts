import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findBubblewrap } from '../../src/worker/bubblewrap-finder.ts';
import { parseCodeRange } from '../../src/worker/code-range.ts';
import { launch } from '../../src/worker/launch.ts';
import { makeBubblewrapCommand } from '../../src/worker/level-bubblewrap.ts';
import {
  askLoader,
  askNode,
  findNodeFiles,
  parseTrace,
  placeLibraries,
} from '../../src/worker/node-files.ts';
import { DEFAULT_SETTINGS } from '../../src/worker/settings.ts';
import { levelsHere } from './sandbox-kit.ts';

const isLinux = process.platform === 'linux';

describe('node files', () => {
  it('glibc’s list is understood in all its forms', () => {
    const text = [
      '\tlinux-vdso.so.1 (0x00007ffc)',
      '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f0)',
      '\t/lib64/ld-linux-x86-64.so.2 (0x00007f1)',
      '\t/old/ld-linux.so.2 => /store/abc/ld-linux.so.2 (0x00007f1)',
      '\tlibgone.so => not found',
    ].join('\n');
    expect(parseTrace(text)).toEqual([
      '/lib/x86_64-linux-gnu/libm.so.6',
      '/lib64/ld-linux-x86-64.so.2',
      '/old/ld-linux.so.2',
      '/store/abc/ld-linux.so.2',
    ]);
  });

  it.runIf(process.platform === 'linux')('the loader and Node itself name the same', async () => {
    const fromNode = await askNode();
    const fromLoader = await askLoader();
    // Not every loader answers.
    if (fromLoader !== undefined) expect(new Set(fromLoader)).toEqual(new Set(fromNode));
    const { libraries } = await findNodeFiles();
    expect(new Set(libraries.values())).toEqual(
      new Set(fromNode.map((path) => realpathSync(path))),
    );
  });

  it.runIf(isLinux)('of an unusual place shows nothing of it, and Node finds them', async () => {
    const { libraries, path } = placeLibraries(await askNode(), /^nowhere$/);
    for (const inside of libraries.keys()) {
      expect(inside).toMatch(/^\/usr\/lib\/node\/|\/ld-[^/]+$/);
    }
    expect(path).toBe('/usr/lib/node');
    const tools = await findBubblewrap();
    // Without it there is no inside; the tests of the levels say whether it has to be here.
    if ('reason' in tools || !levelsHere.includes('spaces')) return;
    const { argv, ...rest } = makeBubblewrapCommand(
      { program: process.execPath, settings: DEFAULT_SETTINGS, instead: ['--version'] },
      { ...tools, libraries, librariesPath: path ?? '' },
    );
    const child = launch({ argv, ...rest });
    const [said] = await once(child.stdout, 'data');
    expect(String(said).trim()).toBe(process.version);
  });
});

describe('code range', () => {
  it('is what is writable and executable at once, in large parts', () => {
    const maps = [
      '7f6747000000-7f6766d80000 rwxp 00000000 00:00 0',
      '7f0000000000-7f0000010000 rwxp 00000000 00:00 0',
      '7e0000000000-7f0000000000 rw-p 00000000 00:00 0',
    ].join('\n');
    expect(parseCodeRange(maps)).toBe(534_249_472);
    expect(parseCodeRange('')).toBe(0);
  });
});

describe('bubblewrap finder', () => {
  const dirs: string[] = [];
  afterEach(() => {
    vi.unstubAllEnvs();
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
  });

  /** A program that knows all options, as QRT_BWRAP names it. */
  const named = (mode = 0o755): string => {
    const dir = mkdtempSync(join(tmpdir(), 'qrt-bwrap-'));
    dirs.push(dir);
    const path = join(dir, 'bwrap');
    writeFileSync(path, '#!/bin/sh\necho --disable-userns\n');
    chmodSync(path, mode);
    vi.stubEnv('QRT_BWRAP', path);
    return path;
  };

  it.each(['/nonexistent', '', tmpdir()])('QRT_BWRAP=%j hides it', async (value) => {
    vi.stubEnv('QRT_BWRAP', value);
    const reason = expect.stringMatching(/not installed|Linux only/);
    expect(await findBubblewrap()).toMatchObject({ reason });
  });

  it.runIf(isLinux)('QRT_BWRAP may be relative, though workers start elsewhere', async () => {
    const path = named();
    vi.stubEnv('QRT_BWRAP', relative(process.cwd(), path));
    expect(await findBubblewrap()).toMatchObject({ bubblewrap: path, canDisableUsers: true });
  });

  it.runIf(isLinux)('one with the rights of root is not given what it then refuses', async () => {
    named(0o4755);
    expect(await findBubblewrap()).toMatchObject({ canDisableUsers: true });
    vi.spyOn(process, 'geteuid').mockReturnValue(54_321);
    expect(await findBubblewrap()).toMatchObject({ canDisableUsers: false });
  });
});
