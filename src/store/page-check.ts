// Page check: which pages of a database are not what was written there last, by their sums.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { QrtError } from '../core/errors.ts';
import { isDiskFull } from '../core/full-disk.ts';
import { readLog } from './log-file.ts';
import { type PageSums, readPageSums, sumOf, writeAnew } from './page-sums.ts';

const PAGE_SIZE_AT = 16;
const SLICE_BYTES = 1_048_576;
/** Of pages that are other ones each time; a writer has never been seen to take so many. */
const TRIES = 50;
const PAUSE_MS = 20;

export interface CheckedPages {
  /** What is wrong with the log; undefined if nothing is. */
  readonly log: string | undefined;
  /** Numbers of pages that are not what was written. */
  readonly pages: readonly number[];
  /** Whether there were sums to compare with. */
  readonly hasSums: boolean;
}

/**
 * Reads all of the database at `path`, and its log. A database without sums is believed. MUST be
 * called while this process has not opened it: closing the file would drop its locks.
 */
export function checkPages(path: string): CheckedPages {
  let before: Suspects | undefined;
  for (let tries = 1; ; tries += 1) {
    // MUST be in this order: then a page that is being carried over is newer than its sum here,
    // and its sum is another one when it is read again.
    const found = readPageSums(path);
    const log = readLog(path);
    const known = { log: log.damage, hasSums: found !== undefined };
    if (found === undefined || log.damage !== undefined) return { ...known, pages: [] };
    const suspects = findWrong({ path, sums: found.sums, inLog: log.pages, among: before });
    const pages = [...suspects.keys()].filter((page) => before?.get(page) === suspects.get(page));
    if (pages.length === suspects.size || tries === TRIES) return { ...known, pages };
    before = suspects;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** Takes all pages as they are now. Throws QRT_DISK_FULL. */
export function makePageSums(path: string): void {
  const sums: PageSums = new Map();
  for (const [number, page] of pagesOf(path)) sums.set(number, sumOf(page));
  try {
    writeAnew(path, sums);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw new QrtError('QRT_DISK_FULL', { dir: path }, error);
  }
}

/** By page number: what its sum is, and what it should be. */
type Suspects = ReadonlyMap<number, string>;

interface Question {
  readonly path: string;
  readonly sums: PageSums;
  readonly inLog: ReadonlySet<number>;
  /** If there are any, only these are looked at. */
  readonly among: Suspects | undefined;
}

function findWrong({ path, sums, inLog, among }: Question): Suspects {
  const wrong = new Map<number, string>();
  const seen = new Set<number>();
  const pages = among ? somePages(path, [...among.keys()]) : pagesOf(path);
  for (const [number, page] of pages) {
    seen.add(number);
    const [wanted, found] = [sums.get(number), sumOf(page)];
    const isUsed = (number - 1) * page.length !== LOCK_BYTES_AT;
    if (wanted !== found && isUsed && !inLog.has(number)) wrong.set(number, `${found} ${wanted}`);
  }
  // A file that was cut off.
  for (const number of among?.keys() ?? sums.keys()) {
    if (!seen.has(number) && !inLog.has(number)) wrong.set(number, `none ${sums.get(number)}`);
  }
  return wrong;
}

/** Where locks are taken on some systems: SQLite never writes the page that begins there. */
const LOCK_BYTES_AT = 2 ** 30;

type Page = readonly [number: number, content: Buffer];

function* pagesOf(path: string): Iterable<Page> {
  const file = openSync(path, 'r');
  try {
    const slice = Buffer.alloc(SLICE_BYTES);
    const { size } = fstatSync(file);
    let pageBytes = 0;
    for (let at = 0; at < size; at += SLICE_BYTES) {
      const read = readSync(file, slice, 0, SLICE_BYTES, at);
      if (at === 0) pageBytes = pageSizeOf(slice, read);
      for (let start = 0; start < read; start += pageBytes) {
        const end = Math.min(start + pageBytes, read);
        yield [(at + start) / pageBytes + 1, slice.subarray(start, end)];
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Without those that are not there. */
function* somePages(path: string, numbers: readonly number[]): Iterable<Page> {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const pageBytes = pageSizeOf(head, readSync(file, head, 0, HEAD_BYTES, 0));
    const page = Buffer.alloc(pageBytes);
    for (const number of numbers) {
      const read = readSync(file, page, 0, pageBytes, (number - 1) * pageBytes);
      if (read > 0) yield [number, page.subarray(0, read)];
    }
  } finally {
    closeSync(file);
  }
}

const HEAD_BYTES = 100;
const DEFAULT_PAGE_BYTES = 4_096;

/** A head that is damaged is found by its sum, whatever size it states. */
function pageSizeOf(head: Buffer, read: number): number {
  const stated = read > PAGE_SIZE_AT + 1 ? head.readUInt16BE(PAGE_SIZE_AT) : 0;
  const bytes = stated === 1 ? 65_536 : stated;
  const isSize = bytes >= 512 && (bytes & (bytes - 1)) === 0;
  return isSize ? bytes : DEFAULT_PAGE_BYTES;
}
