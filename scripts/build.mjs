// Builds dist: the compiled sources, the program of the worker process as one file, and the page.
//
// Everything is made in .build and only then laid into dist, file by file and by renaming, so that
// a running node or test never reads half a file. What did not change is not touched.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { takeLock } from './lib/lock.mjs';
import { BUILD_DIR, ROOT, run, toolPath } from './lib/root.mjs';

const DIST = join(ROOT, 'dist');
const DRAFT = join(BUILD_DIR, 'dist');
const STAMP = join(BUILD_DIR, 'stamp.json');
const TSC = toolPath('typescript/bin/tsc');
const GUEST_MAIN = join(ROOT, 'src/guest/main.ts');
const GUEST_BUNDLE = 'guest/worker.cjs';
const PAGE = join(ROOT, 'src/page');
const PAGE_FILES = ['page/index.html', 'page/page.css', 'page/page.js'];
const OTHER_INPUTS = [
  'package-lock.json',
  'scripts/build.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
];

const lock = await takeLock({
  dir: join(BUILD_DIR, 'build-lock'),
  onWait: (pid) => say(`process ${pid} is building; waiting for it`),
});
try {
  process.exitCode = await build();
} finally {
  lock.release();
}

async function build() {
  const startedMs = performance.now();
  const inputs = digestInputs();
  if (isBuiltFrom(inputs)) return 0;
  rmSync(STAMP, { force: true });

  const isCompiled = (/** @type {string} */ path) =>
    path.endsWith('.ts') && !path.startsWith('page/');
  const sources = listFiles(join(ROOT, 'src')).filter(isCompiled);
  if (sources.length === 0) {
    say('no sources under src: nothing to build');
    return 0;
  }
  if (!existsSync(TSC)) {
    say('TypeScript is not installed: run `npm ci` first');
    return 1;
  }
  const tscCode = await compile(sources);
  const files = expectedFiles(sources);
  let isBundled = true;
  if (existsSync(GUEST_MAIN)) {
    isBundled = await bundleGuest();
    files.push(GUEST_BUNDLE);
  } else {
    say('src/guest/main.ts does not exist: no worker program was built');
  }
  if (existsSync(PAGE)) {
    isBundled = (await bundlePage()) && isBundled;
    files.push(...PAGE_FILES);
  }
  layIntoDist(files);
  if (tscCode !== 0 || !isBundled) {
    say('there are errors (above); dist holds what could be built in spite of them');
    return 1;
  }
  writeFileSync(STAMP, JSON.stringify({ inputs, outputs: digestAll(DIST) }));
  say(`dist is new (${Math.round(performance.now() - startedMs)} ms)`);
  return 0;
}

/** @param {string[]} sources */
async function compile(sources) {
  // Whoever runs it has checked the types, and laid what it compiled into the draft.
  if (process.env['QRT_BUILD_COMPILED'] !== undefined) return 0;
  // The compiler trusts its notes of the last run and does not look whether its output is there.
  const draftIsWhole = expectedFiles(sources).every((path) => existsSync(join(DRAFT, path)));
  if (!draftIsWhole) rmSync(join(BUILD_DIR, 'dist.tsbuildinfo'), { force: true });
  return run(process.execPath, [TSC, '-p', 'tsconfig.build.json']);
}

/** @returns {Promise<boolean>} whether it could be built; if not, esbuild has printed why. */
async function bundleGuest() {
  const { build: bundle } = await import('esbuild');
  const bundled = bundle({
    absWorkingDir: ROOT,
    entryPoints: [GUEST_MAIN],
    outfile: join(DRAFT, GUEST_BUNDLE),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // SES refuses to start in sloppy mode, and esbuild drops the directive of a CommonJS file.
    banner: { js: '"use strict";' },
    logLevel: 'warning',
  });
  return bundled.then(
    () => true,
    () => false,
  );
}

/** @returns {Promise<boolean>} as above */
async function bundlePage() {
  const { build: bundle } = await import('esbuild');
  const bundled = bundle({
    absWorkingDir: ROOT,
    entryPoints: { page: join(PAGE, 'main.ts') },
    outdir: join(DRAFT, 'page'),
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
  // Not minified: every browser of the last years knows what is in it, and bundlers do not.
  for (const name of ['page.css', 'index.html']) {
    const text = readFileSync(join(PAGE, name));
    mkdirSync(join(DRAFT, 'page'), { recursive: true });
    writeFileSync(join(DRAFT, 'page', name), text);
  }
  return bundled.then(
    () => true,
    () => false,
  );
}

/**
 * What the compiler and the bundler write for these sources; anything else in dist is stale.
 * @param {string[]} sources
 */
function expectedFiles(sources) {
  const stems = sources
    .filter((path) => !path.endsWith('.d.ts'))
    .map((path) => path.replace(/\.ts$/, ''));
  return stems.flatMap((stem) => [`${stem}.js`, `${stem}.d.ts`]);
}

/** @param {string[]} files */
function layIntoDist(files) {
  for (const path of listFiles(DIST)) {
    if (!files.includes(path)) rmSync(join(DIST, path));
  }
  for (const path of files) {
    const from = join(DRAFT, path);
    const to = join(DIST, path);
    if (!existsSync(from)) continue; // The compiler has said why.
    const content = readFileSync(from);
    if (existsSync(to) && readFileSync(to).equals(content)) continue;
    mkdirSync(dirname(to), { recursive: true });
    const part = join(BUILD_DIR, 'part');
    writeFileSync(part, content);
    renameSync(part, to);
  }
}

function digestInputs() {
  const others = OTHER_INPUTS.map((path) => digestFile(join(ROOT, path)));
  return [digestAll(join(ROOT, 'src')), ...others].join(' ');
}

/** @param {string} inputs */
function isBuiltFrom(inputs) {
  if (!existsSync(STAMP)) return false;
  const stamp = JSON.parse(readFileSync(STAMP, 'utf8'));
  return stamp.inputs === inputs && stamp.outputs === digestAll(DIST);
}

/** @param {string} dir */
function digestAll(dir) {
  const hash = createHash('sha256');
  for (const path of listFiles(dir)) hash.update(`${path} ${digestFile(join(dir, path))}\n`);
  return hash.digest('hex');
}

/** @param {string} path */
function digestFile(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/**
 * @param {string} dir
 * @returns {string[]} sorted, relative to `dir`, with forward slashes
 */
function listFiles(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`build: ${text}\n`);
}
