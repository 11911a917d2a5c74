// Nodes for measuring: real `qrt` commands in a temporary directory, and the end of all of them.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const QRT = fileURLToPath(new URL('../../bin/qrt', import.meta.url));

/** A directory for nodes. */
export interface Place {
  path(...names: readonly string[]): string;
  /** Runs `qrt`, which must succeed; its standard output. */
  qrt(...args: readonly string[]): string;
  /** Installs a code text and returns its QRID. */
  install(node: string, code: string, options?: readonly string[]): string;
  /** Starts a node as `qrt start` does, with these variables added, and returns its process id. */
  start(node: string, env?: Readonly<Record<string, string>>): number;
  /** Ends everything that was started here. */
  end(): Promise<void>;
}

/** A new place in the system's temporary directory. */
export function makePlace(): Place {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'qrt-bench-')));
  const pids = new Set<number>();
  let codes = 0;
  const place: Place = {
    path: (...names) => join(dir, ...names),
    qrt: (...args) => runQrt(dir, args),
    install(node, code, options = []) {
      codes += 1;
      const path = join(dir, `code-${codes}.js`);
      writeFileSync(path, code);
      return place.qrt('install', node, path, ...options).trim();
    },
    start(node, env = {}) {
      const { pid } = JSON.parse(runQrt(dir, ['start', node, '--json'], env)) as { pid: number };
      pids.add(pid);
      return pid;
    },
    async end() {
      for (const pid of pids) await endProcess(pid, 'SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return Object.freeze(place);
}

function runQrt(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  return execFileSync(process.execPath, [QRT, ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Sends a signal and waits for the end; nothing happens when the process has ended. */
export async function endProcess(pid: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await until(() => !isRunning(pid), 5);
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** A process and all that it started, as the system counts them. */
export interface ProcessUse {
  readonly processes: number;
  readonly residentMb: number;
  /** User and system time of all of them so far, in milliseconds. */
  readonly cpuMs: number;
}

/** Reads /proc; Linux only. */
export function readUse(pid: number): ProcessUse {
  const pids = familyOf(pid);
  let residentMb = 0;
  let cpuMs = 0;
  for (const member of pids) {
    const status = readFileSync(`/proc/${member}/status`, 'utf8');
    residentMb += Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
    const stat = readFileSync(`/proc/${member}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cpuMs += ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
  }
  return { processes: pids.length, residentMb, cpuMs };
}

/** USER_HZ, which Linux reports in whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/** A process and all that descend from it. */
export function familyOf(pid: number): readonly number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  const children = readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(familyOf)];
}

/** Waits until `check` is true, asking every `everyMs`. */
export async function until(check: () => boolean, everyMs: number): Promise<void> {
  const endMs = performance.now() + WAIT_MS_MAX;
  while (!check()) {
    if (performance.now() > endMs) throw new Error('the bench waited too long');
    await delay(everyMs);
  }
}

const WAIT_MS_MAX = 120_000;
