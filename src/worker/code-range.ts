// Code range: how much memory V8 keeps for compiled code that a limit of data counts as used.
//
// Newer ones (V8 13, measured with Node 24) make half a gigabyte writable at once and fill little of
// it; under a limit without room for that, Node does not even start. Older ones keep it unwritable.

import { readFileSync } from 'node:fs';

/** Smaller parts are code that is there, which every V8 has. */
const RANGE_BYTES_MIN = 64 * 1024 * 1024;

let found: number | undefined;

/** Bytes of the range of this process, which is the same program as the worker; 0 without one. */
export function codeRangeBytes(): number {
  found ??= process.platform === 'linux' ? parseCodeRange(readMaps()) : 0;
  return found;
}

/** Adds up what is both writable and executable in a list such as /proc/self/maps. */
export function parseCodeRange(maps: string): number {
  let sum = 0;
  for (const [, from = '', to = ''] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rwxp/gm)) {
    const bytes = Number.parseInt(to, 16) - Number.parseInt(from, 16);
    if (bytes >= RANGE_BYTES_MIN) sum += bytes;
  }
  return sum;
}

function readMaps(): string {
  try {
    return readFileSync('/proc/self/maps', 'latin1');
  } catch {
    return ''; // Without /proc nothing is known; if it was needed, the worker says so at its start.
  }
}
