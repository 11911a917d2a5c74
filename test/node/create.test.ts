import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertModes, layOut, openBaseDir } from '../../src/node/base-dir.ts';
import { readConfig } from '../../src/node/config.ts';
import { createNode } from '../../src/node/create.ts';
import { codeOf, makeScratch } from './scratch.ts';

const DEFAULTS = { host: '127.0.0.1', port: undefined, urls: undefined };

const snapshot = (dir: string) =>
  readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'base64')]);

describe('create node', () => {
  it('makes a directory 0700 with a key 0600, and two nodes with different keys', async () => {
    const scratch = makeScratch();
    const one = await createNode({ ...DEFAULTS, dir: join(scratch, 'one') });
    const two = await createNode({ ...DEFAULTS, dir: join(scratch, 'two') });
    expect(one.vat).not.toBe(two.vat);
    const base = openBaseDir(one.dir);
    expect(statSync(base.dir).mode & 0o777).toBe(0o700);
    for (const path of [base.key, base.database, base.lock, base.config]) {
      expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o600]);
    }
    expect(readdirSync(scratch).sort()).toEqual(['one', 'two']);
  });

  it('the port that it draws stands in the configuration', async () => {
    const { dir, port } = await createNode({ ...DEFAULTS, dir: join(makeScratch(), 'one') });
    expect(readConfig(layOut(dir).config)).toMatchObject({ host: '127.0.0.1', port });
  });

  it('a second node in the same directory is refused and leaves the first unchanged', async () => {
    const dir = join(makeScratch(), 'one');
    await createNode({ ...DEFAULTS, dir });
    const before = snapshot(dir);
    expect(await codeOf(() => createNode({ ...DEFAULTS, dir }))).toBe('QRT_NODE_EXISTS');
    expect(snapshot(dir)).toEqual(before);
  });

  it('of two at once in the same place one wins, and the other leaves nothing', async () => {
    const scratch = makeScratch();
    const dir = join(scratch, 'one');
    const codes = await Promise.all(
      [1, 2].map(() => codeOf(() => createNode({ ...DEFAULTS, dir }))),
    );
    expect(codes.sort()).toEqual(['QRT_NODE_EXISTS', 'nothing']);
    expect(readdirSync(scratch)).toEqual(['one']);
  });

  it('an empty directory becomes a node and stays the same directory', async () => {
    const dir = join(makeScratch(), 'empty');
    mkdirSync(dir);
    const { ino } = statSync(dir);
    await createNode({ ...DEFAULTS, dir });
    expect(statSync(dir).ino).toBe(ino);
    assertModes(openBaseDir(dir));
    expect(readdirSync(dir).sort()).toEqual(['config.json', 'key', 'lock.db', 'vat.db']);
  });

  it('a directory with something in it, a file and a missing parent are refused', async () => {
    const scratch = makeScratch();
    writeFileSync(join(scratch, 'file'), 'x');
    for (const dir of [scratch, join(scratch, 'file'), join(scratch, 'no', 'parent')]) {
      expect(await codeOf(() => createNode({ ...DEFAULTS, dir }))).toBe('QRT_DIR_UNUSABLE');
    }
    expect(readdirSync(scratch)).toEqual(['file']);
  });

  it('a URL that is none is refused and nothing is made', async () => {
    const scratch = makeScratch();
    const dir = join(scratch, 'one');
    for (const url of ['ftp://x', 'http://', 'http://user@host', 'x', 'http://h/?a=1']) {
      const make = () => createNode({ ...DEFAULTS, dir, urls: [url] });
      expect([url, await codeOf(make)]).toEqual([url, 'QRT_URL_INVALID']);
    }
    const everywhere = () => createNode({ ...DEFAULTS, dir, host: '0.0.0.0' });
    expect(await codeOf(everywhere)).toBe('QRT_CONFIG_INVALID');
    expect(readdirSync(scratch)).toEqual([]);
  });
});
