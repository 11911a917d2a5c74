// Needles: secrets that are known to a test, in every form in which one could leak, and the places
// in which they are looked for.

import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A secret by its name, with the bytes that must be nowhere. */
export interface Needle {
  readonly name: string;
  readonly forms: readonly Buffer[];
}

/** Bytes as they are, and as hex and both kinds of base64, wherever in a text they begin. */
export function needle(name: string, secret: Uint8Array | string): Needle {
  const bytes = Buffer.from(secret as string);
  const texts = [bytes.toString('hex'), bytes.toString('hex').toUpperCase()];
  for (const kind of ['base64', 'base64url'] as const) {
    for (let before = 0; before < 3; before += 1) {
      const text = Buffer.concat([Buffer.alloc(before), bytes])
        .toString(kind)
        .replace(/=+$/, '');
      // What its neighbours do not change.
      texts.push(text.slice(before === 0 ? 0 : before + 1, -1));
    }
  }
  return { name, forms: [bytes, ...texts.map((text) => Buffer.from(text))] };
}

/** Names of the needles that are in some bytes. */
export function found(needles: readonly Needle[], hay: Uint8Array | string): string[] {
  const bytes = Buffer.from(hay as string);
  return needles
    .filter(({ forms }) => forms.some((form) => bytes.includes(form)))
    .map(({ name }) => name);
}

/** Needles in the memory of a process that it can write to, in which all that it knows must be. */
export function foundInMemory(needles: readonly Needle[], pid: number): string[] {
  const names = new Set<string>();
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined || to === undefined) continue;
      const start = Number.parseInt(from, 16);
      const hay = readRange(memory, start, Number.parseInt(to, 16) - start);
      for (const name of found(needles, hay)) names.add(name);
    }
  } finally {
    closeSync(memory);
  }
  return [...names].sort();
}

/** What of a range is there: pages that were never touched may be refused. */
function readRange(file: number, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.min(length, 256 * 1024 * 1024));
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') return bytes.subarray(0, 0);
    throw error;
  }
}

/** Every file and directory below one, with its mode. */
export function filesBelow(dir: string): { readonly path: string; readonly mode: string }[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(dir, name);
    const mode = (statSync(path).mode & 0o777).toString(8);
    return [{ path, mode: statSync(path).isDirectory() ? `d${mode}` : mode }];
  });
}
