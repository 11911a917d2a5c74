// Output: the one place that writes to the terminal.
//
// What comes from vats and files may hold anything; nothing but printable text leaves here, so
// that no guest can move the cursor of its operator.

import type { QrtError } from '../core/errors.ts';

let onReaderGone = (): void => process.exit();

// Whoever reads may have seen enough, as in `qrt log DIR | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    onReaderGone();
  });
}

/** From now on nobody needs to read: a node goes on when its terminal has gone. */
export function outliveReaders(): void {
  onReaderGone = () => {};
}

/** A line for people, or for scripts that take one word. */
export function say(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}

/** One JSON value on one line. */
export function sayJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** A remark that is no result: it leaves standard output to scripts. */
export function remark(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** An error, in words or as JSON. */
export function sayError({ error, isJson }: { error: QrtError; isJson: boolean }): void {
  const { code, message } = error;
  if (isJson) process.stderr.write(`${JSON.stringify({ error: { code, message } })}\n`);
  else remark(`qrt: ${code}: ${message}`);
}

/** Where help is written, and what commander has to say. */
export function sayRaw(text: string): void {
  process.stdout.write(text);
}

/** Rows as columns of text; the first row is the head. */
export function sayTable(rows: readonly (readonly string[])[]): void {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, onOneLine(cell).length);
    });
  }
  for (const row of rows) {
    const cells = row.map((cell, column) => onOneLine(cell).padEnd(widths[column] ?? 0));
    say(cells.join('  ').trimEnd());
  }
}

/** A length of time for people. */
export function formatAge(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** Text that cannot look like two lines. */
export function onOneLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, escapeCharacter);
}

/** Control characters but line break and tab, and what turns the direction of text. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu;

const printable = (text: string): string => text.replace(UNPRINTABLE, escapeCharacter);

const escapeCharacter = (char: string): string =>
  char === '\n' ? '\\n' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
