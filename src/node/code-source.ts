// Code source: what `install` was pointed at, a file or a folder, as texts.
//
// A path that exists wins over a guest that ships of the same name: what lies before a person is
// what they mean.

import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { DEFAULT_LIMITS } from '../core/node-limits.ts';
import { onOneLine } from '../core/shown-text.ts';
import { type Bundle, type CodeFile, type CodeLimits, isBundle, readBundle } from './bundle.ts';
import { shippedVats } from './program.ts';
import { readTextFile } from './text-file.ts';

/** The root object's code, what lies beside it, and where all of it comes from. */
export interface CodeSource {
  /** The file or folder, as given if possible. */
  readonly path: string;
  readonly isShipped: boolean;
  /** For people: what the installation is called. */
  readonly name: string;
  readonly main: CodeFile;
  /** Only of a folder. */
  readonly bundle?: Bundle;
  /** A guest that ships is called like the path that won. */
  readonly hidesShipped: boolean;
}

const BARE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

interface Where {
  /** Where guests ship. */
  readonly vats?: string;
  /** Those of the node that shall have the code. */
  readonly limits?: CodeLimits;
}

/**
 * Finds and reads code. Throws QRT_CODE_MISSING, QRT_BUNDLE_INVALID,
 * QRT_REQUEST_OVERSIZE, QRT_CODE_REFUSED, QRT_JSON_MALFORMED.
 */
export function readCodeSource(path: string, where: Where = {}): CodeSource {
  const { vats = shippedVats(), limits = DEFAULT_LIMITS } = where;
  const shipped = BARE_NAME.test(path) ? findShipped({ name: path, vats }) : undefined;
  const own = kindOf(path);
  // An empty folder of that name, or that of a node, is not what was meant.
  const isOwn = own === 'file' || (own === 'folder' && (shipped === undefined || isBundle(path)));
  if (own !== undefined && isOwn) {
    const name = basename(resolve(path));
    const hidesShipped = shipped !== undefined;
    return read({ path, kind: own, isShipped: false, name, hidesShipped }, limits);
  }
  if (shipped === undefined) {
    const known = namesOfShipped(vats).join(', ');
    throw new QrtError('QRT_CODE_MISSING', { path: onOneLine(path), known });
  }
  return read({ ...shipped, isShipped: true, name: path, hidesShipped: false }, limits);
}

type Kind = 'file' | 'folder';

function kindOf(path: string): Kind | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile()) return 'file';
  return stat?.isDirectory() ? 'folder' : undefined;
}

interface Shipped {
  readonly path: string;
  readonly kind: Kind;
}

function findShipped({ name, vats }: { name: string; vats: string }): Shipped | undefined {
  for (const path of [join(vats, name), join(vats, `${name}.js`)]) {
    const kind = kindOf(path);
    if (kind !== undefined) return { path, kind };
  }
  return undefined;
}

function namesOfShipped(vats: string): readonly string[] {
  const entries = readdirSync(vats, { withFileTypes: true });
  const guests = entries.filter((entry) => entry.isDirectory() || entry.name.endsWith('.js'));
  return guests.map(({ name }) => basename(name, '.js')).sort();
}

type Found = Omit<CodeSource, 'main' | 'bundle'> & { readonly kind: Kind };

function read({ kind, ...where }: Found, limits: CodeLimits): CodeSource {
  const { path } = where;
  if (kind === 'folder') {
    const { main, bundle } = readBundle(path, limits);
    return { ...where, name: bundle.manifest.name ?? where.name, main, bundle };
  }
  const bytesMax = limits.codeInstallBytes;
  const shown = onOneLine(path);
  const fail = (reason: string, cause?: unknown): QrtError =>
    new QrtError('QRT_CODE_REFUSED', { where: shown, reason }, cause);
  const text = readTextFile({ path, bytesMax, fail });
  return { ...where, main: { path: shown, bytesMax, text } };
}
