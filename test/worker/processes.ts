// Processes of this machine, as a test sees them that counts what is left.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a process runs; one that has ended and waits to be noticed does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Milliseconds until a process has ended; throws when it has not in time. */
export async function msUntilGone(pid: number, msMax: number): Promise<number> {
  const beginMs = performance.now();
  while (isRunning(pid)) {
    if (performance.now() - beginMs > msMax) throw new Error(`process ${pid} still runs`);
    await sleep(5);
  }
  return performance.now() - beginMs;
}
