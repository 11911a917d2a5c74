// Sandbox: what every level of the second wall has in common, and how it is put into a command.
//
// SES is the first wall; what is here holds also when it has fallen. Each level is one function
// that returns the whole command. Each program in it MUST replace itself by the next one (exec) or,
// as bubblewrap does, stand for it: end with it, and take it along when it is killed.

import { basename } from 'node:path';
import type { SandboxReport } from '../core/sandbox.ts';
import { codeRangeBytes } from './code-range.ts';
import type { WorkerSettings } from './settings.ts';
import { findProgram, SHELL } from './tools.ts';

/** A command, and what the process gets beside it. */
export interface LaunchCommand {
  readonly argv: readonly string[];
  /** Whether the worker is not the process itself but the child that it starts. */
  readonly hasChild: boolean;
  /** A filter of system calls, to be read from fd `FILTER_FD`. */
  readonly filter?: Uint8Array;
}

export const FILTER_FD = 3;

/** What a level makes its command of. */
export interface LaunchParts {
  /** The worker's program, one file. */
  readonly program: string;
  readonly settings: WorkerSettings;
  /** What Node runs instead of the program: arguments such as `-e TEXT`. */
  readonly instead?: readonly string[];
}

/** The second wall of this machine, tried. */
export interface Sandbox {
  readonly report: SandboxReport;
  makeCommand(settings: WorkerSettings): LaunchCommand;
}

/**
 * Node's arguments: bounded heap, no native add-ons. No more of V8's own: with one that its version
 * does not know (Node 24 and `--no-expose-wasm`) Node does not start.
 */
export function makeNodeFlags({ heapMib }: WorkerSettings): readonly string[] {
  return [`--max-old-space-size=${heapMib}`, '--no-addons'];
}

/** The beginning of a command: bounded memory, no file that grows, no core dump, few open files. */
export function makeLimits(
  { dataBytes }: WorkerSettings,
  limit = findProgram('prlimit') ?? SHELL,
): readonly string[] {
  const data = dataBytes + codeRangeBytes();
  if (basename(limit) === 'prlimit') {
    return [limit, `--data=${data}`, '--core=0', '--fsize=0', '--nofile=64', '--'];
  }
  const limits = `ulimit -d ${Math.floor(data / 1024)} && ulimit -c 0 && ulimit -f 0 && ulimit -n 64`;
  return [limit, '-c', `${limits} && exec "$@"`, 'limits'];
}
