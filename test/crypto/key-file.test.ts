import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseVatId } from '../../src/core/ids.ts';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { createKeyFile, loadSealer } from '../../src/crypto/key-file.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qrt-key-'));
  path = join(directory, 'key');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const load = () => loadSealer({ path, entropy: systemEntropy });

describe('key file', () => {
  it('holds a new key each time, and gives the vat that it was made for', () => {
    const vat = createKeyFile(path);
    expect(parseVatId(vat)).toBe(vat);
    expect(load().vat).toBe(vat);
    expect(createKeyFile(join(directory, 'other'))).not.toBe(vat);
  });

  it('is for its owner only, whatever the umask', () => {
    const before = process.umask(0);
    createKeyFile(path);
    process.umask(before);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is never overwritten: a second one on the same path is refused', () => {
    createKeyFile(path);
    const before = readFileSync(path);
    expect(() => createKeyFile(path)).toThrow(expect.objectContaining({ code: 'QRT_KEY_INVALID' }));
    expect(readFileSync(path)).toEqual(before);
  });

  it('that others can read is refused with what to type (QRT_MODE_OPEN)', () => {
    createKeyFile(path);
    for (const mode of [0o640, 0o604, 0o620, 0o601, 0o777]) {
      chmodSync(path, mode);
      expect(load).toThrow(expect.objectContaining({ code: 'QRT_MODE_OPEN' }));
      expect(load).toThrow(`chmod 600 ${path}`);
    }
    chmodSync(path, 0o400);
    expect(load).not.toThrow();
  });

  it('that is missing or holds anything else is refused (QRT_KEY_INVALID), unquoted', () => {
    expect(load).toThrow(expect.objectContaining({ code: 'QRT_KEY_INVALID' }));
    expect(existsSync(path)).toBe(false);
    createKeyFile(path);
    const good = readFileSync(path, 'utf8');
    const seed = good.split('\n')[1] ?? '';
    const bad = [
      '',
      good.slice(0, -2),
      good.replace('qrt-key 1', 'qrt-key 2'),
      good.replace('\n', ' '),
      `${good}more`,
      `${good}${seed}\n${good}`,
      good.replace(seed, `${seed}A`),
      good.replace(seed, Buffer.from(seed, 'base64url').toString('hex')),
    ];
    for (const content of bad) {
      writeFileSync(path, content);
      expect(load).toThrow(expect.objectContaining({ code: 'QRT_KEY_INVALID' }));
      expect(load).not.toThrow(seed);
    }
    writeFileSync(path, good);
    expect(load).not.toThrow();
  });
});
