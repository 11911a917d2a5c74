// The mask of transcripts: what differs from run to run never shows, whatever it begins with.

import { describe, expect, it } from 'vitest';
import { mask } from '../../scripts/lib/demo-readme.mjs';

describe('mask', () => {
  it('ids that begin or end with a dash are masked like any other', () => {
    const dashed = `-${'a'.repeat(41)}-`;
    const plain = 'b'.repeat(43);
    expect(mask(`vat ${dashed}, vat ${plain}, qrt:${dashed}.${plain}@x`)).toBe(
      'vat VAT1, vat VAT2, qrt:VAT1.SWISSNUM@x',
    );
  });

  it('a QRID is listed under the hash by which it was made', () => {
    const lines = 'QRID 61c05b38bf04 of o2.0.\nbd254221f466\to1.0\n61c05b38bf04\to2.0\n';
    expect(mask(lines)).toBe('QRID HASH1 of o2.0.\nHASH2\to1.0\nHASH1\to2.0\n');
  });

  it('what the sandbox of this machine lacks does not show', () => {
    const lines =
      'A runs\nwarning: A: sandbox of workers: none (x); y\nB runs\n  sandbox  none (why)\n';
    expect(mask(lines)).toBe('A runs\nB runs\n  sandbox  full\n');
    expect(mask('  sandbox  full\n')).toBe('  sandbox  full\n');
  });

  it('a port has the same name in a URL and in a configuration', () => {
    expect(mask('http://127.0.0.1:7001 "port": 7001, "port":7002, "port": 1')).toBe(
      'http://127.0.0.1:PORT1 "port": PORT1, "port":PORT2, "port": 1',
    );
  });
});
