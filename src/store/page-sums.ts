// Page sums: a checksum of each page of a vat's database, in a file of its own beside it.
//
// SQLite notices a damaged page only where its structure breaks: a byte within a memory would be
// read as if it had been written. Pages change on disk only when the log is carried over into the
// database, and before that their new sums are appended here and flushed. So a page is right if its
// sum is the last one that stands here; one that is in the log counts for nothing until then.
//
// The file is a row of records: their number of pages, that many pairs of page number and CRC-32,
// and the CRC-32 of the record, each 4 bytes, little endian. A cut can leave part of the last one.

import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { readBytes } from './log-format.ts';
import { syncPath } from './sync-path.ts';

/** Page number → checksum. */
export type PageSums = Map<number, number>;

const RECORD_PAGES_MAX = 65_536;
/** Records of pages that changed again since are dropped when they are this many bytes. */
const STALE_BYTES_MAX = 1_048_576;

/** The checksum of a page. */
export const sumOf = (page: Uint8Array): number => crc32(page);

export interface FoundSums {
  readonly sums: PageSums;
  /** Bytes of whole records. */
  readonly bytes: number;
}

/** Whether the database at `path` has sums. */
export const hasPageSums = (path: string): boolean =>
  (statSync(nameOf(path), { throwIfNoEntry: false })?.size ?? 0) > 0;

/** Reads the sums of the database at `path`; undefined if there are none. */
export function readPageSums(path: string): FoundSums | undefined {
  const all = readBytes(nameOf(path));
  if (all.length === 0) return undefined;
  const sums: PageSums = new Map();
  let at = 0;
  while (at + 8 <= all.length) {
    const pages = all.readUInt32LE(at);
    const end = at + 4 + 8 * pages;
    if (pages > RECORD_PAGES_MAX || end + 4 > all.length) break;
    // A cut or damage: pages whose sums are lost so are not what the sums before say.
    if (all.readUInt32LE(end) !== crc32(all.subarray(at, end))) break;
    for (let pair = at + 4; pair < end; pair += 8) {
      sums.set(all.readUInt32LE(pair), all.readUInt32LE(pair + 4));
    }
    at = end + 4;
  }
  return { sums, bytes: at };
}

/** The sums of a database that this process writes to. */
export interface SumFile {
  /** Returns when they are on disk. */
  add(changed: PageSums): void;
  close(): void;
}

/** Opens the sums at `path` to add to them; `found` is what was read there. */
export function openSumFile(path: string, found: FoundSums): SumFile {
  const { sums } = found;
  let { bytes } = found;
  let file = openSync(nameOf(path), 'r+');
  // What a cut left of a record must not stand before the next one.
  ftruncateSync(file, bytes);

  const rewrite = (): void => {
    // MUST hold the old file until there is a new one: its descriptor may be another file's next.
    const next = replace(path, sums);
    closeSync(file);
    file = next.file;
    // Until its name is on disk it has to be written anew.
    bytes = Number.POSITIVE_INFINITY;
    syncPath(dirname(path));
    bytes = next.bytes;
  };
  return Object.freeze<SumFile>({
    add(changed) {
      if (bytes > 2 * 8 * sums.size + STALE_BYTES_MAX) rewrite();
      const record = Buffer.concat([...recordsOf(changed)]);
      try {
        writeAll(file, record, bytes);
        fsyncSync(file);
      } catch (error) {
        ftruncateSync(file, bytes);
        throw error;
      }
      bytes += record.length;
      for (const [page, sum] of changed) sums.set(page, sum);
    },
    close: () => closeSync(file),
  });
}

/** Writes sums into a new file in place of the one that is there, if any. */
export function writeAnew(path: string, sums: PageSums): void {
  closeSync(replace(path, sums).file);
  syncPath(dirname(path));
}

/** A new file in place of the one that is there, which stays if this throws. */
function replace(path: string, sums: PageSums): { readonly file: number; readonly bytes: number } {
  const next = `${nameOf(path)}-new`;
  rmSync(next, { force: true });
  const file = openSync(next, 'wx', 0o600);
  let bytes = 0;
  try {
    for (const record of recordsOf(sums)) bytes += writeAll(file, record, bytes);
    fsyncSync(file);
    renameSync(next, nameOf(path));
  } catch (error) {
    closeSync(file);
    // It may be what fills the disk.
    rmSync(next, { force: true });
    throw error;
  }
  return { file, bytes };
}

const nameOf = (path: string): string => `${path}-sum`;

function* recordsOf(sums: PageSums): Iterable<Buffer> {
  const all = [...sums];
  for (let first = 0; first < all.length; first += RECORD_PAGES_MAX) {
    const pairs = all.slice(first, first + RECORD_PAGES_MAX);
    const record = Buffer.alloc(8 + 8 * pairs.length);
    record.writeUInt32LE(pairs.length);
    for (const [n, [page, sum]] of pairs.entries()) {
      record.writeUInt32LE(page, 4 + 8 * n);
      record.writeUInt32LE(sum, 8 + 8 * n);
    }
    const end = record.length - 4;
    record.writeUInt32LE(crc32(record.subarray(0, end)), end);
    yield record;
  }
}

function writeAll(file: number, bytes: Buffer, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
  return done;
}
