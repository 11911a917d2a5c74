// Program: where the parts of the installed package lie that are not imported.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The program of the worker process. */
export function guestProgram(): string {
  const compiled = fromHere('../guest/worker.cjs');
  // Tests import the sources, beside which there is no compiled program.
  return existsSync(compiled) ? compiled : fromHere('../../dist/guest/worker.cjs');
}

/** The folder of the guests that ship. */
export function shippedVats(): string {
  return fromHere('../../vats');
}

/** The version in package.json. */
export function readVersion(): string {
  const text = readFileSync(fromHere('../../package.json'), 'utf8');
  return String((JSON.parse(text) as { version?: unknown }).version);
}
