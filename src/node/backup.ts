// Backup: a whole node in one file, also while it runs.
//
// The database is read by a connection of its own, as `qrt dump` does it, which sees one moment of
// it and holds no lock that the node needs. The file is built beside its place, read again, and
// gets its name last: under that name there is never half a backup.

import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isQrtError, QrtError } from '../core/errors.ts';
import { isDiskFull } from '../core/full-disk.ts';
import { copyStore } from '../store/copy.ts';
import { syncPath } from '../store/sync-path.ts';
import { type Manifest, openBackup, writeBackup } from './backup-file.ts';
import { assertModes, type BaseDir, openBaseDir } from './base-dir.ts';
import { formatTime, systemClock } from './clock.ts';
import { readConfig } from './config.ts';
import { makeDraft } from './draft.ts';
import { loadNodeSealer } from './node-vat.ts';
import { readVersion } from './program.ts';
import { takeSteps } from './steps.ts';

export interface BackupInput {
  readonly dir: string;
  readonly file: string;
  readonly onStep?: (step: BackupStep) => void;
}

/** How far a backup or a restore is. */
export interface BackupStep {
  readonly doing: 'reading' | 'writing' | 'checking';
  readonly bytes: number;
  readonly bytesTotal: number;
}

/** A backup that was made, and read again. */
export interface BackedUp {
  readonly file: string;
  readonly vat: string;
  /** What was committed at this time is in it. */
  readonly time: string;
  readonly bytes: number;
  readonly schema: number;
  readonly counters: Readonly<Record<string, number>>;
}

/**
 * Backs a node up, running or stopped. Throws QRT_NODE_MISSING, QRT_MODE_OPEN, QRT_CONFIG_INVALID,
 * QRT_KEY_INVALID, QRT_STORE_*, QRT_BACKUP_EXISTS, QRT_DIR_UNUSABLE, QRT_DISK_FULL.
 */
export function backUpNode({ dir, file, onStep = () => {} }: BackupInput): Promise<BackedUp> {
  process.umask(0o077);
  return takeSteps(backUp({ base: openBaseDir(dir), path: resolve(file) }), onStep);
}

interface Places {
  readonly base: BaseDir;
  readonly path: string;
}

function* backUp({ base, path }: Places): Generator<BackupStep, BackedUp> {
  assertModes(base);
  const { vat } = loadNodeSealer({ base, config: readConfig(base.config) });
  assertAbsent(path);
  const draft = makeDraft(path);
  try {
    const time = formatTime(systemClock.nowMs());
    const database = join(draft, 'vat.db');
    const copied = yield* say('reading', copyStore({ path: base.database, vat, to: database }));
    const facts = { vat, time, qrt: readVersion(), ...copied };
    const sources = { 'config.json': base.config, key: base.key, 'vat.db': database };
    const whole = join(draft, 'backup');
    yield* write({ whole, facts, sources });
    rmSync(database);
    const { manifest, bytes } = yield* check(whole);
    putInPlace(whole, path);
    const { schema, counters } = manifest;
    return { file: path, vat, time, bytes, schema, counters };
  } catch (error) {
    throw isFull(error) ? new QrtError('QRT_DISK_FULL', { dir: dirname(path) }, error) : error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

interface WriteInput extends Omit<Parameters<typeof writeBackup>[0], 'fd'> {
  readonly whole: string;
}

function* write({ whole, ...input }: WriteInput): Generator<BackupStep, void> {
  const fd = openSync(whole, 'wx+', 0o600);
  try {
    yield* say('writing', writeBackup({ fd, ...input }));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Reads what was written as a restore would. */
function* check(path: string): Generator<BackupStep, { manifest: Manifest; bytes: number }> {
  const { manifest, bytes, read, close } = openBackup(path);
  try {
    yield* say('checking', read());
    return { manifest, bytes };
  } finally {
    close();
  }
}

function putInPlace(whole: string, path: string): void {
  try {
    // A link never replaces a file.
    linkSync(whole, path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new QrtError('QRT_BACKUP_EXISTS', { path }, error);
    if (!NO_LINKS.includes(code)) throw error;
    assertAbsent(path);
    renameSync(whole, path);
  }
  syncPath(dirname(path));
}

/** What file systems of memory sticks say, which have no links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

function assertAbsent(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined) throw new QrtError('QRT_BACKUP_EXISTS', { path });
}

const isFull = (error: unknown): boolean => isQrtError(error, 'QRT_DISK_FULL') || isDiskFull(error);

interface Measured {
  readonly bytes: number;
  readonly bytesTotal: number;
}

/** The same steps with a word for what is being done. */
export function* say<Result>(
  doing: BackupStep['doing'],
  steps: Generator<Measured, Result>,
): Generator<BackupStep, Result> {
  try {
    for (;;) {
      const next = steps.next();
      if (next.done) return next.value;
      yield { doing, ...next.value };
    }
  } finally {
    steps.return(undefined as Result);
  }
}
