// Output: the one place that writes to the terminal.
//
// What comes from vats and files may hold anything; nothing but printable text leaves here, so
// that no guest can move the cursor of its operator. Columns and colours are for people: where
// standard output is no terminal, tables have TABs between their cells and nothing else is added.

import { once } from 'node:events';
import type { QrtError } from '../core/errors.ts';
import { onOneLine, printable, toJsonText } from '../core/shown-text.ts';
import type { Rejection } from '../node/result.ts';

/** Colours of the terminal's own palette; used for what one looks for, and for nothing else. */
export type Colour = 'red' | 'green' | 'yellow' | 'dim';

/** A piece of a line, with or without a colour. */
export type Piece = string | { readonly text: string; readonly colour: Colour };

type Stream = NodeJS.WriteStream;

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
export function say(...pieces: readonly Piece[]): void {
  write(process.stdout, `${render(process.stdout, pieces)}\n`);
}

/** One JSON value on one line. */
export function sayJson(value: unknown): void {
  sayRaw(`${toJsonText(value)}\n`);
}

/** A remark that is no result: it leaves standard output to scripts. */
export function remark(...pieces: readonly Piece[]): void {
  write(process.stderr, `${render(process.stderr, pieces)}\n`);
}

/** An error, in words or as JSON. */
export function sayError({ error, isJson }: { error: QrtError; isJson: boolean }): void {
  const { code, message } = error;
  if (isJson) write(process.stderr, `${toJsonText({ error: { code, message } })}\n`);
  else remark('qrt: ', { text: code, colour: 'red' }, `: ${message}`);
}

/** A rejection, whose words are those of a guest, in words or as JSON. */
export function sayRejection(input: { rejection: Rejection; isJson: boolean }): void {
  const { rejection, isJson } = input;
  if (isJson) return write(process.stderr, `${toJsonText({ error: rejection })}\n`);
  const { name, code = name, message } = rejection;
  const text = onOneLine(`${code}: ${message}`);
  remark('qrt: ', { text: 'rejected', colour: 'red' }, `: ${text}`);
}

/** Text that is ours in every character: help, scripts, JSON without raw text of strangers. */
export function sayRaw(text: string): void {
  write(process.stdout, text);
}

/** Waits while whoever reads standard output is behind: what waits there is held in memory. */
export async function untilRead(): Promise<void> {
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
}

/** Whether a person looks at standard output. */
export function isOnTerminal(): boolean {
  return process.stdout.isTTY === true;
}

/** The line that is rewritten while something takes long; empty when there is none. */
let transient = '';

/** Writes one line over the last one of this kind; an empty text takes it away. */
export function rewriteLine(text: string): void {
  const stream = process.stderr;
  if (!canRewrite(stream)) return;
  // A line that wraps cannot be taken back.
  const line = onOneLine(text).slice(0, Math.max(0, (stream.columns || COLUMNS) - 1));
  if (line === transient) return;
  stream.write(`${ERASE_LINE}${line}`);
  transient = line;
}

const COLUMNS = 80;
const ERASE_LINE = '\r\u001b[2K';

const canRewrite = (stream: Stream): boolean =>
  stream.isTTY === true && process.env['TERM'] !== 'dumb';

function write(stream: Stream, text: string): void {
  if (stream.isTTY) rewriteLine('');
  stream.write(text);
}

/**
 * Rows as columns of text on a terminal, else with TABs between; the first row is the head. A table
 * that is said in several parts hands the same widths to each.
 */
export function sayTable(rows: readonly (readonly Piece[])[], widths: number[] = []): void {
  for (const row of rows) widen(widths, row);
  for (const row of rows) sayRow(row, widths);
}

function widen(widths: number[], row: readonly Piece[]): void {
  row.forEach((cell, column) => {
    widths[column] = Math.max(widths[column] ?? 0, onOneLine(textOf(cell)).length);
  });
}

function sayRow(row: readonly Piece[], widths: readonly number[]): void {
  const clean = row.map((cell) => withText(cell, onOneLine(textOf(cell))));
  if (!isOnTerminal()) return say(clean.map(textOf).join('\t'));
  const last = clean.length - 1;
  const padded = clean.flatMap((cell, column) => {
    const gap = (widths[column] ?? 0) - textOf(cell).length;
    return column === last ? [cell] : [cell, ' '.repeat(Math.max(0, gap) + 2)];
  });
  say(...padded);
}

/** A length of time for people. */
export function formatAge(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** A size for people: `512 B`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  const amount = bytes / 1_000 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${UNITS[power]}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

const textOf = (piece: Piece): string => (typeof piece === 'string' ? piece : piece.text);

const withText = (piece: Piece, text: string): Piece =>
  typeof piece === 'string' ? text : { ...piece, text };

const CODES: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, dim: 2 };

/** Cleaned first and coloured afterwards: the only control characters are ours. */
function render(stream: Stream, pieces: readonly Piece[]): string {
  const isColoured =
    stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  return pieces
    .map((piece) => {
      const text = printable(textOf(piece));
      if (typeof piece === 'string' || !isColoured || text === '') return text;
      return `\u001b[${CODES[piece.colour]}m${text}\u001b[0m`;
    })
    .join('');
}
