// What is in the package that users install: all that qrt needs, and nothing else.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MIB = 1_048_576;

/** Every file MUST be of one of these kinds. */
const WANTED = [
  /^(package\.json|README\.md|LICENSE)$/,
  /^bin\/qrt$/,
  // Compiled code, the types of what can be imported, and the program of the worker.
  /^dist\/[\w/-]+(\.js|\.d\.ts|\.cjs|\.html|\.css)$/,
  /^vats\/([\w-]+\.js|README\.md)$/,
  /^types\/[\w-]+\.d\.ts$/,
  // A project to start from comes with a test of its own.
  /^templates\/object\/[\w.-]+$/,
];

interface Packed {
  readonly files: readonly { readonly path: string }[];
  readonly unpackedSize: number;
}

describe('package', () => {
  let packed: Packed;
  let paths: readonly string[];
  beforeAll(() => {
    const args = ['pack', '--json', '--dry-run', '--ignore-scripts'];
    const text = execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
    packed = Object.values(JSON.parse(text))[0] as Packed;
    paths = packed.files.map(({ path }) => path);
  }, 60_000);

  it('every file in it is one that is wanted there', () => {
    expect(paths.filter((path) => !WANTED.some((kind) => kind.test(path)))).toEqual([]);
    expect(paths.filter((path) => /\.map$|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });

  it('all that is wanted is in it', () => {
    for (const kind of WANTED)
      expect(
        paths.some((path) => kind.test(path)),
        `${kind}`,
      ).toBe(true);
    expect(paths).toContain('dist/guest/worker.cjs');
    expect(paths).toContain('dist/cli/main.js');
  });

  it('what package.json names is in it', () => {
    const { bin, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const named = leavesOf([bin, exports]).map((path) => path.replace(/^\.\//, ''));
    expect(named).toContain('bin/qrt');
    expect(named.length).toBeGreaterThan(3);
    for (const path of named) expect(paths).toContain(path);
  });

  it('every module that shipped code imports is in it or a dependency', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const code = paths.filter((path) => /^dist\/.*\.js$/.test(path));
    const imported = code.flatMap((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      const found = text.matchAll(
        /^(?:import|export) [^'"]*?from ['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gm,
      );
      return [...found].map(([, one, other]) => ({ path, module: one ?? other ?? '' }));
    });
    expect(imported.length).toBeGreaterThan(100);
    const missing = imported.filter(({ path, module }) => {
      if (module.startsWith('node:')) return false;
      if (!module.startsWith('.')) return !Object.hasOwn(dependencies, module.split('/')[0] ?? '');
      const file = join(path, '..', module);
      return !paths.includes(file);
    });
    expect(missing).toEqual([]);
  });

  it('it stays small', () => {
    expect(packed.unpackedSize).toBeLessThan(3 * MIB);
  });
});

/** Every text in a JSON value. */
function leavesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Object.values(value ?? {}).flatMap(leavesOf);
}
