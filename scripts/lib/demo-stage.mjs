// Stage: a temporary directory in which shell lines are run, shown and remembered, and an end to
// everything that they started, also when the demo fails or is interrupted.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from './root.mjs';

const END_MS_MAX = 5_000;

/**
 * @typedef {object} Stage
 * @property {(name: string, text: string) => void} put Makes a file.
 * @property {(line: string) => Promise<void>} run Shows and runs a line, which must succeed.
 * @property {(line: string) => string} read Runs a line without showing it; its standard output.
 * @property {() => string} transcript All that was shown.
 * @property {() => void} end Ends all processes and removes the directory.
 */

/** @returns {Stage} */
export function makeStage() {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'qrt-demo-')));
  const { QRT_DIR: _, ...rest } = process.env;
  const env = { ...rest, PATH: `${join(ROOT, 'bin')}${delimiter}${rest['PATH'] ?? ''}` };
  let transcript = '';
  /** @type {number | undefined} */
  let running;

  /** @param {string} text */
  const show = (text) => {
    transcript += text;
    process.stdout.write(text);
  };
  const end = () => {
    // The line's own group first, or it would start what is looked for next.
    if (running !== undefined) killGroup(running);
    killAllOf(dir);
    rmSync(dir, { recursive: true, force: true });
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      end();
      process.exit(128 + constants.signals[signal]);
    });
  }

  return {
    put: (name, text) => writeFileSync(join(dir, name), text),
    async run(line) {
      show(`$ ${line}\n`);
      const child = spawn('sh', ['-c', line], { cwd: dir, env, stdio: 'pipe', detached: true });
      running = child.pid;
      child.stdin.end();
      child.stdout.setEncoding('utf8').on('data', show);
      child.stderr.setEncoding('utf8').on('data', show);
      const code = await new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', resolve);
      });
      running = undefined;
      if (code !== 0) throw new Error(`this line ended with ${code}: ${line}`);
    },
    read: (line) => execFileSync('sh', ['-c', line], { cwd: dir, env, encoding: 'utf8' }),
    transcript: () => transcript,
    end,
  };
}

/** @param {number} pid */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/**
 * Ends every process whose command line names the directory, and their children.
 * @param {string} dir
 */
function killAllOf(dir) {
  const endMs = performance.now() + END_MS_MAX;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let quiet = 0; quiet < 2; ) {
    const pids = processesOf(dir);
    quiet = pids.length === 0 ? quiet + 1 : 0;
    for (const pid of pids) killOne(pid);
    if (performance.now() > endMs) throw new Error(`processes are left: ${pids.join(', ')}`);
    Atomics.wait(sleeper, 0, 0, 50);
  }
}

/** @param {number} pid */
function killOne(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/** @param {string} dir */
function processesOf(dir) {
  const text = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args=', '-ww'], { encoding: 'utf8' });
  /** @type {Set<number>} */
  const found = new Set();
  const rows = text.split('\n').flatMap((line) => {
    const [, pid, parent, state, args] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), args: args ?? '' }];
  });
  for (const { pid, args } of rows) if (pid !== process.pid && args.includes(dir)) found.add(pid);
  for (const { pid, parent } of rows) if (found.has(parent)) found.add(pid);
  return [...found];
}
