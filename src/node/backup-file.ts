// Backup file: a whole node in one file, of which each byte can be checked.
//
//   0     `qrt-backup 1` and a line feed
//   13    SHA-256 of all that follows up to byte 4096, in hex, and a line feed
//   78    the manifest: one line of JSON, then blanks up to byte 4095, then a line feed
//   4096  the parts, one after another, as the manifest lists them: length and SHA-256 of each
//
// The first 4096 bytes are written last, so what was not finished is no backup.

import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import * as v from 'valibot';
import { QrtError } from '../core/errors.ts';
import { parseVatId, type VatId } from '../core/ids.ts';
import { makeHasher, sha256 } from '../crypto/hash.ts';
import { known, readAs, record, text, whole } from './schema.ts';

/** The parts of a backup, in their order. */
const PARTS = ['config.json', 'key', 'vat.db'] as const;
export type PartName = (typeof PARTS)[number];

const FIRST_LINE = 'qrt-backup 1\n';
const MAGIC = 'qrt-backup ';
const HASH_BYTES = 65;
const HEAD_BYTES = 4_096;
const CHUNK_BYTES = 1_048_576;

/** What a backup says of itself. */
export interface Manifest {
  readonly vat: VatId;
  /** What was committed at this time is in it. */
  readonly time: string;
  /** The qrt that made it. */
  readonly qrt: string;
  /** Of the database. */
  readonly schema: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly parts: readonly Part[];
}

interface Part {
  readonly name: PartName;
  readonly bytes: number;
  readonly sha256: string;
}

/** How far through the bytes of a file some work is. */
export interface Step {
  readonly bytes: number;
  readonly bytesTotal: number;
}

export interface WriteInput {
  /** A new file, open for reading and writing; it is not flushed here. */
  readonly fd: number;
  readonly facts: Omit<Manifest, 'parts'>;
  /** Where each part lies now. */
  readonly sources: Readonly<Record<PartName, string>>;
}

/** Writes a backup in small steps. */
export function* writeBackup({ fd, facts, sources }: WriteInput): Generator<Step, Manifest> {
  const files = PARTS.map((name) => ({ name, source: openSync(sources[name], 'r') }));
  try {
    const bytesTotal = files.reduce((sum, { source }) => sum + fstatSync(source).size, 0);
    const parts: Part[] = [];
    let at = HEAD_BYTES;
    for (const { name, source } of files) {
      const hasher = makeHasher();
      const begin = at;
      for (const chunk of readChunks({ fd: source, from: 0, to: fstatSync(source).size })) {
        hasher.add(chunk);
        writeAll(fd, chunk, at);
        at += chunk.length;
        yield { bytes: at - HEAD_BYTES, bytesTotal };
      }
      parts.push({ name, bytes: at - begin, sha256: hasher.hex() });
    }
    const manifest = readManifest({ ...facts, parts }, (reason) => fault(reason));
    writeAll(fd, formatHead(manifest), 0);
    return manifest;
  } finally {
    for (const { source } of files) closeSync(source);
  }
}

const fault = (reason: string): QrtError =>
  new QrtError('QRT_INVARIANT_BROKEN', { reason: `a manifest that cannot be read: ${reason}` });

function formatHead(manifest: Manifest): Uint8Array {
  const bytes = HEAD_BYTES - FIRST_LINE.length - HASH_BYTES;
  const rest = Buffer.from(`${JSON.stringify(manifest).padEnd(bytes - 1)}\n`, 'latin1');
  if (rest.length !== bytes) throw fault('it is too long');
  const hash = Buffer.from(sha256(rest)).toString('hex');
  return Buffer.concat([Buffer.from(`${FIRST_LINE}${hash}\n`), rest]);
}

/** Gets one piece of a part; its bytes are good until the next one. */
type Take = (name: PartName, chunk: Uint8Array) => void;

/** A backup that can be read. */
export interface BackupFile {
  readonly manifest: Manifest;
  /** Of the whole file. */
  readonly bytes: number;
  /** The permission bits of the file. */
  readonly mode: number;
  /**
   * Reads all parts and compares each with its hash, in small steps; `take` gets the bytes before
   * that. Throws QRT_BACKUP_DAMAGED.
   */
  read(take?: Take): Generator<Step, void>;
  close(): void;
}

/** Opens a backup and reads what it says of itself. Throws QRT_BACKUP_INVALID, QRT_BACKUP_DAMAGED. */
export function openBackup(path: string): BackupFile {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw invalid({ path, reason: code === 'ENOENT' ? 'there is no such file' : message, error });
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw invalid({ path, reason: 'it is not a file' });
    const manifest = readHead({ fd, path, size: stat.size });
    return Object.freeze({
      manifest,
      bytes: stat.size,
      mode: stat.mode & 0o777,
      read: (take?: Take) => readParts({ fd, path, manifest, take: take ?? (() => {}) }),
      close: () => closeSync(fd),
    });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

interface HeadInput {
  readonly fd: number;
  readonly path: string;
  readonly size: number;
}

function readHead({ fd, path, size }: HeadInput): Manifest {
  const chunks = readOwn({ fd, path, from: 0, to: Math.min(size, HEAD_BYTES) });
  const head = Buffer.concat(Array.from(chunks, (chunk) => Buffer.from(chunk)));
  const said = head.toString('latin1');
  if (!said.startsWith(MAGIC)) throw invalid({ path, reason: 'it does not begin as one does' });
  if (!said.startsWith(FIRST_LINE)) {
    throw invalid({ path, reason: 'its format is not the one that this qrt knows' });
  }
  if (head.length < HEAD_BYTES) throw damaged(path, 'its end is missing');
  const rest = head.subarray(FIRST_LINE.length + HASH_BYTES);
  const wanted = `${Buffer.from(sha256(rest)).toString('hex')}\n`;
  if (!said.startsWith(wanted, FIRST_LINE.length)) {
    throw damaged(path, 'its manifest does not have the hash that it should');
  }
  const manifest = readManifest(parse(rest.toString('latin1')), (reason) => damaged(path, reason));
  const expected = manifest.parts.reduce((sum, { bytes }) => sum + bytes, HEAD_BYTES);
  if (size < expected) throw damaged(path, `its end is missing: ${size} of ${expected} bytes`);
  if (size > expected) throw damaged(path, 'there is more after its end');
  return manifest;
}

const readManifest = (json: unknown, fail: (reason: string) => QrtError): Manifest =>
  readAs({ json, schema: MANIFEST, fail });

const NUMBER = whole({ min: 0, max: Number.MAX_SAFE_INTEGER, wanted: 'a number' });
/** All but the database is held in memory when it is restored. */
const SMALL = whole({ min: 0, max: 65_536, wanted: 'a number of at most 65536' });
const HASH = text({ max: 64, pattern: /^[0-9a-f]{64}$/, wanted: 'a hash' });
const COUNTER = text({ max: 30, pattern: /^[a-z_]+$/, wanted: 'the name of a counter' });
const TIME = text({ max: 30, pattern: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, wanted: 'a time' });
const VERSION = text({ max: 100, pattern: /^[\w.+-]+$/, wanted: 'a version' });

const part = (name: PartName) =>
  record({ name: v.literal(name), bytes: name === 'vat.db' ? NUMBER : SMALL, sha256: HASH });

const MANIFEST = record({
  vat: known(parseVatId, 'the id of a vat'),
  time: TIME,
  qrt: VERSION,
  schema: NUMBER,
  counters: v.record(COUNTER, NUMBER),
  parts: v.strictTuple([part(PARTS[0]), part(PARTS[1]), part(PARTS[2])]),
});

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface PartsInput {
  readonly fd: number;
  readonly path: string;
  readonly manifest: Manifest;
  readonly take: Take;
}

function* readParts({ fd, path, manifest, take }: PartsInput): Generator<Step, void> {
  const bytesTotal = manifest.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  let at = HEAD_BYTES;
  for (const { name, bytes, sha256: wanted } of manifest.parts) {
    const hasher = makeHasher();
    const end = at + bytes;
    for (const chunk of readOwn({ fd, path, from: at, to: end })) {
      hasher.add(chunk);
      take(name, chunk);
      at += chunk.length;
      yield { bytes: at - HEAD_BYTES, bytesTotal };
    }
    if (at < end || hasher.hex() !== wanted) {
      throw damaged(path, `its part ${name} does not have the hash that it should`);
    }
  }
}

/** Of the backup itself: what the disk cannot read is damage. */
function* readOwn({ path, ...range }: Range & { path: string }): Generator<Uint8Array, void> {
  const chunks = readChunks(range);
  for (;;) {
    const { value, done } = attempt(path, () => chunks.next());
    if (done) return;
    yield value;
  }
}

function attempt<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    throw syscall === 'read' ? damaged(path, message) : error;
  }
}

interface Range {
  readonly fd: number;
  readonly from: number;
  readonly to: number;
}

/** Each chunk is good until the next one; the file may end before `to`. */
function* readChunks({ fd, from, to }: Range): Generator<Uint8Array, void> {
  const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(to - from, 1)));
  for (let at = from; at < to; ) {
    const count = readSync(fd, buffer, 0, Math.min(buffer.length, to - at), at);
    if (count === 0) return;
    yield buffer.subarray(0, count);
    at += count;
  }
}

function writeAll(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  }
}

interface Complaint {
  readonly path: string;
  readonly reason: string;
  readonly error?: unknown;
}

const invalid = ({ path, reason, error }: Complaint): QrtError =>
  new QrtError('QRT_BACKUP_INVALID', { path, reason }, error);

const damaged = (path: string, reason: string): QrtError =>
  new QrtError('QRT_BACKUP_DAMAGED', { path, reason });
