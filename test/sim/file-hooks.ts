// File hooks: what a test wants to happen just before a file is flushed or read: a failure of the disk,
// or the work of another process.

import fs, { fstatSync, statSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Calls `before` whenever the file at `path` is about to be flushed. Returns the way back. */
export function watchFlushes(path: string, before: () => void): () => void {
  const { fsyncSync } = fs;
  fs.fsyncSync = (file) => {
    if (fstatSync(file).ino === statSync(path, { throwIfNoEntry: false })?.ino) before();
    fsyncSync(file);
  };
  return commit(() => {
    fs.fsyncSync = fsyncSync;
  });
}

/** Calls `before` whenever the file at `path` is about to be opened. Returns the way back. */
export function watchOpenings(path: string, before: () => void): () => void {
  const { openSync } = fs;
  fs.openSync = (name, ...more) => {
    if (name === path) before();
    return openSync(name, ...more);
  };
  return commit(() => {
    fs.openSync = openSync;
  });
}

/** Makes the change known to who imported the functions by name; the result takes it back. */
function commit(undo: () => void): () => void {
  syncBuiltinESMExports();
  return () => {
    undo();
    syncBuiltinESMExports();
  };
}

/** What the system says when a disk has no room. */
export const fullDisk = (): Error => Object.assign(new Error('no room'), { code: 'ENOSPC' });
