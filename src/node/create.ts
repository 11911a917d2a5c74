// Create: makes a node wholly or not at all.
//
// A new directory is built beside its place and renamed into it. An empty directory that exists
// (a mount point, the current directory of a shell) keeps its identity: its files are moved in,
// the one that makes it a node last.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { isVatUrl, type VatId } from '../core/ids.ts';
import { createKeyFile } from '../crypto/key-file.ts';
import { acquireLock } from '../store/lock.ts';
import { createStore } from '../store/open.ts';
import { syncPath } from '../store/sync-path.ts';
import { isNode, layOut, NODE_FILES } from './base-dir.ts';
import { formatConfig, parseConfig, urlsOf } from './config.ts';
import { makeDraft, renameDraft, unusable } from './draft.ts';
import { drawFreePort } from './free-port.ts';
import type { TlsFiles } from './tls-files.ts';

export interface CreateInput {
  readonly dir: string;
  readonly host: string;
  /** Without a port a free one is drawn. */
  readonly port: number | undefined;
  readonly urls: readonly string[] | undefined;
  /** For a node that speaks TLS by itself. */
  readonly tls?: TlsFiles | undefined;
}

/** A node that was made. */
export interface CreatedNode {
  readonly dir: string;
  readonly vat: VatId;
  readonly port: number;
  readonly urls: readonly string[];
}

/**
 * Makes a node. Throws QRT_NODE_EXISTS, QRT_DIR_UNUSABLE, QRT_URL_INVALID, QRT_TLS_INVALID,
 * QRT_CONFIG_INVALID.
 */
export async function createNode(input: CreateInput): Promise<CreatedNode> {
  const dir = resolve(input.dir);
  for (const url of input.urls ?? []) {
    if (!isVatUrl(url)) throw new QrtError('QRT_URL_INVALID', { url });
  }
  const place = inspectPlace(dir);
  const tls = input.tls && (await checkTls(dir, input.tls));
  const port = input.port ?? (await drawFreePort(input.host));

  const draft = place === 'empty' ? makeDraft(join(realpathSync(dir), 'new')) : makeDraft(dir);
  try {
    const created = fill({ draft, dir, input: { ...input, tls }, port });
    if (place === 'empty') moveInto({ draft, dir });
    else renameDraft({ draft, dir });
    syncPath(dirname(dir));
    return created;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** What stands where the node shall be. */
type Place = 'absent' | 'empty';

function inspectPlace(dir: string): Place {
  if (isNode(dir)) throw new QrtError('QRT_NODE_EXISTS', { dir });
  const stat = statSync(dir, { throwIfNoEntry: false });
  if (stat === undefined) {
    const parent = dirname(dir);
    if (existsSync(parent)) return 'absent';
    throw unusable({ dir, reason: `there is no ${parent}: make that first` });
  }
  if (!stat.isDirectory()) throw unusable({ dir, reason: 'it is not a directory' });
  if (readdirSync(dir).length > 0) throw unusable({ dir, reason: 'it is not empty' });
  return 'empty';
}

function fill(at: { draft: string; dir: string; input: CreateInput; port: number }): CreatedNode {
  const { draft, dir, input, port } = at;
  const base = layOut(draft);
  const vat = createKeyFile(base.key);
  const config = parseConfig({
    json: {
      ...{ vat, host: input.host, port },
      ...(input.urls && { urls: input.urls }),
      ...(input.tls && { tls: input.tls }),
    },
    path: layOut(dir).config,
  });
  createStore({ path: base.database, vat });
  acquireLock({ path: base.lock, waitMs: 0, dir }).release();
  // SQLite leaves it to the umask, which belongs to the process that makes the node.
  chmodSync(base.lock, 0o600);
  writeFileSync(base.config, formatConfig(config), { mode: 0o600, flag: 'wx' });
  for (const name of readdirSync(draft)) syncPath(join(draft, name));
  syncPath(draft);
  return { dir: input.dir, vat, port, urls: urlsOf(config) };
}

/** As absolute paths: whoever starts the node stands elsewhere. */
async function checkTls(dir: string, { certificate, key }: TlsFiles): Promise<TlsFiles> {
  const { readTls } = await import('./tls-files.ts');
  const files = { certificate: resolve(certificate), key: resolve(key) };
  readTls({ base: layOut(dir), files });
  return files;
}

/** `dir` is as it was if this throws before its end. */
function moveInto({ draft, dir }: { draft: string; dir: string }): void {
  // Two at once: only one can make this directory.
  const claim = join(dir, '.creating');
  try {
    mkdirSync(claim);
  } catch (error) {
    throw unusable({ dir, reason: 'another process makes a node in it', cause: error });
  }
  const moved: string[] = [];
  try {
    if (isNode(dir)) throw new QrtError('QRT_NODE_EXISTS', { dir });
    for (const name of NODE_FILES) {
      renameSync(join(draft, name), join(dir, name));
      moved.push(join(dir, name));
    }
    chmodSync(dir, 0o700);
    syncPath(dir);
  } catch (error) {
    for (const path of moved) rmSync(path, { force: true });
    throw error;
  } finally {
    rmSync(claim, { recursive: true, force: true });
  }
}
