// Restore: makes the node of a backup again, wholly or not at all.
//
// Each byte is checked before the first is written, and again while it is written. The node is built
// beside its place; what makes it a node is written last. What happened after the backup was made is
// not in it, so nothing is sent on a link until the peer has shown that it remembers the same.

import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { systemEntropy } from '../crypto/entropy.ts';
import { loadSealer } from '../crypto/key-file.ts';
import { acquireLock } from '../store/lock.ts';
import { markRestored } from '../store/restored.ts';
import { SCHEMA_VERSION } from '../store/schema.ts';
import { syncPath } from '../store/sync-path.ts';
import { type BackupStep, say } from './backup.ts';
import { type BackupFile, openBackup, type PartName } from './backup-file.ts';
import { isNode, layOut } from './base-dir.ts';
import { parseConfig } from './config.ts';
import { makeDraft, renameDraft, unusable } from './draft.ts';
import { takeSteps } from './steps.ts';

export interface RestoreInput {
  readonly file: string;
  /** A directory that does not exist yet. */
  readonly dir: string;
  readonly onStep?: (step: BackupStep) => void;
}

/** A node that was restored. */
export interface Restored {
  readonly dir: string;
  readonly vat: string;
  /** The time of the backup. */
  readonly time: string;
  /** How many links wait until their peer has confirmed what it remembers. */
  readonly unchecked: number;
  /** Whether others can read the backup, which holds the key. */
  readonly isOpen: boolean;
}

/**
 * Restores a node from a backup. Throws QRT_BACKUP_INVALID, QRT_BACKUP_DAMAGED, QRT_STORE_NEWER,
 * QRT_CONFIG_INVALID, QRT_NODE_EXISTS, QRT_DIR_UNUSABLE, QRT_DISK_FULL.
 */
export function restoreNode({ file, dir, onStep = () => {} }: RestoreInput): Promise<Restored> {
  process.umask(0o077);
  return takeSteps(restore({ path: resolve(file), dir: resolve(dir) }), onStep);
}

interface Places {
  readonly path: string;
  readonly dir: string;
}

function* restore({ path, dir }: Places): Generator<BackupStep, Restored> {
  assertAbsent(dir);
  const backup = openBackup(path);
  try {
    const small = yield* check(backup, path);
    const draft = makeDraft(dir);
    try {
      const unchecked = yield* fill({ backup, path, draft, small });
      renameDraft({ draft, dir });
      syncPath(dirname(dir));
      const { vat, time } = backup.manifest;
      return { dir, vat, time, unchecked, isOpen: (backup.mode & OTHERS) !== 0 };
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  } finally {
    backup.close();
  }
}

const OTHERS = 0o077;

function assertAbsent(dir: string): void {
  if (isNode(dir)) throw new QrtError('QRT_NODE_EXISTS', { dir });
  if (lstatSync(dir, { throwIfNoEntry: false }) !== undefined) {
    throw unusable({ dir, reason: 'it exists already: give a directory that does not exist yet' });
  }
  const parent = dirname(dir);
  if (!existsSync(parent))
    throw unusable({ dir, reason: `there is no ${parent}: make that first` });
}

/** The parts that are held in memory. */
type SmallParts = Readonly<Record<'config.json' | 'key', Uint8Array>>;

/** Reads all of the backup. Nothing has been written when this throws. */
function* check(backup: BackupFile, path: string): Generator<BackupStep, SmallParts> {
  const { manifest, read } = backup;
  const { schema, vat } = manifest;
  if (schema > SCHEMA_VERSION) {
    throw new QrtError('QRT_STORE_NEWER', { path, found: schema, known: SCHEMA_VERSION });
  }
  const chunks: Record<'config.json' | 'key', Uint8Array[]> = { 'config.json': [], key: [] };
  const keep = (name: PartName, chunk: Uint8Array): void => {
    if (name !== 'vat.db') chunks[name].push(Uint8Array.from(chunk));
  };
  yield* say('checking', read(keep));
  const small = {
    'config.json': Buffer.concat(chunks['config.json']),
    key: Buffer.concat(chunks.key),
  };
  const at = `${path} (config.json)`;
  const config = parseConfig({ json: parseJson(small['config.json'], at), path: at });
  if (config.vat !== vat) throw foreign(path);
  return small;
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new QrtError('QRT_CONFIG_INVALID', { path, reason: (error as Error).message }, error);
  }
}

const foreign = (path: string): QrtError =>
  new QrtError('QRT_BACKUP_DAMAGED', { path, reason: 'its parts belong to different vats' });

interface FillInput {
  readonly backup: BackupFile;
  readonly path: string;
  readonly draft: string;
  readonly small: SmallParts;
}

function* fill({ backup, path, draft, small }: FillInput): Generator<BackupStep, number> {
  const { vat } = backup.manifest;
  const base = layOut(draft);
  const fd = openSync(base.database, 'wx', 0o600);
  try {
    const write = (name: PartName, chunk: Uint8Array): void => {
      if (name === 'vat.db') writeAll(fd, chunk);
    };
    yield* say('writing', backup.read(write));
  } finally {
    closeSync(fd);
  }
  writeFileSync(base.key, small.key, { mode: 0o600, flag: 'wx' });
  if (loadSealer({ path: base.key, entropy: systemEntropy }).vat !== vat) throw foreign(path);
  const unchecked = markRestored({ path: base.database, vat });
  acquireLock({ path: base.lock, waitMs: 0, dir: draft }).release();
  // Last: it makes the directory a node, and a process can end at any time.
  writeFileSync(base.config, small['config.json'], { mode: 0o600, flag: 'wx' });
  for (const name of readdirSync(draft)) syncPath(join(draft, name));
  syncPath(draft);
  return unchecked;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}
