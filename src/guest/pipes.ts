// Pipes: standard input and output, read and written while everything else waits.
//
// A turn that asks the kernel must go on where it stopped, so nothing here may come back later.

import { readSync, writeSync } from 'node:fs';
import type { Pipes } from './channel.ts';

const STDIN = 0;
const STDOUT = 1;
const READ_BYTES = 256 * 1024;
const WAIT_MS = 1;

/** The pipes of this process. */
export function openPipes(): Pipes {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const waiting = new Int32Array(new SharedArrayBuffer(4));
  // Taken before lockdown: the sandbox may hand over pipes that do not block.
  const { wait } = Atomics;
  const { exit } = process;
  const { performance } = globalThis;

  const read = (): Uint8Array => {
    for (;;) {
      try {
        const count = readSync(STDIN, buffer, 0, READ_BYTES, null);
        // A copy: frames are views into it, and some of them wait.
        return Buffer.from(buffer.subarray(0, count));
      } catch (error) {
        if (codeOf(error) === 'EOF') return buffer.subarray(0, 0);
        if (!isPassing(error)) throw error;
        wait(waiting, 0, 0, WAIT_MS);
      }
    }
  };

  const write = (bytes: Uint8Array): void => {
    for (let written = 0; written < bytes.length; ) {
      try {
        written += writeSync(STDOUT, bytes, written, bytes.length - written);
      } catch (error) {
        // The kernel is gone: there is nobody to tell.
        if (codeOf(error) === 'EPIPE') exit(0);
        if (!isPassing(error)) throw error;
        wait(waiting, 0, 0, WAIT_MS);
      }
    }
  };

  const nowMs = (): number => performance.now();
  return Object.freeze({ read, write, nowMs, exit: (code: number) => exit(code) });
}

function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EAGAIN' || code === 'EINTR';
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
