// Tools: the programs of this machine that can put limits on a process before it starts.
//
// Each is tried once by running it: a program of that name may be another one, as busybox has it.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** A program with the arguments that come before the command it runs. */
type Wrapper = readonly string[];

/** What was found; absent when the machine has none that works. */
export interface Tools {
  /** Sends SIGKILL to what it runs when the process that started it ends. */
  readonly endWithParent?: Wrapper;
  /** Path of a `prlimit` that works, or of the shell. */
  readonly limit?: string;
}

/** Nearly every system has it, and some have no `prlimit`; it sets limits by itself. */
export const SHELL = '/bin/sh';

let found: Tools | undefined;

/** The tools of this machine, tried at the first call. */
export function findTools(): Tools {
  found ??= Object.freeze({ ...findEndWithParent(), ...findLimit() });
  return found;
}

/**
 * Whether the death signal outlives the start of another Node. Linux drops it when the program has
 * capabilities of its own (`setcap`, for a port below 1024), which then show in this process too.
 */
export function keepsDeathSignal({ uid, status }: { uid: number; status: string }): boolean {
  return uid === 0 || /^CapPrm:\s*0+$/m.test(status);
}

function findEndWithParent(): Tools {
  const path = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  if (path === undefined || !keepsDeathSignal(readOwnStatus())) return {};
  const endWithParent = [path, '--pdeathsig', 'KILL', '--'];
  return canRun(endWithParent) ? { endWithParent } : {};
}

function readOwnStatus(): { uid: number; status: string } {
  const uid = process.geteuid?.() ?? -1;
  try {
    return { uid, status: readFileSync('/proc/self/status', 'latin1') };
  } catch {
    return { uid, status: '' }; // Without /proc nothing is known, so the watchdog is taken.
  }
}

function findLimit(): Tools {
  const limit = process.platform === 'linux' ? findProgram('prlimit') : undefined;
  if (limit !== undefined && canRun([limit, '--core=0', '--nofile=64', '--'])) return { limit };
  const viaShell = [SHELL, '-c', 'ulimit -c 0 && ulimit -n 64 && exec "$@"', 'limits'];
  return canRun(viaShell) ? { limit: SHELL } : {};
}

/** The path of a program: the children of a node have no PATH, so it is found here. */
export function findProgram(name: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  return [...directories, '/usr/bin', '/bin']
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** Whether a file can be run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canRun([command = '', ...args]: Wrapper): boolean {
  const tried = spawnSync(command, [...args, process.execPath, '--version'], {
    env: {},
    timeout: TRY_MS_MAX,
    encoding: 'latin1',
  });
  return tried.status === 0 && tried.stdout.trim() === process.version;
}

const TRY_MS_MAX = 5_000;
