// Carry over: moves what is committed from SQLite's log into the database, sums of its pages first.
//
// SQLite would do that by itself, at any commit and when the last connection closes; so this takes
// its place. It reads the log as it is on disk, which shows that it still is what was written.

import { closeSync, existsSync, fsyncSync, openSync, readSync } from 'node:fs';
import Database from 'better-sqlite3';
import { QrtError } from '../core/errors.ts';
import { isDiskFull } from '../core/full-disk.ts';
import { LOG_FRAMES_MAX } from '../core/limits.ts';
import {
  INDEX_HEADER_BYTES,
  isWholeFrame,
  LOG_HEADER_BYTES,
  type LogHeader,
  parseFrame,
  parseLogHeader,
  type Sum,
} from './log-format.ts';
import { openSumFile, type PageSums, readPageSums, type SumFile, sumOf } from './page-sums.ts';

/**
 * By open database: what is to be done after a commit. It holds them, as SQLite closes what nothing
 * holds any more, and all that is open when the process ends by itself: carried over without sums.
 */
const carriers = new Map<Database.Database, () => void>();

function closeAll(): void {
  for (const db of carriers.keys()) db.close();
}

/** Carries the log over if it has grown long. To be called after each commit. */
export function afterCommit(db: Database.Database): void {
  carriers.get(db)?.();
}

/** Takes over from SQLite for a connection that writes, and is the only one. */
export function carryOver(db: Database.Database, path: string): void {
  const log = makeLogReader(path);
  let file: SumFile | undefined;

  const carry = (): void => {
    const changed = log.readNew();
    if (changed.size === 0) return;
    file ??= openSumFile(path, readPageSums(path) ?? { sums: new Map(), bytes: 0 });
    // What a process left that was killed at a commit need not be on disk, and its sums are next.
    log.flush();
    file.add(changed);
    log.setSummed();
    db.pragma('wal_checkpoint(PASSIVE)');
  };
  if (carriers.size === 0) process.once('beforeExit', closeAll);
  carriers.set(db, () => {
    if (log.grownBy() < LOG_FRAMES_MAX) return;
    try {
      carry();
    } catch (error) {
      // The log grows on, until there is room or a commit finds none.
      if (!isDiskFull(error)) throw error;
    }
  });

  const close = db.close.bind(db);
  db.close = () => {
    carriers.delete(db);
    if (carriers.size === 0) process.off('beforeExit', closeAll);
    if (!db.open) return db;
    let anchor: Database.Database | undefined;
    try {
      if (db.inTransaction) db.exec('ROLLBACK');
      // Whoever removed the file wants nothing of it.
      if (existsSync(path)) carry();
    } catch (error) {
      anchor = openAnchor(path);
      if (!isDiskFull(error)) throw error;
    } finally {
      close();
      anchor?.close();
      log.close();
      file?.close();
    }
    return db;
  };
}

/** While somebody reads, SQLite does not carry over what has no sums, and a reader never does. */
function openAnchor(path: string): Database.Database {
  const anchor = new Database(path, { readonly: true, fileMustExist: true });
  anchor.prepare('SELECT count(*) FROM sqlite_schema').get();
  return anchor;
}

interface LogReader {
  /** Frames that were added since this reader last looked at them. */
  grownBy(): number;
  /** Sums of the pages in frames that have none yet. Throws QRT_STORE_CORRUPT. */
  readNew(): PageSums;
  /** Returns when what was read is on disk. */
  flush(): void;
  setSummed(): void;
  /** MUST be called after the database is closed: the locks on the index go with it. */
  close(): void;
}

/** A place in one log; another log has other salts. */
interface Place {
  readonly header: LogHeader;
  readonly frames: number;
  readonly sum: Sum;
}

function makeLogReader(path: string): LogReader {
  const index = Buffer.alloc(INDEX_HEADER_BYTES);
  const words = new Uint32Array(index.buffer, index.byteOffset, INDEX_HEADER_BYTES / 4);
  let files: { readonly index: number; readonly log: number } | undefined;
  /** Up to here pages have sums. */
  let summed: Place | undefined;
  let looked: Place | undefined;

  /** Frames in the log by its index; the files are there from the first commit on. */
  const look = (): number => {
    if (files === undefined && !existsSync(`${path}-wal`)) return 0;
    files ??= { index: openSync(`${path}-shm`, 'r'), log: openSync(`${path}-wal`, 'r') };
    readSync(files.index, index, 0, INDEX_HEADER_BYTES, 0);
    return words[FRAMES_WORD]!;
  };
  const isOfThisLog = (place: Place | undefined): place is Place =>
    place !== undefined && index.subarray(SALTS_AT, SALTS_AT + 8).equals(place.header.salts);

  const readNew = (): PageSums => {
    const changed: PageSums = new Map();
    const frames = look();
    if (files === undefined || frames === 0) return changed;
    if (!isOfThisLog(summed)) summed = readBeginning(path, files.log);
    const { header } = summed;
    let { sum } = summed;
    const latest = new Map<number, Buffer>();
    for (const [n, bytes] of framesOf(files.log, summed, frames)) {
      if (!isWholeFrame(bytes, header, sum)) throw damaged(path, n);
      const frame = parseFrame(bytes);
      sum = frame.sum;
      latest.set(frame.page, frame.content);
    }
    for (const [page, content] of latest) changed.set(page, sumOf(content));
    looked = { header, frames, sum };
    return changed;
  };

  return Object.freeze<LogReader>({
    grownBy() {
      const frames = look();
      return frames - (isOfThisLog(looked) ? looked.frames : 0);
    },
    readNew,
    flush() {
      if (files !== undefined) fsyncSync(files.log);
    },
    setSummed() {
      summed = looked;
    },
    close() {
      if (files === undefined) return;
      closeSync(files.index);
      closeSync(files.log);
    },
  });
}

/** Where an index says how many frames there are, and of which log. */
const FRAMES_WORD = 4;
const SALTS_AT = 32;

function readBeginning(path: string, log: number): Place {
  const bytes = Buffer.alloc(LOG_HEADER_BYTES);
  readSync(log, bytes, 0, LOG_HEADER_BYTES, 0);
  const header = parseLogHeader(bytes);
  if (header === undefined) throw damaged(path, 0);
  return { header, frames: 0, sum: header.sum };
}

/** In one read: they are a few megabytes. */
function* framesOf(
  log: number,
  { header: { frameBytes }, frames: from }: Place,
  to: number,
): Iterable<readonly [n: number, bytes: Buffer]> {
  const all = Buffer.alloc((to - from) * frameBytes);
  readSync(log, all, 0, all.length, LOG_HEADER_BYTES + from * frameBytes);
  for (let n = from; n < to; n += 1) {
    const at = (n - from) * frameBytes;
    yield [n + 1, all.subarray(at, at + frameBytes)];
  }
}

const damaged = (path: string, frame: number): QrtError =>
  new QrtError('QRT_STORE_CORRUPT', {
    path,
    reason: `frame ${frame} of its log (vat.db-wal) is damaged`,
  });
