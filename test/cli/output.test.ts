import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { formatAge, say, sayError, sayJson, sayTable, untilRead } from '../../src/cli/output.ts';
import { QrtError } from '../../src/core/errors.ts';
import { onOneLine } from '../../src/core/shown-text.ts';
import { capture } from './terminal.ts';

const RED = '\u001b[31mbad\u001b[0m';

describe('output', () => {
  beforeEach(() => {
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const toTerminal = () => capture({ stream: process.stdout, isTTY: true });
  const toPipe = () => capture({ stream: process.stdout, isTTY: false });

  it('no text of a vat moves the cursor or turns the direction of what follows', () => {
    for (const makeWritten of [toPipe, toTerminal]) {
      const written = makeWritten();
      say('a\u001b[2Jb\u202ec\rd');
      expect(written.splice(0)).toEqual(['a\\u001b[2Jb\\u202ec\\u000dd\n']);
    }
    expect(onOneLine('one\ntwo\tthree\u2028four')).toBe('one\\ntwo\\u0009three\\u2028four');
  });

  it('JSON moves no cursor either, and means the same', () => {
    const text = 'a\u009b2J\u007f\u0085\u202eb\u2066\u061c\u2028\u2029\u001b\n';
    const value = { [text]: [text, 'ä…'] };
    const written = toPipe();
    sayJson(value);
    const errors = capture({ stream: process.stderr, isTTY: false });
    sayError({ error: new QrtError('QRT_NODE_MISSING', { dir: text }), isJson: true });
    expect(written.join('')).toContain('"a\\u009b2J\\u007f\\u0085\\u202eb');
    for (const line of [...written, ...errors]) {
      expect(line).not.toMatch(/(?!\n$)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
    }
    expect(JSON.parse(written.join(''))).toEqual(value);
    expect((JSON.parse(errors.join('')) as { error: Error }).error.message).toContain(text);
  });

  it('a coloured text is cleaned before it is coloured', () => {
    const written = toTerminal();
    say({ text: 'a\u001b[2Jb', colour: 'red' });
    expect(written).toEqual(['\u001b[31ma\\u001b[2Jb\u001b[0m\n']);
  });

  it('errors are one line of words or of JSON on standard error', () => {
    const written = capture({ stream: process.stderr, isTTY: false });
    const error = new QrtError('QRT_NODE_MISSING', { dir: 'x' });
    sayError({ error, isJson: false });
    sayError({ error, isJson: true });
    expect(written[0]).toMatch(/^qrt: QRT_NODE_MISSING: There is no node in x\./);
    expect(JSON.parse(written[1] ?? '')).toEqual({
      error: { code: 'QRT_NODE_MISSING', message: error.message },
    });
  });

  it('colours are for terminals that want them, and for nothing else', () => {
    const line = { text: 'bad', colour: 'red' } as const;
    const piped = toPipe();
    say(line);
    expect(piped.splice(0)).toEqual(['bad\n']);
    const written = toTerminal();
    say(line, ' one');
    expect(written.splice(0)).toEqual([`${RED} one\n`]);
    vi.stubEnv('NO_COLOR', '1');
    say(line);
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'dumb');
    say(line);
    expect(written).toEqual(['bad\n', 'bad\n']);
  });

  it('a table has aligned columns on a terminal', () => {
    const written = toTerminal();
    sayTable([
      ['id', 'state', 'value'],
      ['o1.0', { text: 'bad', colour: 'red' }, '1'],
    ]);
    expect(written.join('')).toBe(`id    state  value\no1.0  ${RED}    1\n`);
  });

  it('parts of one table keep their columns', () => {
    const written = toTerminal();
    const widths: number[] = [];
    sayTable([['wide', '1']], widths);
    sayTable([['x', '2']], widths);
    expect(written.join('')).toBe('wide  1\nx     2\n');
  });

  it('a table that goes elsewhere has one TAB between its cells, whatever they hold', () => {
    const written = toPipe();
    sayTable([
      ['id', 'value'],
      ['o1.0', ''],
      ['o2.0', 'a\tb\nc\u001b[1Ad'],
    ]);
    expect(written.join('')).toBe('id\tvalue\no1.0\t\no2.0\ta\\u0009b\\nc\\u001b[1Ad\n');
  });

  it('who writes much waits for a reader that is behind', async () => {
    await untilRead();
    const behind = vi.spyOn(process.stdout, 'writableNeedDrain', 'get').mockReturnValue(true);
    onTestFinished(() => behind.mockRestore());
    let isRead = false;
    const read = untilRead().then(() => {
      isRead = true;
    });
    await new Promise(setImmediate);
    expect(isRead).toBe(false);
    process.stdout.emit('drain');
    await read;
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
