// Bundle: a folder as `install` takes it: a root object, code for the objects that it makes, its
// static data, and a manifest.
//
// Only what the folder itself holds belongs to it: a link that leads out of it is refused, or the
// bundle of a stranger could have any file of its operator installed and read by an object.

import { opendirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { BUNDLE_CODES_MAX, BUNDLE_ENTRIES_MAX, BUNDLE_JSON_BYTES_MAX } from '../core/limits.ts';
import { DEFAULT_LIMITS, type NodeLimits } from '../core/node-limits.ts';
import { onOneLine } from '../core/shown-text.ts';
import {
  type Manifest,
  NO_MANIFEST,
  PLAIN_NAME,
  PLAIN_NAME_WORDS,
  parseManifest,
} from './manifest.ts';
import { parseExactly } from './operator-data.ts';
import { type CheckedFile, type Found, lookInside, readTextFile } from './text-file.ts';

/** A code text that is not checked yet. */
export interface CodeFile {
  /** As errors show it. */
  readonly path: string;
  readonly text: string;
  readonly bytesMax: number;
}

/** How large code may be: what is installed, and what objects make. */
export type CodeLimits = Pick<NodeLimits, 'codeInstallBytes' | 'codeBytes'>;

/** What a folder holds beside its root object. */
export interface Bundle {
  /** Code for `power.code`, in the order of their names. */
  readonly codes: readonly (CodeFile & { readonly name: string })[];
  /** The text of its power.json. */
  readonly power?: { readonly path: string; readonly json: string };
  readonly manifest: Manifest;
  /** Where the manifest is, or would be. */
  readonly manifestPath: string;
}

const MAIN = 'main.js';
const POWER = 'power.json';
const MANIFEST = 'qrt.json';
const CODE_END = '.js';
const TEST_END = '.test.js';
/** What people might take for a second root, on any file system. */
const OTHER_ROOT = /^main\.[cm]?js$/i;

/** Whether a folder has a root object. */
export function isBundle(folder: string): boolean {
  return lookInside({ folder: realpathSync(folder), path: join(folder, MAIN) }).kind !== 'nothing';
}

interface ReadBundle {
  readonly main: CodeFile;
  readonly bundle: Bundle;
}

/** Reads the root object of a folder and all that belongs to it. Throws QRT_BUNDLE_INVALID. */
export function readBundle(folder: string, limits: CodeLimits = DEFAULT_LIMITS): ReadBundle {
  const names = listNames(folder);
  if (!names.includes(MAIN)) throw invalid(folder, `it has no ${MAIN}, which is the root object`);
  const other = names.find((name) => OTHER_ROOT.test(name) && name !== MAIN);
  if (other !== undefined) {
    throw invalid(folder, `it has two roots, ${MAIN} and ${other}: rename the other one`);
  }
  const place = { folder, real: realpathSync(folder) };
  const { codeBytes: bytesMax } = limits;
  const main = readCode({ ...place, name: MAIN, bytesMax: limits.codeInstallBytes });
  if (main === undefined) throw invalid(join(folder, MAIN), 'it is a folder, not a file');
  const power = names.includes(POWER) ? readJson({ ...place, name: POWER }) : undefined;
  const manifest = names.includes(MANIFEST) ? readJson({ ...place, name: MANIFEST }) : undefined;
  return {
    main,
    bundle: {
      codes: readCodes({ ...place, names: names.filter((name) => name !== MAIN), bytesMax }),
      ...(power && { power }),
      manifest: manifest ? readManifest(manifest) : NO_MANIFEST,
      manifestPath: onOneLine(join(folder, MANIFEST)),
    },
  };
}

/** All names but hidden ones, sorted: a bundle is the same whatever its file system does. */
function listNames(folder: string): readonly string[] {
  const names: string[] = [];
  const directory = opendirSync(folder);
  try {
    for (let seen = 1; ; seen += 1) {
      const entry = directory.readSync();
      if (entry === null) return names.sort();
      if (seen > BUNDLE_ENTRIES_MAX) {
        throw invalid(folder, `it has more than ${BUNDLE_ENTRIES_MAX} entries`);
      }
      if (!entry.name.startsWith('.')) names.push(entry.name);
    }
  } finally {
    directory.closeSync();
  }
}

interface Place {
  /** As the person wrote it. */
  readonly folder: string;
  /** Without links. */
  readonly real: string;
}

interface CodesInput extends Place {
  readonly names: readonly string[];
  readonly bytesMax: number;
}

function readCodes({ names, bytesMax, ...place }: CodesInput): Bundle['codes'] {
  const codes: (CodeFile & { name: string })[] = [];
  for (const name of names) {
    if (!name.endsWith(CODE_END) || name.endsWith(TEST_END)) continue;
    const code = readCode({ ...place, name, bytesMax });
    if (code === undefined) continue;
    if (codes.length === BUNDLE_CODES_MAX) {
      throw invalid(place.folder, `it has more than ${BUNDLE_CODES_MAX} code files`);
    }
    codes.push({ ...code, name: name.slice(0, -CODE_END.length) });
  }
  return codes;
}

interface FileInput extends Place {
  readonly name: string;
  readonly bytesMax: number;
}

/** Undefined for a folder, which may be called anything. */
function readCode({ folder, real, name, bytesMax }: FileInput): CodeFile | undefined {
  const path = join(folder, name);
  const found = lookInside({ folder: real, path });
  if (found.kind === 'folder') return undefined;
  const checked = assertFile(path, found);
  if (!PLAIN_NAME.test(name.slice(0, -CODE_END.length))) {
    const reason = `code is reached as power.code.NAME: name the file with ${PLAIN_NAME_WORDS}`;
    throw invalid(path, `${reason}, or put it into a subfolder`);
  }
  const fail = (reason: string, cause?: unknown): QrtError =>
    new QrtError('QRT_CODE_REFUSED', { where: onOneLine(path), reason }, cause);
  return { path: onOneLine(path), bytesMax, text: readTextFile({ path, checked, bytesMax, fail }) };
}

interface JsonFile {
  readonly path: string;
  readonly json: string;
}

function readJson({ folder, real, name }: Place & { name: string }): JsonFile {
  const path = join(folder, name);
  const checked = assertFile(path, lookInside({ folder: real, path }));
  const fail = (reason: string, cause?: unknown): QrtError =>
    new QrtError('QRT_JSON_MALFORMED', { what: onOneLine(path), reason }, cause);
  return {
    path: onOneLine(path),
    json: readTextFile({ path, checked, bytesMax: BUNDLE_JSON_BYTES_MAX, fail }),
  };
}

function assertFile(path: string, found: Found): CheckedFile {
  switch (found.kind) {
    case 'file':
      return found;
    case 'folder':
      throw invalid(path, 'it is a folder, not a file');
    case 'other':
      throw invalid(path, 'it is no regular file');
    case 'nothing':
      throw invalid(path, 'it is a link that leads nowhere');
    case 'outside':
      throw invalid(path, 'it is a link that leads out of the folder: put a copy in its place');
  }
}

function readManifest({ path, json }: JsonFile): Manifest {
  const fail = (reason: string): QrtError => invalid(path, reason);
  return parseManifest({ json: parseExactly({ what: path, json }), fail });
}

function invalid(path: string, reason: string): QrtError {
  return new QrtError('QRT_BUNDLE_INVALID', { path: onOneLine(path), reason });
}
