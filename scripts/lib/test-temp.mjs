// Where tests put their files: in memory if this machine offers that, as tests wait for disks a lot.
import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY_DIR = '/dev/shm';
const GIB = 1_073_741_824;
/** Several times what all tests hold at once. */
const FREE_MIN = 2 * GIB;

/**
 * The folder for temporary files of tests. A thorough run, as in CI, uses the disk as users do.
 * @param {NodeJS.ProcessEnv} env
 */
export function testTempDir(env) {
  const isChosen = env['TMPDIR'] !== undefined || env['QRT_TEST'] === 'thorough';
  return !isChosen && isRoomy(MEMORY_DIR) && runsPrograms(MEMORY_DIR) ? MEMORY_DIR : tmpdir();
}

/** @param {string} dir */
function isRoomy(dir) {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return Math.min(bavail * bsize, freemem()) >= FREE_MIN;
  } catch {
    // There is none, as on macOS.
    return false;
  }
}

/**
 * Some tests put a program there, and containers forbid that.
 * @param {string} dir
 */
function runsPrograms(dir) {
  try {
    const probe = mkdtempSync(join(dir, 'qrt-probe-'));
    try {
      const program = join(probe, 'program');
      writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
      accessSync(program, constants.X_OK);
      return true;
    } finally {
      rmSync(probe, { recursive: true, force: true });
    }
  } catch {
    return false;
  }
}
