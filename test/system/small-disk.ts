// Small disk: a real file system in memory, mounted where a test wants it, so that it can become full.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** A mounted file system of a given size. */
export interface SmallDisk {
  /** False where this process may not mount; whoever uses the disk is then to be skipped. */
  readonly isMounted: boolean;
  /** Gives it another size, such as `20m`; what lies there stays. */
  resize(size: string): void;
  unmount(): void;
}

/** Makes the directory `path` and mounts an empty file system of `size`, such as `2m`, on it. */
export function mountSmallDisk(path: string, size: string): SmallDisk {
  const mount = (options: string): void => {
    const args = ['-t', 'tmpfs', '-o', options, 'tmpfs', path];
    execFileSync('/bin/mount', args, { stdio: 'ignore' });
  };
  mkdirSync(path);
  let isMounted = process.platform === 'linux';
  try {
    if (isMounted) mount(`size=${size}`);
  } catch {
    // Only root may mount, and not in every container.
    isMounted = false;
  }
  return {
    isMounted,
    resize: (to) => mount(`remount,size=${to}`),
    unmount: () => void execFileSync('/bin/umount', [path]),
  };
}
