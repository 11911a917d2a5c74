// Text file: one file that a person points at, read as UTF-8 within a bound.

import { closeSync, fstatSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { onOneLine } from '../core/shown-text.ts';

export interface TextFileInput {
  readonly path: string;
  readonly bytesMax: number;
  /** Makes the error of a file that is not UTF-8. */
  readonly fail: (reason: string, cause?: unknown) => QrtError;
}

/** Reads a file. Throws QRT_REQUEST_OVERSIZE, or what `fail` makes. */
export function readTextFile({ path, bytesMax, fail }: TextFileInput): string {
  const fd = openSync(path, 'r');
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

/** What stands at a path inside of a folder. */
export type Found = 'file' | 'folder' | 'other' | 'nothing' | 'outside';

/** Follows links; `outside` is where a link leads out of the folder, whose real path is given. */
export function lookInside({ folder, path }: { folder: string; path: string }): Found {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ELOOP') throw error;
    return 'nothing';
  }
  if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return 'outside';
  const stat = statSync(real);
  if (stat.isFile()) return 'file';
  return stat.isDirectory() ? 'folder' : 'other';
}
