import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeVatId } from '../../src/core/ids.ts';
import { assertModes, layOut, openBaseDir, readVatId } from '../../src/node/base-dir.ts';
import { formatConfig, readConfig, urlsOf } from '../../src/node/config.ts';
import { createNode } from '../../src/node/create.ts';
import { codeOf, makeScratch } from './scratch.ts';

const VAT = makeVatId(new Uint8Array(32).fill(1));
const GOOD = { vat: VAT, host: '127.0.0.1', port: 7001 };

const write = (text: string) => {
  const base = layOut(makeScratch());
  writeFileSync(base.config, text);
  return base;
};

describe('configuration', () => {
  it('is read back as it was written', () => {
    const base = write(formatConfig(GOOD));
    expect(readConfig(base.config)).toEqual(GOOD);
    expect(readVatId(base)).toBe(VAT);
    expect(urlsOf(GOOD)).toEqual(['http://127.0.0.1:7001']);
    expect(urlsOf({ ...GOOD, urls: ['https://x.org'] })).toEqual(['https://x.org']);
  });

  it.each([
    ['no JSON', '{', 'JSON'],
    ['no object', '7', 'object'],
    ['a wrong port', JSON.stringify({ ...GOOD, port: 'x' }), '"port"'],
    ['a port out of range', JSON.stringify({ ...GOOD, port: 65_536 }), '"port"'],
    [
      'an unknown field',
      JSON.stringify({ ...GOOD, prot: 1 }),
      '"prot" is unknown; there are vat, host, port, urls',
    ],
    ['a wrong vat', JSON.stringify({ ...GOOD, vat: 'x' }), '"vat"'],
    ['a wrong URL', JSON.stringify({ ...GOOD, urls: ['x'] }), '"urls[0]"'],
    ['no URL at all', JSON.stringify({ ...GOOD, urls: [] }), '"urls"'],
  ])('with %s is refused, naming the file and what is wrong', async (_, text, named) => {
    const base = write(text);
    expect(await codeOf(() => readConfig(base.config))).toBe('QRT_CONFIG_INVALID');
    expect(() => readConfig(base.config)).toThrow(named);
    expect(() => readConfig(base.config)).toThrow(base.config);
  });
});

describe('base directory', () => {
  it('a directory without a node is refused', async () => {
    const scratch = makeScratch();
    expect(await codeOf(() => openBaseDir(scratch))).toBe('QRT_NODE_MISSING');
    expect(await codeOf(() => openBaseDir(join(scratch, 'no')))).toBe('QRT_NODE_MISSING');
  });

  it('a key, database or directory that others can read is refused', async () => {
    const dir = join(makeScratch(), 'one');
    await createNode({ dir, host: '127.0.0.1', port: undefined, urls: undefined });
    const base = openBaseDir(dir);
    assertModes(base);
    for (const path of [base.key, base.database, base.lock, base.dir]) {
      chmodSync(path, path === base.dir ? 0o750 : 0o640);
      expect([path, await codeOf(() => assertModes(base))]).toEqual([path, 'QRT_MODE_OPEN']);
      chmodSync(path, path === base.dir ? 0o700 : 0o600);
    }
    chmodSync(base.config, 0o644);
    assertModes(base);
    chmodSync(base.config, 0o666);
    expect(await codeOf(() => assertModes(base))).toBe('QRT_MODE_OPEN');
  });
});
