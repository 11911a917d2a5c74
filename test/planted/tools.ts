// Tools: runs programs in a tree, several at a time, and leaves none behind when it is stopped.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

interface Ended {
  readonly status: number | null;
  /** What it printed, to both of its outputs. */
  readonly output: string;
}

const running = new Set<ChildProcess>();

/** Runs a script of node_modules to its end. */
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
    child.stdout.on('data', (bytes: Buffer) => said.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => said.push(bytes));
    child.on('error', reject);
    child.on('close', (status) => {
      running.delete(child);
      resolve({ status, output: Buffer.concat(said).toString() });
    });
  });
}

/** Ends all that still runs, with what it has started. */
export function endTools(): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch (error) {
      // It ended by itself a moment ago.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
