// Lets Node run TypeScript files directly: `node --import ./scripts/ts-loader.mjs bench/run.ts`.
// For bench and scripts only; what is shipped runs from dist.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { BUILD_DIR } from './lib/root.mjs';

// Node runs the hook below in a thread of its own, which loads this file again.
if (isMainThread) register(import.meta.url);

/** What files became, one for each, so that only those that changed are compiled again. */
const KEPT = join(BUILD_DIR, 'ts');
/** Any change of this file, or of the compiler, makes all of it old. */
const RECIPE = digest(
  readFileSync(new URL(import.meta.url), 'utf8'),
  readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'),
);

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const source = readFileSync(path, 'utf8');
  const kept = join(KEPT, `${digest(path)}.js`);
  // At the end: the lines of the source map stay right.
  const mark = `\n// ${digest(RECIPE, source)}\n`;
  const known = readKept(kept);
  if (known?.endsWith(mark)) return moduleOf(known);
  const code = (await compile(path, source)) + mark;
  keep(kept, code);
  return moduleOf(code);
}

/** @param {string} code */
const moduleOf = (code) => ({
  format: /** @type {const} */ ('module'),
  source: code,
  shortCircuit: true,
});

/**
 * @param {string} sourcefile
 * @param {string} source
 */
async function compile(sourcefile, source) {
  const { transformSync } = await import('esbuild');
  const { code } = transformSync(source, {
    loader: 'ts',
    format: 'esm',
    target: 'node20.19',
    sourcefile,
    sourcemap: 'inline',
  });
  return code;
}

/** @param {string} path */
function readKept(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * By renaming: another process may be reading it, or writing the same.
 * @param {string} path
 * @param {string} code
 */
function keep(path, code) {
  mkdirSync(KEPT, { recursive: true });
  const part = `${path}.${process.pid}`;
  writeFileSync(part, code);
  renameSync(part, path);
}

/** @param {string[]} texts */
function digest(...texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length} ${text}`);
  return hash.digest('hex');
}
