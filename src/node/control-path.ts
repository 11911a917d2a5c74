// Control path: how a socket file is named to the operating system, however deep its directory.
//
// A socket's path has room for 107 bytes and Node cuts a longer one without an error, after which
// a command would talk to a wrong socket. So no absolute path is ever given to listen or connect:
// on Linux it is the name below an opened directory, elsewhere a name relative to a directory
// that is the current one for the length of the call.

import { closeSync, constants, openSync } from 'node:fs';
import { CONTROL_SOCKET_NAME } from './base-dir.ts';

/** A directory whose socket can be named. */
export interface SocketDirectory {
  /** Calls `use` with a short path of the socket; `use` MUST name it before it returns. */
  withPath<T>(use: (path: string) => T): T;
  /** The short path is good for nothing afterwards. */
  close(): void;
}

/** Opens a directory for its control socket. */
export function openSocketDirectory(dir: string): SocketDirectory {
  return process.platform === 'linux' ? openByDescriptor(dir) : openByChdir(dir);
}

function openByDescriptor(dir: string): SocketDirectory {
  const fd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  let isOpen = true;
  return Object.freeze({
    withPath: <T>(use: (path: string) => T): T => use(`/proc/self/fd/${fd}/${CONTROL_SOCKET_NAME}`),
    close(): void {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  });
}

function openByChdir(dir: string): SocketDirectory {
  return Object.freeze({
    withPath<T>(use: (path: string) => T): T {
      const before = process.cwd();
      process.chdir(dir);
      try {
        return use(CONTROL_SOCKET_NAME);
      } finally {
        process.chdir(before);
      }
    },
    close(): void {},
  });
}
