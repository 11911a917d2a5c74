// Key file: where the secret of a vat rests, readable by its owner only.
//
// Two lines of text, `qrt-key 1` and the 32-byte Ed25519 seed in base64url: a person who restores
// a directory can tell what it is. It is written once and never changed; who reads it is the vat.

import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { formatBytes, parseKeyBytes, type VatId } from '../core/ids.ts';
import type { Entropy, Sealer } from '../kernel/ports.ts';
import { systemEntropy } from './entropy.ts';
import { makeSealer } from './sealer.ts';

const SEED_BYTES = 32;
const FIRST_LINE = 'qrt-key 1';
/** Longer than any key file of this version, so that a larger one is seen to be larger. */
const FILE_BYTES_MAX = 128;
const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** Makes a new key in a new file and returns its vat. Throws QRT_KEY_INVALID if one is there. */
export function createKeyFile(path: string): VatId {
  const seed = systemEntropy(SEED_BYTES);
  const text = `${FIRST_LINE}\n${formatBytes(seed)}\n`;
  let file: number;
  try {
    // Exclusive: a key that is overwritten is a vat that no longer exists.
    file = openSync(path, 'wx', OWNER_ONLY);
  } catch (error) {
    throw new QrtError('QRT_KEY_INVALID', { path, reason: describe(error) }, error);
  }
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncDirectory(dirname(path));
  return makeSealer({ seed, entropy: systemEntropy }).vat;
}

/** The sealer of the key in a file. Throws QRT_MODE_OPEN and QRT_KEY_INVALID. */
export function loadSealer({ path, entropy }: { path: string; entropy: Entropy }): Sealer {
  return makeSealer({ seed: parseSeed({ path, text: readKeyText(path) }), entropy });
}

function readKeyText(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    // Of the open file: its name may stand for another one by now.
    const mode = fstatSync(file).mode & 0o777;
    if ((mode & OTHERS) !== 0) {
      throw new QrtError('QRT_MODE_OPEN', { path, mode: mode.toString(8), wanted: '600' });
    }
    const bytes = Buffer.alloc(FILE_BYTES_MAX);
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, FILE_BYTES_MAX, 0));
  } catch (error) {
    if (error instanceof QrtError) throw error;
    throw new QrtError('QRT_KEY_INVALID', { path, reason: describe(error) }, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** MUST NOT repeat anything of the text in its error: it may be most of a key. */
function parseSeed({ path, text }: { path: string; text: string }): Uint8Array {
  const [first, second, ...rest] = text.split('\n');
  if (first !== FIRST_LINE) {
    throw new QrtError('QRT_KEY_INVALID', { path, reason: `it does not begin with ${FIRST_LINE}` });
  }
  const seed = second === undefined ? undefined : parseKeyBytes(second);
  if (seed === undefined || rest.join('') !== '') {
    throw new QrtError('QRT_KEY_INVALID', { path, reason: 'its second line is no seed' });
  }
  return seed;
}

/** Without this a crash of the machine could leave a synced file without a name. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function describe(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EEXIST':
      return 'it exists already';
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'permission denied';
    default:
      return (error as NodeJS.ErrnoException).code ?? 'it cannot be read';
  }
}
