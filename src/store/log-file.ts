// Log file: whether SQLite's write-ahead log still holds all that was flushed to it.
//
// SQLite ends its log at the first frame whose checksum is wrong, as a power cut leaves such frames.
// A damaged one in the middle would so undo commits that peers know of, without a word. But a frame
// that a cut spoilt was never flushed, and that shows: each commit is flushed before the next frame
// is written, and before the index of the log counts it.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const INDEX_HEADER_BYTES = 48;
const INDEX_CHECKED_BYTES = 40;
const MAGIC = 0x377f0682;
const TRIES = 3;

/**
 * What is wrong with the log of the database at `path`; undefined if nothing is. MUST be called
 * before this process has opened the database: closing the index drops the locks of a process on it.
 */
export function findLogDamage(path: string): string | undefined {
  let damage: string | undefined;
  // A running node may write while it is read: damage stays, what only looked like it does not.
  for (let tries = 0; tries < TRIES; tries += 1) {
    damage = judge(readBytes(`${path}-shm`, 2 * INDEX_HEADER_BYTES), readBytes(`${path}-wal`));
    if (damage === undefined) return undefined;
  }
  return damage;
}

function judge(index: Buffer, log: Buffer): string | undefined {
  if (log.length < HEADER_BYTES || isZero(log.subarray(0, HEADER_BYTES))) return undefined;
  const header = readHeader(log);
  if (header === undefined) {
    return log.length === HEADER_BYTES ? undefined : 'the head of its log (vat.db-wal) is damaged';
  }
  const valid = countValid(log, header);
  const counted = readIndex(index, header);
  const isLost = counted === undefined ? isFlushed(log, header, valid) : counted > valid;
  return isLost ? `frame ${valid + 1} of its log (vat.db-wal) is damaged` : undefined;
}

interface Header {
  readonly frameBytes: number;
  readonly frames: number;
  /** As they stand in each frame. */
  readonly salts: Buffer;
  readonly isSwapped: boolean;
  readonly sum: Sum;
}

type Sum = readonly [number, number];

function readHeader(log: Buffer): Header | undefined {
  const magic = log.readUInt32BE(0);
  if (magic !== MAGIC && magic !== MAGIC + 1) return undefined;
  const isSwapped = (magic === MAGIC) === IS_BIG_ENDIAN;
  const sum = addUp([0, 0], log.subarray(0, FRAME_HEADER_BYTES), isSwapped);
  if (!isSame(sum, readSum(log, FRAME_HEADER_BYTES))) return undefined;
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8);
  const frames = Math.floor((log.length - HEADER_BYTES) / frameBytes);
  return { frameBytes, frames, salts: log.subarray(16, 24), isSwapped, sum };
}

/** Frames from the first one on that are as they were written. */
function countValid(log: Buffer, header: Header): number {
  let sum: Sum | undefined = header.sum;
  let count = 0;
  for (; count < header.frames; count += 1) {
    sum = checkFrame(log, header, count, sum);
    if (sum === undefined) break;
  }
  return count;
}

/** The sum after a frame that is next after `before`; undefined if it is not. */
function checkFrame(log: Buffer, header: Header, n: number, before: Sum): Sum | undefined {
  const at = HEADER_BYTES + n * header.frameBytes;
  if (Buffer.compare(log.subarray(at + 8, at + 16), header.salts) !== 0) return undefined;
  const head = addUp(before, log.subarray(at, at + 8), header.isSwapped);
  const page = log.subarray(at + FRAME_HEADER_BYTES, at + header.frameBytes);
  const sum = addUp(head, page, header.isSwapped);
  return isSame(sum, readSum(log, at + 16)) ? sum : undefined;
}

/** Whether a frame that is not valid was flushed: a commit at or after it has a frame behind it. */
function isFlushed(log: Buffer, header: Header, from: number): boolean {
  for (let n = from; n + 1 < header.frames; n += 1) {
    const at = HEADER_BYTES + n * header.frameBytes;
    const isCommit = log.readUInt32BE(at + 4) !== 0;
    if (isCommit && checkFrame(log, header, n + 1, readSum(log, at + 16)) !== undefined) {
      return true;
    }
  }
  return false;
}

/** How many frames the index counts, all of them flushed; undefined if it is of another log. */
function readIndex(index: Buffer, { salts }: Header): number | undefined {
  if (index.length < 2 * INDEX_HEADER_BYTES) return undefined;
  const first = index.subarray(0, INDEX_HEADER_BYTES);
  if (!first.equals(index.subarray(INDEX_HEADER_BYTES))) return undefined;
  const words = wordsOf(first, false);
  const sum = addUp([0, 0], first.subarray(0, INDEX_CHECKED_BYTES), false);
  if (!isSame(sum, [words[10]!, words[11]!])) return undefined;
  if (Buffer.compare(first.subarray(32, 40), salts) !== 0) return undefined;
  return words[4]!;
}

/** SQLite's checksum, continued over `bytes`. */
function addUp(before: Sum, bytes: Buffer, isSwapped: boolean): Sum {
  const words = wordsOf(bytes, isSwapped);
  let [one, two] = before;
  for (let n = 0; n < words.length; n += 2) {
    one = (one + words[n]! + two) >>> 0;
    two = (two + words[n + 1]! + one) >>> 0;
  }
  return [one, two];
}

const IS_BIG_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 0;

function wordsOf(bytes: Buffer, isSwapped: boolean): Uint32Array {
  if (isSwapped || bytes.byteOffset % 4 !== 0) {
    const copy = Buffer.from(new Uint8Array(bytes).buffer);
    if (isSwapped) copy.swap32();
    return new Uint32Array(copy.buffer, copy.byteOffset, copy.length / 4);
  }
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

const readSum = (log: Buffer, at: number): Sum => [log.readUInt32BE(at), log.readUInt32BE(at + 4)];

const isSame = (one: Sum, other: Sum): boolean => one[0] === other[0] && one[1] === other[1];

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

/** The beginning of a file, or all of it; nothing if there is none. */
function readBytes(path: string, bytesMax = Number.POSITIVE_INFINITY): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const bytes = Buffer.alloc(Math.min(fstatSync(file).size, bytesMax));
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}
