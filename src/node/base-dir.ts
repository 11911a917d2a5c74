// Base directory: the files of one node, where they lie and who may read them.
//
// A directory is a node when it has a `config.json`: that file is put there last when a node is
// made, so there is never half a node.

import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { parseVatId, type VatId } from '../core/ids.ts';

/** The paths of one node; all absolute. */
export interface BaseDir {
  readonly dir: string;
  readonly config: string;
  readonly key: string;
  readonly database: string;
  /** Opened by nothing but the lock itself. */
  readonly lock: string;
  /** Never given to listen or connect: see control-path.ts. */
  readonly socket: string;
  readonly log: string;
  readonly oldLog: string;
}

/** Names of files that make up a node, the one that makes it a node last. */
export const NODE_FILES = ['key', 'vat.db', 'lock.db', 'config.json'] as const;

export const CONTROL_SOCKET_NAME = 'control.sock';

const GROUP_OR_OTHERS = 0o077;
const WRITE_BY_GROUP_OR_OTHERS = 0o022;

/** The layout of a directory, whether or not there is a node in it. */
export function layOut(path: string): BaseDir {
  const dir = resolve(path);
  return Object.freeze({
    dir,
    config: join(dir, 'config.json'),
    key: join(dir, 'key'),
    database: join(dir, 'vat.db'),
    lock: join(dir, 'lock.db'),
    socket: join(dir, CONTROL_SOCKET_NAME),
    log: join(dir, 'node.log'),
    oldLog: join(dir, 'node.log.1'),
  });
}

/** Whether there is a node in a directory. */
export function isNode(path: string): boolean {
  return existsSync(layOut(path).config);
}

/** The layout of a node that exists. Throws QRT_NODE_MISSING. */
export function openBaseDir(path: string): BaseDir {
  if (!isNode(path)) throw new QrtError('QRT_NODE_MISSING', { dir: path });
  // One node, one path: a link to a directory must not look like another node.
  return layOut(realpathSync(path));
}

/** The vat that a node serves, read without opening its key. Throws QRT_CONFIG_INVALID. */
export function readVatId(base: BaseDir): VatId {
  const fail = (reason: string, cause?: unknown): QrtError =>
    new QrtError('QRT_CONFIG_INVALID', { path: base.config, reason }, cause);
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(base.config, 'utf8'));
  } catch (error) {
    throw fail(error instanceof Error ? error.message : 'it is not JSON', error);
  }
  const vat = parseVatId((config as { vat?: unknown } | null)?.vat);
  if (vat === undefined) throw fail('"vat" is not the id of a vat');
  return vat;
}

/** Checks that nobody else can read the node's secrets. Throws QRT_MODE_OPEN. */
export function assertModes(base: BaseDir): void {
  const [first] = findOpenModes(base);
  if (first !== undefined) throw first;
}

/** Every file of a node that others can get at, as QRT_MODE_OPEN. */
export function findOpenModes(base: BaseDir): readonly QrtError[] {
  const secrets = [base.key, base.database, `${base.database}-wal`, `${base.database}-shm`];
  return [
    { path: base.dir, forbidden: GROUP_OR_OTHERS, wanted: '700' },
    ...[...secrets, base.lock].map((path) => ({ path, forbidden: GROUP_OR_OTHERS, wanted: '600' })),
    // Editors may leave the configuration readable; it holds no secret.
    { path: base.config, forbidden: WRITE_BY_GROUP_OR_OTHERS, wanted: '600' },
  ].flatMap(({ path, forbidden, wanted }) => {
    const mode = modeOf(path);
    if (mode === undefined || (mode & forbidden) === 0) return [];
    return [new QrtError('QRT_MODE_OPEN', { path, mode: mode.toString(8), wanted })];
  });
}

function modeOf(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && stat.mode & 0o777;
}
