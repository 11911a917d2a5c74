import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { formatAge, onOneLine, say, sayError, sayTable } from '../../src/cli/output.ts';
import { QrtError } from '../../src/core/errors.ts';

const capture = (stream: NodeJS.WriteStream): string[] => {
  const written: string[] = [];
  const spy = vi.spyOn(stream, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  return written;
};

describe('output', () => {
  it('no text of a vat moves the cursor or turns the direction of what follows', () => {
    const written = capture(process.stdout);
    say('a\u001b[2Jb\u202ec\rd');
    expect(written).toEqual(['a\\u001b[2Jb\\u202ec\\u000dd\n']);
    expect(onOneLine('one\ntwo\tthree')).toBe('one\\ntwo\\u0009three');
  });

  it('errors are one line of words or of JSON on standard error', () => {
    const written = capture(process.stderr);
    const error = new QrtError('QRT_NODE_MISSING', { dir: 'x' });
    sayError({ error, isJson: false });
    sayError({ error, isJson: true });
    expect(written[0]).toMatch(/^qrt: QRT_NODE_MISSING: There is no node in x\./);
    expect(JSON.parse(written[1] ?? '')).toEqual({
      error: { code: 'QRT_NODE_MISSING', message: error.message },
    });
  });

  it('a table has columns', () => {
    const written = capture(process.stdout);
    sayTable([
      ['id', 'value'],
      ['o1.0', '1'],
    ]);
    expect(written.join('')).toBe('id    value\no1.0  1\n');
  });

  it.each([
    [5, '5 ms'],
    [1_500, '2 s'],
    [119_000, '119 s'],
    [600_000, '10 min'],
    [10_800_000, '3 h'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });
});
