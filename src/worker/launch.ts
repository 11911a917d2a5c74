// Launch: starts the process of a worker with its pipes, and those of what stands around it.

import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { FILTER_FD, INFO_FD, type LaunchCommand } from './sandbox.ts';

const ENV = Object.freeze({ TZ: 'UTC' });

/** What bubblewrap tells of itself is far shorter. */
const INFO_CHARS_MAX = 1_000;

/**
 * No environment and no directory of ours; a group of its own, so that neither the operator's
 * Ctrl-C reaches it nor anything that it may have started survives its end. What has its own use
 * for the pipes beyond the third closes them before the worker's program begins.
 */
export function launch(
  { argv, tellsPid, filter }: LaunchCommand,
  env: Readonly<Record<string, string>> = ENV,
): ChildProcessWithoutNullStreams {
  const [program = '', ...args] = argv;
  const stdio: 'pipe'[] = ['pipe', 'pipe', 'pipe'];
  if (tellsPid || filter !== undefined) stdio[INFO_FD] = 'pipe';
  if (filter !== undefined) stdio[FILTER_FD] = 'pipe';
  const child = spawn(program, args, { cwd: '/', env, stdio, detached: true });
  if (filter !== undefined) {
    const pipe = child.stdio[FILTER_FD] as Writable;
    // Whoever dies before it has read the filter ends, which is told; it never runs without.
    pipe.on('error', () => undefined);
    pipe.end(filter);
  }
  return child as ChildProcessWithoutNullStreams;
}

/**
 * Reads what bubblewrap says on its pipe: the number of the process inside, as this one sees it.
 * Undefined until it has said so.
 */
export function readPid(child: ChildProcess): () => number | undefined {
  const pipe = child.stdio[INFO_FD] as Readable;
  let text = '';
  let pid: number | undefined;
  pipe.on('data', (chunk: Buffer) => {
    text = `${text}${chunk.toString('latin1')}`.slice(0, INFO_CHARS_MAX);
    const [, digits] = /"child-pid":\s*(\d+)/.exec(text) ?? [];
    pid ??= digits === undefined ? undefined : Number(digits);
  });
  pipe.on('error', () => undefined);
  return () => pid;
}
