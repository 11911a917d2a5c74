import { describe, expect, it } from 'vitest';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { sha256 } from '../../src/crypto/hash.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));

describe('hash', () => {
  it('is SHA-256 of the parts one after another', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(hex(sha256(text('abc')))).toBe(abc);
    expect(hex(sha256(text('a'), text(''), text('bc')))).toBe(abc);
    expect(hex(sha256())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});

describe('entropy', () => {
  it('gives as many bytes as asked for, and never the same', () => {
    expect(systemEntropy(0).length).toBe(0);
    expect(systemEntropy(32).length).toBe(32);
    expect(hex(systemEntropy(32))).not.toBe(hex(systemEntropy(32)));
  });
});
