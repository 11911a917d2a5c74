// Launch: starts the process of a worker with its pipes, and those of what stands around it.

import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { FILTER_FD, type LaunchCommand } from './sandbox.ts';

const ENV = Object.freeze({ TZ: 'UTC' });

/**
 * No environment and no directory of ours; a group of its own, so that neither the operator's
 * Ctrl-C reaches it nor anything that it may have started survives its end. What has its own use
 * for the pipe beyond the third closes it before the worker's program begins.
 */
export function launch(
  { argv, filter }: LaunchCommand,
  env: Readonly<Record<string, string>> = ENV,
): ChildProcessWithoutNullStreams {
  const [program = '', ...args] = argv;
  const stdio: 'pipe'[] = ['pipe', 'pipe', 'pipe'];
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
 * The number of the process that `child` has started, as this one sees it; undefined until there is
 * one, and where the system does not say. Bubblewrap is not asked for it (`--info-fd`): when nobody
 * reads any more what it tells, it dies of that, and leaves what it has begun to start for ever.
 */
export function childOf(child: ChildProcess): () => number | undefined {
  let found: number | undefined;
  return () => {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (found === undefined && child.pid !== undefined && !isOver) found = readChild(child.pid);
    return found;
  };
}

function readChild(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    return text === '' ? undefined : Number.parseInt(text, 10);
  } catch {
    return undefined; // Gone, or this system has no such file.
  }
}
