// Log format: SQLite's write-ahead log and the head of its index as bytes, with their checksums.

import { readFileSync } from 'node:fs';

export const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The head of the index, which stands there twice. */
export const INDEX_HEADER_BYTES = 48;
const INDEX_CHECKED_BYTES = 40;
const MAGIC = 0x377f0682;

/** SQLite's checksum so far. */
export type Sum = readonly [number, number];

export interface LogHeader {
  /** Of a frame, its own head included. */
  readonly frameBytes: number;
  /** As they stand in each frame. */
  readonly salts: Buffer;
  readonly isSwapped: boolean;
  readonly sum: Sum;
}

/** The head of a log; undefined if it is damaged. */
export function parseLogHeader(bytes: Buffer): LogHeader | undefined {
  const magic = bytes.readUInt32BE(0);
  if (magic !== MAGIC && magic !== MAGIC + 1) return undefined;
  const isSwapped = (magic === MAGIC) === IS_BIG_ENDIAN;
  const sum = addUp([0, 0], bytes.subarray(0, FRAME_HEADER_BYTES), isSwapped);
  if (!isSame(sum, readSum(bytes, FRAME_HEADER_BYTES))) return undefined;
  const frameBytes = FRAME_HEADER_BYTES + bytes.readUInt32BE(8);
  return { frameBytes, salts: Buffer.from(bytes.subarray(16, 24)), isSwapped, sum };
}

export interface Frame {
  /** The number of the page that it holds. */
  readonly page: number;
  /** Whether it is the last of a commit. */
  readonly isCommit: boolean;
  /** As it stands in the frame. */
  readonly sum: Sum;
  readonly content: Buffer;
}

export function parseFrame(bytes: Buffer): Frame {
  return {
    page: bytes.readUInt32BE(0),
    isCommit: bytes.readUInt32BE(4) !== 0,
    sum: readSum(bytes, 16),
    content: bytes.subarray(FRAME_HEADER_BYTES),
  };
}

/** Whether a frame is as it was written next after one whose sum is `before`. */
export function isWholeFrame(bytes: Buffer, header: LogHeader, before: Sum): boolean {
  if (!bytes.subarray(8, 16).equals(header.salts)) return false;
  const head = addUp(before, bytes.subarray(0, 8), header.isSwapped);
  const sum = addUp(head, bytes.subarray(FRAME_HEADER_BYTES), header.isSwapped);
  return isSame(sum, readSum(bytes, 16));
}

/** How many frames of this log the index counts; undefined if it is damaged or of another log. */
export function countIndexed(index: Buffer, { salts }: LogHeader): number | undefined {
  if (index.length < 2 * INDEX_HEADER_BYTES) return undefined;
  const first = index.subarray(0, INDEX_HEADER_BYTES);
  if (!first.equals(index.subarray(INDEX_HEADER_BYTES, 2 * INDEX_HEADER_BYTES))) return undefined;
  const words = wordsOf(first, false);
  const sum = addUp([0, 0], first.subarray(0, INDEX_CHECKED_BYTES), false);
  if (!isSame(sum, [words[10]!, words[11]!])) return undefined;
  return first.subarray(32, 40).equals(salts) ? words[4]! : undefined;
}

/** A file; nothing if there is none. */
export function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
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

const readSum = (bytes: Buffer, at: number): Sum => [
  bytes.readUInt32BE(at),
  bytes.readUInt32BE(at + 4),
];

const isSame = (one: Sum, other: Sum): boolean => one[0] === other[0] && one[1] === other[1];
