// Page check: which pages of a database are not what was written there last, by their sums.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { QrtError } from '../core/errors.ts';
import { isDiskFull } from '../core/full-disk.ts';
import { readLog } from './log-file.ts';
import { type PageSums, readPageSums, sumOf, writeAnew } from './page-sums.ts';

const PAGE_SIZE_AT = 16;
const SLICE_BYTES = 1_048_576;
const TRIES = 3;
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
  let suspects: readonly number[] | undefined;
  for (let tries = 1; ; tries += 1) {
    const found = readPageSums(path);
    const log = readLog(path);
    const known = { log: log.damage, hasSums: found !== undefined };
    if (found === undefined || log.damage !== undefined) return { ...known, pages: [] };
    suspects = findWrong({ path, sums: found.sums, inLog: log.pages, among: suspects });
    // A running node may have carried pages over meanwhile.
    if (suspects.length === 0 || tries === TRIES) return { ...known, pages: suspects };
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

interface Question {
  readonly path: string;
  readonly sums: PageSums;
  readonly inLog: ReadonlySet<number>;
  readonly among: readonly number[] | undefined;
}

function findWrong({ path, sums, inLog, among }: Question): readonly number[] {
  const wrong: number[] = [];
  const wanted = among && new Set(among);
  const seen = new Set<number>();
  for (const [number, page] of pagesOf(path)) {
    seen.add(number);
    if (inLog.has(number) || (wanted && !wanted.has(number))) continue;
    if (sums.get(number) !== sumOf(page)) wrong.push(number);
  }
  // A file that was cut off.
  for (const number of sums.keys()) if (!seen.has(number) && !inLog.has(number)) wrong.push(number);
  return wrong;
}

function* pagesOf(path: string): Iterable<readonly [number: number, page: Buffer]> {
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

const DEFAULT_PAGE_BYTES = 4_096;

/** A head that is damaged is found by its sum, whatever size it states. */
function pageSizeOf(head: Buffer, read: number): number {
  const stated = read > PAGE_SIZE_AT + 1 ? head.readUInt16BE(PAGE_SIZE_AT) : 0;
  const bytes = stated === 1 ? 65_536 : stated;
  const isSize = bytes >= 512 && (bytes & (bytes - 1)) === 0;
  return isSize ? bytes : DEFAULT_PAGE_BYTES;
}
