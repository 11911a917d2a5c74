// New: a folder to start from, with an object, its test, its manifest and types for editors.
//
// It is copied from `templates/object`, which is a working project but for its name and for where
// its qrt comes from.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { packageFolder, readVersion } from './program.ts';

/** A project that was made. */
export interface NewProject {
  readonly dir: string;
  /** Of object and package, after the folder. */
  readonly name: string;
  readonly files: readonly string[];
}

/** Name in the template → name in the project: npm leaves a .gitignore out of packages. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore' };
const NAME_MAX = 100;
const OTHER_NAME = 'my-object';

/** Makes a project in a folder that is absent or empty. Throws QRT_DIR_UNUSABLE. */
export function createProject(dir: string): NewProject {
  const folder = resolve(dir);
  const isNew = isAbsent(folder);
  const name = nameAfter(folder);
  const files = readTemplate({
    name,
    qrt: dependency({ root: packageFolder(), version: readVersion() }),
  });
  try {
    if (isNew) mkdirSync(folder);
  } catch (error) {
    throw unusable({ dir, reason: (error as Error).message, cause: error });
  }
  const written: string[] = [];
  try {
    for (const file of files) {
      const path = join(folder, file.name);
      writeFileSync(path, file.text, { flag: 'wx' });
      written.push(path);
    }
  } catch (error) {
    for (const path of written) rmSync(path, { force: true });
    if (isNew) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return { dir, name, files: files.map((file) => file.name).sort() };
}

function isAbsent(folder: string): boolean {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  if (!stat.isDirectory()) throw unusable({ dir: folder, reason: 'it is not a directory' });
  if (readdirSync(folder).length > 0) throw unusable({ dir: folder, reason: 'it is not empty' });
  return false;
}

/** A name that npm takes, too: it refuses a package that is called like one that it needs. */
export function nameAfter(folder: string): string {
  const plain = basename(folder)
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, NAME_MAX)
    .replace(/^-|-$/g, '');
  return plain === '' || plain === 'qrt' ? OTHER_NAME : plain;
}

/** An installed qrt is had from where packages come from, a checkout only from itself. */
export function dependency({ root, version }: { root: string; version: string }): string {
  return root.split(sep).includes('node_modules') ? `^${version}` : `file:${root}`;
}

interface Project {
  readonly name: string;
  readonly qrt: string;
}

function readTemplate(
  project: Project,
): readonly { readonly name: string; readonly text: string }[] {
  const template = join(packageFolder(), 'templates', 'object');
  return readdirSync(template).map((file) => ({
    name: RENAMED[file] ?? file,
    text: adapt({ file, text: readFileSync(join(template, file), 'utf8'), ...project }),
  }));
}

function adapt(input: Project & { readonly file: string; readonly text: string }): string {
  const { file, text, name, qrt } = input;
  switch (file) {
    case 'package.json':
      return withFields(text, { name, devDependencies: { qrt } });
    case 'qrt.json':
      return withFields(text, { name });
    default:
      return text.replaceAll('{{name}}', name);
  }
}

function withFields(text: string, fields: object): string {
  return `${JSON.stringify({ ...(JSON.parse(text) as object), ...fields }, null, 2)}\n`;
}

function unusable(input: { dir: string; reason: string; cause?: unknown }): QrtError {
  const { dir, reason, cause } = input;
  return new QrtError('QRT_DIR_UNUSABLE', { dir, reason }, cause);
}
