// Doctor, disk: whether the database is whole, and whether disk and clock are fit for a vat.

import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  DOCTOR_CLOCK_MS_MAX,
  DOCTOR_DATABASE_BYTES_MAX,
  DOCTOR_FLUSH_MS_MAX,
  DOCTOR_FLUSHES,
  DOCTOR_FREE_BYTES_MIN,
} from '../core/doctor-limits.ts';
import type { VatId } from '../core/ids.ts';
import type { NodeLimits } from '../core/node-limits.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Examined } from '../store/examine.ts';
import type { BaseDir } from './base-dir.ts';
import { formatTime, systemClock } from './clock.ts';
import { type Finding, fail, ok, warn } from './doctor-check.ts';

/** Reads the database. Throws QRT_STORE_*. */
export async function examineDatabase(base: BaseDir, vat: VatId): Promise<Examined> {
  const { examineStore } = await import('../store/examine.ts');
  return examineStore({ path: base.database, vat, bytesMax: DOCTOR_DATABASE_BYTES_MAX });
}

/** Whether SQLite finds the database whole. */
export function checkDatabase(examined: Examined): Finding {
  const { schema, schemaKnown, bytes, problems, isReadThrough } = examined;
  if (problems.length > 0) {
    const advice = 'Stop the node, put back a copy of the whole directory, and keep this one.';
    return fail(problems.join('; '), advice);
  }
  const size = `schema ${schema}, ${formatBytes(bytes)}`;
  if (!isReadThrough) {
    const advice = 'Have it read by `qrt verify DIR`.';
    return warn(`${size}: too large to be read through here`, advice);
  }
  const later = schema < schemaKnown ? `; becomes schema ${schemaKnown} at the next start` : '';
  return ok(`${size}, quick check passed${later}`);
}

/** A moment on both clocks. */
export interface Moment {
  readonly nowMs: number;
  readonly monotonicMs: number;
}

export const readMoment = (clock: Clock = systemClock): Moment => ({
  nowMs: clock.nowMs(),
  monotonicMs: clock.monotonicMs(),
});

export interface ClockInput {
  readonly before: Moment;
  readonly after: Moment;
  /** The latest time in the database; undefined when it could not be read. */
  readonly latestMs: number | undefined;
}

/** Whether the clock goes, and does not lie behind what the database has seen. */
export function checkClock({ before, after, latestMs = 0 }: ClockInput): Finding {
  const behindMs = latestMs - after.nowMs;
  if (behindMs > DOCTOR_CLOCK_MS_MAX) {
    return warn(
      `it is ${formatTime(after.nowMs)} here, but the database has seen ${formatTime(latestMs)}`,
      SET_CLOCK,
    );
  }
  const jumpMs = after.nowMs - before.nowMs - (after.monotonicMs - before.monotonicMs);
  if (Math.abs(jumpMs) > DOCTOR_CLOCK_MS_MAX) {
    const direction = jumpMs > 0 ? 'forward' : 'back';
    const seconds = Math.abs(jumpMs / 1_000).toFixed(1);
    return warn(`it was set ${direction} by ${seconds} s while this ran`, SET_CLOCK);
  }
  return ok(`${formatTime(after.nowMs)}, and it goes evenly`);
}

const SET_CLOCK =
  'Have the clock set by a time service (systemd-timesyncd, chrony): times in logs and in ' +
  'contact records depend on it.';

interface SpaceInput {
  readonly dir: string;
  readonly limits: NodeLimits;
  /** Only tests choose. */
  readonly freeBytes?: number;
}

/** Whether full queues would find room. */
export function checkSpace({ dir, limits, freeBytes = readFreeBytes(dir) }: SpaceInput): Finding {
  // Once in the database and once on the way into it.
  const roomBytes = 2 * (limits.inboxBytes + limits.outboxBytes);
  const found = `${formatBytes(freeBytes)} free`;
  if (freeBytes < DOCTOR_FREE_BYTES_MIN) {
    const advice = 'Make room on the disk: the vat says `busy` to its peers until there is some.';
    return fail(found, advice);
  }
  if (freeBytes >= roomBytes) return ok(found);
  const advice = `Keep ${formatBytes(roomBytes)} free: so much may full queues need.`;
  return warn(found, advice);
}

function readFreeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

/** How long this disk takes until it says that something is on it. */
export function checkFlush(times: readonly number[]): Finding {
  const sorted = [...times].sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const worst = sorted.at(-1) ?? 0;
  const found = `median ${formatMs(median)}, worst ${formatMs(worst)} of ${times.length}`;
  if (median <= DOCTOR_FLUSH_MS_MAX) return ok(found);
  return warn(
    `${found}: at most ${Math.floor(1_000 / median)} commits a second`,
    'Every commit waits for one flush. Put the directory on a faster disk (no network share, no SD card).',
  );
}

/** Times of small writes, each flushed, in milliseconds. Leaves nothing behind. */
export function measureFlushes(dir: string, clock: Clock = systemClock): readonly number[] {
  const path = join(dir, `.doctor-${process.pid}`);
  const file = openSync(path, 'wx', 0o600);
  try {
    return Array.from({ length: DOCTOR_FLUSHES }, () => {
      const beganMs = clock.monotonicMs();
      writeSync(file, 'qrt\n');
      fsyncSync(file);
      return clock.monotonicMs() - beganMs;
    });
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

const formatMs = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

function formatBytes(bytes: number): string {
  const mib = bytes / 1_048_576;
  return mib >= 10_240 ? `${Math.round(mib / 1_024)} GiB` : `${mib.toFixed(mib < 10 ? 1 : 0)} MiB`;
}
