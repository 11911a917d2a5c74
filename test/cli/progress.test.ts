import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { remark, say } from '../../src/cli/output.ts';
import { withProgress } from '../../src/cli/progress.ts';
import { capture, shownOn } from './terminal.ts';

describe('progress', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    vi.stubEnv('TERM', 'xterm');
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  const onTerminal = (columns?: number) =>
    capture({ stream: process.stderr, isTTY: true, ...(columns !== undefined && { columns }) });

  /** Work that lasts until the result is called. */
  const begin = (label: string) => {
    let end = (): void => {};
    const work = withProgress(label, () => new Promise<void>((resolve) => (end = resolve)));
    return async () => {
      end();
      await work;
    };
  };

  it('what takes less than a second leaves the terminal alone', async () => {
    const written = onTerminal();
    const end = begin('waiting');
    vi.advanceTimersByTime(900);
    await end();
    expect(written).toEqual([]);
  });

  it('one line is rewritten each second, and gone at the end', async () => {
    const written = onTerminal();
    const end = begin('waiting for NODE1 to start');
    vi.advanceTimersByTime(1_000);
    expect(shownOn(written)).toBe('waiting for NODE1 to start … 1 s');
    vi.advanceTimersByTime(2_000);
    expect(shownOn(written)).toBe('waiting for NODE1 to start … 3 s');
    await end();
    expect(shownOn(written)).toBe('');
    vi.advanceTimersByTime(5_000);
    expect(shownOn(written)).toBe('');
  });

  it('it is gone also when the work fails', async () => {
    const written = onTerminal();
    const failing = withProgress('waiting', async () => {
      vi.advanceTimersByTime(1_500);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(written.join('')).toContain('waiting … 1 s');
    expect(shownOn(written)).toBe('');
  });

  it('work that leaves no time to a timer says itself how far it is', async () => {
    const written = onTerminal();
    await withProgress('reading', async (progress) => {
      progress.say('reading inbox: 1 rows');
      expect(written).toEqual([]);
      vi.advanceTimersByTime(1_100);
      progress.say('reading inbox: 2 rows');
      progress.say('reading inbox: 3 rows');
      vi.advanceTimersByTime(1_000);
    });
    expect(written.join('')).toContain('inbox: 3 rows … 2 s');
    expect(shownOn(written)).toBe('');
  });

  it('a line that is said meanwhile stands alone', async () => {
    const written = onTerminal();
    const out = capture({ stream: process.stdout, isTTY: true });
    const end = begin('waiting');
    vi.advanceTimersByTime(1_000);
    remark('NODE1 runs');
    expect(shownOn(written)).toBe('NODE1 runs\n');
    vi.advanceTimersByTime(1_000);
    say('NODE2 runs');
    expect(shownOn(written)).toBe('NODE1 runs\n');
    expect(out).toEqual(['NODE2 runs\n']);
    await end();
  });

  it('a name cannot move the cursor, and no line wraps', async () => {
    const written = onTerminal(20);
    const end = begin('waiting for a\u001b[2Jb\nc and many more');
    vi.advanceTimersByTime(1_000);
    const shown = shownOn(written);
    expect(shown.length).toBe(19);
    expect(shown).toBe('waiting for a\\u001b');
    await end();
  });

  it('nothing is written where standard error is no terminal, or one that cannot rewrite', async () => {
    const piped = capture({ stream: process.stderr, isTTY: false });
    const end = begin('waiting');
    vi.advanceTimersByTime(3_000);
    await end();
    expect(piped).toEqual([]);
    vi.stubEnv('TERM', 'dumb');
    const dumb = onTerminal();
    const endDumb = begin('waiting');
    vi.advanceTimersByTime(3_000);
    await endDumb();
    expect(dumb).toEqual([]);
  });
});
