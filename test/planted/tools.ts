// Tools: runs programs in a tree, several at a time, and leaves none behind when it is stopped.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

interface Ended {
  readonly status: number | null;
  /** What it printed, to both of its outputs. */
  readonly output: string;
}

/** The longest of them takes about two minutes. */
const TOOL_MS_MAX = 600_000;

const running = new Set<ChildProcess>();

/** Runs a script of node_modules to its end, or ends it after TOOL_MS_MAX and says so. */
export function runTool(
  directory: string,
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(directory, 'node_modules', script), ...args], {
      cwd: directory,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, which can be ended with all that it has started.
      detached: true,
    });
    running.add(child);
    const said: Buffer[] = [];
    const limit = setTimeout(() => {
      said.push(Buffer.from(`\n${script} was ended after ${TOOL_MS_MAX / 60_000} minutes\n`));
      end(child);
    }, TOOL_MS_MAX);
    child.stdout.on('data', (bytes: Buffer) => said.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => said.push(bytes));
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(limit);
      running.delete(child);
      resolve({ status, output: Buffer.concat(said).toString() });
    });
  });
}

/** Ends all that still runs, with what it has started. */
export function endTools(): void {
  for (const child of running) end(child);
}

function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself a moment ago.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
