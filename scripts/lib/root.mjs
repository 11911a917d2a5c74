// The folder of this checkout, and how scripts run another program in it.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Everything that tools write beside `dist` and `node_modules`; ignored by git. */
export const BUILD_DIR = join(ROOT, '.build');

/**
 * Runs a program to its end with our terminal.
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, onStart?: (pid: number) => void }} [options]
 * @returns {Promise<number>} its exit code, or 1 when a signal ended it
 */
export function run(program, args, { env = process.env, onStart } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (signal !== null) process.stderr.write(`${program} was ended by ${signal}.\n`);
      resolve(code ?? 1);
    });
    if (child.pid !== undefined) onStart?.(child.pid);
  });
}

/**
 * The same, for programs that run side by side: what it says is written when it has ended.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<number>} its exit code, or 1 when a signal ended it
 */
export function runQuietly(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const said = [];
    child.stdout.on('data', (bytes) => said.push(bytes));
    child.stderr.on('data', (bytes) => said.push(bytes));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.stdout.write(Buffer.concat(said));
      if (signal !== null) process.stderr.write(`${program} was ended by ${signal}.\n`);
      resolve(code ?? 1);
    });
  });
}

/**
 * Tools are run by their script and not through npx, which may ask the registry.
 * @param {string} path
 */
export function toolPath(path) {
  return join(ROOT, 'node_modules', path);
}
