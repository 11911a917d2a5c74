// Log file: whether SQLite's write-ahead log still holds all that was flushed to it.
//
// SQLite ends its log at the first frame whose checksum is wrong, as a power cut leaves such frames.
// A damaged one in the middle would so undo commits that peers know of, without a word. But a frame
// that a cut spoilt was never flushed, and that shows: each commit is flushed before the next frame
// is written, and before the index of the log counts it.

import {
  countIndexed,
  isWholeFrame,
  LOG_HEADER_BYTES,
  type LogHeader,
  parseFrame,
  parseLogHeader,
  readBytes,
} from './log-format.ts';

/** What a log holds. */
export interface FoundLog {
  /** Pages that SQLite reads from the log and not from the database. */
  readonly pages: ReadonlySet<number>;
  /** What is wrong with it; undefined if nothing is. */
  readonly damage: string | undefined;
}

const TRIES = 3;

/**
 * Reads the log of the database at `path`. MUST be called while this process has not opened the
 * database: closing the index drops the locks of a process on it.
 */
export function readLog(path: string): FoundLog {
  let found: FoundLog;
  let tries = 0;
  do {
    // A running node may write while it is read: damage stays, what only looked like it does not.
    found = judge(readBytes(`${path}-shm`), readBytes(`${path}-wal`));
    tries += 1;
  } while (found.damage !== undefined && tries < TRIES);
  return found;
}

function judge(index: Buffer, log: Buffer): FoundLog {
  const isEmpty = log.length < LOG_HEADER_BYTES || isZero(log.subarray(0, LOG_HEADER_BYTES));
  if (isEmpty) return { pages: new Set(), damage: undefined };
  const header = parseLogHeader(log);
  if (header === undefined) {
    const isNew = log.length === LOG_HEADER_BYTES;
    const damage = isNew ? undefined : 'the head of its log (vat.db-wal) is damaged';
    return { pages: new Set(), damage };
  }
  const frames = splitFrames(log, header);
  const valid = countValid(frames, header);
  const counted = countIndexed(index, header);
  const isLost = counted === undefined ? isFlushed(frames, header, valid) : counted > valid;
  return {
    pages: pagesOf(frames.slice(0, valid)),
    damage: isLost ? `frame ${valid + 1} of its log (vat.db-wal) is damaged` : undefined,
  };
}

function splitFrames(log: Buffer, { frameBytes }: LogHeader): readonly Buffer[] {
  const count = Math.floor((log.length - LOG_HEADER_BYTES) / frameBytes);
  return Array.from({ length: count }, (_, n) => {
    const at = LOG_HEADER_BYTES + n * frameBytes;
    return log.subarray(at, at + frameBytes);
  });
}

/** Frames from the first one on that are as they were written. */
function countValid(frames: readonly Buffer[], header: LogHeader): number {
  let { sum } = header;
  for (const [n, frame] of frames.entries()) {
    if (!isWholeFrame(frame, header, sum)) return n;
    sum = parseFrame(frame).sum;
  }
  return frames.length;
}

/** Whether a frame that is not valid was flushed: a commit at or after it has a frame behind it. */
function isFlushed(frames: readonly Buffer[], header: LogHeader, from: number): boolean {
  for (let n = from; n + 1 < frames.length; n += 1) {
    const { isCommit, sum } = parseFrame(frames[n]!);
    if (isCommit && isWholeFrame(frames[n + 1]!, header, sum)) return true;
  }
  return false;
}

/** Pages of the commits; what comes after the last one counts for nothing. */
function pagesOf(frames: readonly Buffer[]): ReadonlySet<number> {
  const parsed = frames.map(parseFrame);
  const end = parsed.findLastIndex(({ isCommit }) => isCommit) + 1;
  return new Set(parsed.slice(0, end).map(({ page }) => page));
}

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);
