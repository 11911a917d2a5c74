// Makes a checkout ready to use: installs what the lock file names, then builds.
// Runs before check, test, demo and bench. Uses nothing but Node, as nothing else may be there yet.
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isInstalled } from './lib/installed.mjs';
import { takeLock } from './lib/lock.mjs';
import { BUILD_DIR, ROOT, run } from './lib/root.mjs';

if (!isInstalled()) await installAlone();
process.exitCode = await run(process.execPath, [join(ROOT, 'scripts/build.mjs')]);

async function installAlone() {
  const lock = await takeLock({
    dir: join(BUILD_DIR, 'install-lock'),
    onWait: (pid) => say(`process ${pid} is installing the packages; waiting for it`),
  });
  try {
    // Whoever held the lock before us may have done it.
    if (!isInstalled()) await install(lock);
  } finally {
    lock.release();
  }
}

/** @param {import('./lib/lock.mjs').Lock} lock */
async function install(lock) {
  say('installing packages with npm ci; better-sqlite3 may compile for about two minutes');
  const [program, ...args] = npmCommand();
  const code = await run(program, [...args, 'ci', '--include=dev', '--no-audit', '--no-fund'], {
    env: installEnv(),
    onStart: (pid) => lock.adopt(pid),
  });
  if (code === 0 && isInstalled()) return;
  lock.release();
  if (code !== 0) fail(`npm ci failed (exit code ${code}); its own message is above`, code);
  fail('npm ci passed but left packages out: is ignore-scripts set in the npm configuration?', 1);
}

/** @returns {[string, ...string[]]} */
function npmCommand() {
  const running = process.env['npm_execpath'] ?? '';
  if (basename(running) === 'npm-cli.js') return [process.execPath, running];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

/** Our environment without what an outer `npm run` says of itself, and with Node's headers. */
function installEnv() {
  const ofOuterRun = /^(npm_(lifecycle|package|command|config_local_prefix)|INIT_CWD$|NODE_ENV$)/;
  const entries = Object.entries(process.env).filter(([name]) => !ofOuterRun.test(name));
  /** @type {NodeJS.ProcessEnv} */
  const env = Object.fromEntries(entries);
  const prefix = dirname(dirname(process.execPath));
  // Without this node-gyp downloads the headers, which fails on a machine without the internet.
  if (existsSync(join(prefix, 'include/node/node.h'))) env['npm_config_nodedir'] ??= prefix;
  return env;
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`ensure: ${text}\n`);
}

/**
 * @param {string} text
 * @param {number} code
 * @returns {never}
 */
function fail(text, code) {
  say(text);
  process.exit(code);
}
