// What is read when a file is replaced between the look at it and the reading.

import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import { type Found, lookInside, readTextFile } from '../../src/node/text-file.ts';
import { makeScratch } from './scratch.ts';

const fail = (reason: string): QrtError =>
  new QrtError('QRT_CODE_REFUSED', { where: 'child.js', reason });

const makeFile = () => {
  const scratch = makeScratch();
  const folder = join(scratch, 'chat');
  mkdirSync(folder);
  const path = join(folder, 'child.js');
  writeFileSync(path, 'inside');
  writeFileSync(join(scratch, 'secret'), 'secret');
  return { folder, path, secret: join(scratch, 'secret') };
};

const read = (path: string, found: Found): string => {
  if (found.kind !== 'file') throw new Error(`found ${found.kind}`);
  return readTextFile({ path, checked: found, bytesMax: 100, fail });
};

describe('a file in a folder', () => {
  it('is read when it is still the one that was looked at, also through a link', () => {
    const { folder, path } = makeFile();
    expect(read(path, lookInside({ folder, path }))).toBe('inside');
    const link = join(folder, 'link.js');
    symlinkSync('child.js', link);
    expect(read(link, lookInside({ folder, path: link }))).toBe('inside');
  });

  it.each<[string, (file: ReturnType<typeof makeFile>) => void]>([
    ['a link out of the folder', ({ path, secret }) => symlinkSync(secret, path)],
    ['another file', ({ path, secret }) => renameSync(secret, path)],
    ['a folder', ({ path }) => mkdirSync(path)],
    ['nothing', () => {}],
    [
      'a pipe that nobody writes to',
      ({ path }) => void execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path]),
    ],
  ])('is not read when it has become %s', (_, replace) => {
    const file = makeFile();
    const found = lookInside(file);
    // Kept under another name, so that its inode is not used again.
    renameSync(file.path, `${file.path}.old`);
    replace(file);
    expect(() => read(file.path, found)).toThrow(/it was replaced while it was read/);
  });

  it('is not read when a folder on the way to it has become a link out of the folder', () => {
    const { folder } = makeFile();
    const path = join(folder, 'lib', 'child.js');
    mkdirSync(join(folder, 'lib'));
    writeFileSync(path, 'inside');
    mkdirSync(`${folder}-other`);
    writeFileSync(`${folder}-other/child.js`, 'secret');
    const found = lookInside({ folder, path });
    rmSync(join(folder, 'lib'), { recursive: true });
    symlinkSync(`${folder}-other`, join(folder, 'lib'));
    expect(() => read(path, found)).toThrow(/it was replaced while it was read/);
  });

  it('a pipe in place of a file that a person named is refused, not waited for', () => {
    const path = join(makeScratch(), 'pipe');
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path]);
    expect(() => readTextFile({ path, bytesMax: 100, fail })).toThrow(/it was replaced/);
  });
});
