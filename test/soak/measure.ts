// Measure: what a node holds now, in memory, in descriptors and on disk.

import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { familyOf } from '../../bench/lib/nodes.ts';
import { openBaseDir } from '../../src/node/base-dir.ts';
import { eventually } from '../system/kit.ts';

/** What a process holds. */
export interface ProcessUse {
  /** All of its memory that is in RAM. */
  readonly residentBytes: number;
  /** What is nobody else's: no file, no shared pages; in RAM or swapped out. */
  readonly ownBytes: number;
  readonly descriptors: number;
}

/** What a node has on disk. */
export interface DiskUse {
  /** Pages of the database that hold something. */
  readonly usedBytes: number;
  /** The database, SQLite's log and index of it, and the sums of pages. */
  readonly fileBytes: number;
  /** Rows of each table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Reads /proc, for a process and all that it started; undefined when one of them has just ended. */
export function measureProcess(
  pid: number,
  { isAlone }: { isAlone: boolean },
): ProcessUse | undefined {
  try {
    const members = isAlone ? [pid] : familyOf(pid);
    const uses = members.map(measureMember);
    const sum = (of: (use: ProcessUse) => number): number =>
      uses.reduce((total, use) => total + of(use), 0);
    return {
      residentBytes: sum((use) => use.residentBytes),
      ownBytes: sum((use) => use.ownBytes),
      descriptors: sum((use) => use.descriptors),
    };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function measureMember(pid: number): ProcessUse {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1_024;
  return {
    residentBytes: bytes('VmRSS'),
    ownBytes: bytes('RssAnon') + bytes('VmSwap'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** Asks the probe in the process of a node for what is alive on its heap, after a collection. */
export async function measureLive(pid: number, probeDir: string): Promise<number> {
  const path = join(probeDir, `probe-${pid}.json`);
  process.kill(pid, 'SIGUSR2');
  await eventually(() => statSync(path, { throwIfNoEntry: false }) !== undefined, PROBE_MS_MAX);
  const { liveBytes } = JSON.parse(readFileSync(path, 'utf8')) as { liveBytes: number };
  rmSync(path);
  return liveBytes;
}

const PROBE_MS_MAX = 60_000;

/** Reads the database of a node that runs, on a connection that never writes. */
export function measureDisk(dir: string): DiskUse {
  const { database } = openBaseDir(dir);
  const db = new Database(database, { readonly: true, fileMustExist: true });
  try {
    const pragma = (name: string): number => Number(db.pragma(name, { simple: true }));
    const usedBytes = (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
    return { usedBytes, fileBytes: sizeOfFiles(dir), rows: countRows(db) };
  } finally {
    db.close();
  }
}

function countRows(db: Database.Database): Readonly<Record<string, number>> {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  return Object.fromEntries(
    (tables as string[])
      .filter((name) => !name.startsWith('sqlite_'))
      .map((name) => [name, db.prepare(`SELECT count(*) FROM "${name}"`).pluck().get() as number]),
  );
}

/** All of a node that begins with the name of its database. */
export function sizeOfFiles(dir: string): number {
  return readdirSync(dir)
    .filter((name) => name.startsWith('vat.db'))
    .map((name) => statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((total, size) => total + size, 0);
}
