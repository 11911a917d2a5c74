// CPU time: how much a worker has computed in its life, and how many threads it has, as the
// operating system counts them.
//
// It is read from outside: a worker's own word would be worth nothing.

import { readFileSync } from 'node:fs';

/** Linux shows times to processes in hundredths of a second, whatever its own clock does. */
const TICK_MS = 10;
/** Fields of /proc/PID/stat after the name in parentheses: user and system time of all threads. */
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;
const THREADS_FIELD = 17;

/** What a process has taken. */
export interface Usage {
  readonly cpuMs: number;
  readonly threads: number;
}

/** That of a process; undefined where the system does not say or it is gone. */
export function readUsage(pid: number): Usage | undefined {
  if (process.platform !== 'linux') return undefined;
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined; // Gone, or there is no /proc.
  }
  // A name may hold anything, also spaces and parentheses: only its last one counts.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD]);
  const threads = Number(fields[THREADS_FIELD]);
  return Number.isFinite(ticks + threads) ? { cpuMs: ticks * TICK_MS, threads } : undefined;
}
