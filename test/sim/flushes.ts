// Flushes: what a test wants to happen just before a file is flushed, a failure of the disk included.

import fs, { fstatSync, statSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Calls `before` whenever the file at `path` is about to be flushed. Returns the way back. */
export function watchFlushes(path: string, before: () => void): () => void {
  const { fsyncSync } = fs;
  fs.fsyncSync = (file) => {
    if (fstatSync(file).ino === statSync(path, { throwIfNoEntry: false })?.ino) before();
    fsyncSync(file);
  };
  syncBuiltinESMExports();
  return () => {
    fs.fsyncSync = fsyncSync;
    syncBuiltinESMExports();
  };
}

/** What the system says when a disk has no room. */
export const fullDisk = (): Error => Object.assign(new Error('no room'), { code: 'ENOSPC' });
