// Text file: one file that a person points at, read as UTF-8 within a bound.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { sep } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { onOneLine } from '../core/shown-text.ts';

export interface TextFileInput {
  readonly path: string;
  readonly bytesMax: number;
  /** Which file it MUST be; without it, whichever the path leads to. */
  readonly checked?: CheckedFile;
  /** Makes the error of a file that is not UTF-8, or was replaced. */
  readonly fail: (reason: string, cause?: unknown) => QrtError;
}

/** A file that stood inside of a folder when it was looked at. */
export interface CheckedFile {
  /** Without links. */
  readonly real: string;
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Reads a file. Throws QRT_REQUEST_OVERSIZE, or what `fail` makes. */
export function readTextFile(input: TextFileInput): string {
  const { path, bytesMax, fail } = input;
  const fd = openFile(input);
  try {
    const { size } = fstatSync(fd);
    if (size > bytesMax) {
      const what = onOneLine(path);
      throw new QrtError('QRT_REQUEST_OVERSIZE', { what, bytes: size, max: bytesMax });
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(fd));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw fail('it is not UTF-8 text', error);
  } finally {
    closeSync(fd);
  }
}

/** Whoever owns a folder can replace a file after it was looked at: what was opened is compared. */
function openFile({ path, checked, fail }: TextFileInput): number {
  // A pipe that nobody writes to would make opening wait forever.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  let fd: number;
  try {
    fd = checked ? openSync(checked.real, flags | constants.O_NOFOLLOW) : openSync(path, flags);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (checked && REPLACED.includes(code)) throw fail(CHANGED, error);
    throw error;
  }
  const stat = fstatSync(fd, { bigint: true });
  const isSame = !checked || (stat.dev === checked.dev && stat.ino === checked.ino);
  if (stat.isFile() && isSame) return fd;
  closeSync(fd);
  throw fail(CHANGED);
}

const CHANGED = 'it was replaced while it was read: see that nothing changes it, and try again';
/** What opening says of a link, of a socket, and where a file is gone. */
const REPLACED = ['ELOOP', 'ENXIO', 'ENOENT', 'ENOTDIR'];

/** What stands at a path inside of a folder. */
export type Found =
  | (CheckedFile & { readonly kind: 'file' })
  | { readonly kind: 'folder' | 'other' | 'nothing' | 'outside' };

/** Follows links; `outside` is where a link leads out of the folder, whose real path is given. */
export function lookInside({ folder, path }: { folder: string; path: string }): Found {
  try {
    const real = realpathSync(path);
    if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return { kind: 'outside' };
    const stat = lstatSync(real, { bigint: true });
    if (stat.isFile()) return { kind: 'file', real, dev: stat.dev, ino: stat.ino };
    return { kind: stat.isDirectory() ? 'folder' : 'other' };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ELOOP') throw error;
    return { kind: 'nothing' };
  }
}
