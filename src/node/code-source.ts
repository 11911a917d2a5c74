// Code source: the file that `install` was pointed at, as text.
//
// A path that exists wins over a guest that ships of the same name: what lies before a person is
// what they mean.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { CODE_BYTES_INSTALL_MAX } from '../core/limits.ts';
import { shippedVats } from './program.ts';

/** The text of a code and where it comes from. */
export interface CodeSource {
  /** The file, as given if possible. */
  readonly path: string;
  readonly isShipped: boolean;
  /** For people: what the installation is called. */
  readonly name: string;
  readonly text: string;
}

const MAIN = 'main.js';
const BARE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Finds and reads a code. Throws QRT_CODE_MISSING, QRT_REQUEST_OVERSIZE, QRT_CODE_REFUSED. */
export function readCodeSource(path: string): CodeSource {
  const own = findFile(path);
  if (own !== undefined) return readSource({ path: own, isShipped: false, name: path });
  const shipped = BARE_NAME.test(path) ? findShipped(path) : undefined;
  if (shipped === undefined) throw new QrtError('QRT_CODE_MISSING', { path });
  return readSource({ path: shipped, isShipped: true, name: path });
}

function findShipped(name: string): string | undefined {
  const folder = shippedVats();
  return findFile(join(folder, name)) ?? findFile(join(folder, `${name}.js`));
}

/** The file itself, or the `main.js` of a folder. */
function findFile(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile()) return path;
  const main = join(path, MAIN);
  return stat?.isDirectory() && existsSync(main) ? main : undefined;
}

function readSource(found: Omit<CodeSource, 'text'>): CodeSource {
  const { path } = found;
  const { size } = statSync(path);
  if (size > CODE_BYTES_INSTALL_MAX) {
    const max = CODE_BYTES_INSTALL_MAX;
    throw new QrtError('QRT_REQUEST_OVERSIZE', { what: path, bytes: size, max });
  }
  const name = found.isShipped ? found.name : basename(found.name);
  return { ...found, name, text: decode({ path, bytes: readFileSync(path) }) };
}

function decode({ path, bytes }: { path: string; bytes: Uint8Array }): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new QrtError('QRT_CODE_REFUSED', { where: path, reason: 'it is not UTF-8 text' }, error);
  }
}
