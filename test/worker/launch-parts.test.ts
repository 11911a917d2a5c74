import { describe, expect, it } from 'vitest';
import { findBubblewrap } from '../../src/worker/bubblewrap-finder.ts';
import { parseCodeRange } from '../../src/worker/code-range.ts';
import { askLoader, askNode, findNodeFiles, parseTrace } from '../../src/worker/node-files.ts';

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
    expect(new Set(libraries.keys())).toEqual(new Set(fromNode));
    for (const path of libraries.values()) expect(path).toMatch(/^\//);
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
  it('the variable QRT_BWRAP names the program, also one that is not there', async () => {
    const before = process.env['QRT_BWRAP'];
    process.env['QRT_BWRAP'] = '/nonexistent';
    try {
      const found = await findBubblewrap();
      expect(found).toMatchObject({ reason: expect.stringMatching(/not installed|Linux only/) });
    } finally {
      if (before === undefined) delete process.env['QRT_BWRAP'];
      else process.env['QRT_BWRAP'] = before;
    }
  });
});
