// Whether node_modules is what package-lock.json asks for, told by content and not by file times:
// git sets the times of a checkout as it likes.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockEntry */

/** Built on this machine by the install script of better-sqlite3, which npm may have skipped. */
const NATIVE_PART = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node';

/** @returns {boolean} */
export function isInstalled() {
  const wanted = readLock('package-lock.json');
  // npm writes this one last, after every install script has passed.
  const found = readLock('node_modules/.package-lock.json');
  if (wanted === undefined || found === undefined) return false;
  for (const [path, { optional }] of Object.entries(wanted)) {
    if (path !== '' && optional !== true && found[path] === undefined) return false;
  }
  for (const [path, entry] of Object.entries(found)) {
    if (wanted[path]?.version !== entry.version) return false;
    if (wanted[path]?.integrity !== entry.integrity) return false;
  }
  return existsSync(join(ROOT, NATIVE_PART));
}

/**
 * @param {string} path
 * @returns {Record<string, LockEntry> | undefined}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8')).packages;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}
