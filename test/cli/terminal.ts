// Terminal: makes a standard stream look like a terminal, or like none, and keeps what it is sent.

import { onTestFinished, vi } from 'vitest';

export interface FakeTerminal {
  readonly stream: NodeJS.WriteStream;
  readonly isTTY: boolean;
  readonly columns?: number;
}

/** What is written from now on until the test is over, piece by piece. */
export function capture({ stream, isTTY, columns = 80 }: FakeTerminal): string[] {
  const written: string[] = [];
  const spy = vi.spyOn(stream, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const before = { isTTY: stream.isTTY, columns: stream.columns };
  Object.assign(stream, { isTTY, columns });
  onTestFinished(() => {
    spy.mockRestore();
    Object.assign(stream, before);
  });
  return written;
}

/** What a person sees of lines that are rewritten: the last state of each line. */
export function shownOn(written: readonly string[]): string {
  const text = written.join('');
  const lines = text.split('\n').map((line) => line.split('\r\u001b[2K').at(-1) ?? '');
  return lines.join('\n');
}
