// Daemon: starts a node as a process of its own that outlives the command, and ends it.

import { spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { isQrtError, QrtError } from '../core/errors.ts';
import { LOCK_WAIT_MS, NODE_START_MS_MAX, NODE_STOP_MS_MAX } from '../core/limits.ts';
import { type BaseDir, openBaseDir } from './base-dir.ts';
import { connectNode, type RunningNode } from './control-client.ts';
import { MEMORY_ENV } from './environment.ts';
import { holdNode } from './hold.ts';
import { readLastLines } from './node-log.ts';
import type { ReadyNode } from './run.ts';
import { parseReport, REPORT_FD } from './startup-report.ts';

export interface StartInput {
  readonly dir: string;
  /** The program and arguments that serve a node and report on `REPORT_FD`. */
  readonly command: (dir: string) => readonly string[];
  readonly waitMs?: number;
  /** All of the database is read first, for which it gets time. */
  readonly isVerified?: boolean;
}

export interface StopInput {
  readonly dir: string;
  readonly waitMs?: number;
}

/** How fast a database is read at the least, in bytes a second. */
const VERIFY_BYTES_PER_S = 10 * 1_048_576;
const LAST_LINES = 5;
const STOP_MS = 2 * NODE_STOP_MS_MAX;

/** Starts a node in the background; it can be asked when this returns. */
export async function startNode(input: StartInput): Promise<ReadyNode> {
  const { dir, command, isVerified = false } = input;
  const base = openBaseDir(dir);
  const readMs = isVerified ? verifyMs(base) : 0;
  const waitMs = (input.waitMs ?? NODE_START_MS_MAX) + readMs;
  await assertNotRunning(base);
  process.umask(0o077);
  const ready = await spawnNode({ base, command, waitMs });
  const running = await connectNode(base);
  if (running?.hello.pid !== ready.pid) throw unstarted({ base, reason: 'it ended again' });
  running.close();
  return ready;
}

/** Ends a node and waits until it is gone; returns the process it was. Throws QRT_NODE_STOPPED. */
export async function stopNode(input: StopInput): Promise<number> {
  const { dir, waitMs = STOP_MS } = input;
  const base = openBaseDir(dir);
  const running = await findRunning(base);
  if (running === undefined) throw new QrtError('QRT_NODE_STOPPED', { dir });
  const { pid } = running.hello;
  try {
    await running.ask({ type: 'stop' });
    await Promise.race([running.gone, delay(waitMs, undefined, { ref: false })]);
  } catch (error) {
    // It may be gone before its reply arrives.
    if (!isQrtError(error, 'QRT_NODE_SILENT')) throw error;
  } finally {
    running.close();
  }
  await waitForEnd({ base, pid, waitMs });
  return pid;
}

function verifyMs({ database }: BaseDir): number {
  const sizes = [database, `${database}-wal`].map(
    (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
  );
  return (1_000 * sizes.reduce((sum, size) => sum + size)) / VERIFY_BYTES_PER_S;
}

async function assertNotRunning(base: BaseDir): Promise<void> {
  const running = await connectNode(base);
  if (running === undefined) return;
  running.close();
  throw new QrtError('QRT_NODE_RUNNING', { dir: base.dir, pid: running.hello.pid });
}

interface SpawnInput {
  readonly base: BaseDir;
  readonly command: StartInput['command'];
  readonly waitMs: number;
}

async function spawnNode({ base, command, waitMs }: SpawnInput): Promise<ReadyNode> {
  const [program, ...args] = command(base.dir);
  const log = openSync(base.log, 'a', 0o600);
  const child = spawn(program ?? process.execPath, args, {
    cwd: '/',
    detached: true,
    env: { ...MEMORY_ENV, ...process.env },
    stdio: ['ignore', log, log, 'pipe'],
  });
  closeSync(log);
  child.unref();
  const report = child.stdio[REPORT_FD] as Readable;
  let reason = 'it ended';
  const timer = setTimeout(() => {
    reason = `it took longer than ${waitMs / 1_000} s`;
    // A node that nobody waits for must not appear later.
    child.kill('SIGKILL');
    report.destroy();
  }, waitMs);
  try {
    const ready = parseReport(await readAll(report));
    if (ready === undefined) throw unstarted({ base, reason });
    return ready;
  } finally {
    clearTimeout(timer);
  }
}

async function readAll(stream: Readable): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  try {
    for await (const chunk of stream) text += chunk;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
  return text;
}

function unstarted({ base, reason }: { base: BaseDir; reason: string }): QrtError {
  const error = new QrtError('QRT_NODE_UNSTARTED', { dir: base.dir, reason });
  const lines = readLastLines({ base, lines: LAST_LINES });
  if (lines !== '') error.message += `\n${lines}`;
  return error;
}

/** The running node, also one that is just starting. */
async function findRunning(base: BaseDir): Promise<RunningNode | undefined> {
  const held = await holdNode(base);
  held.lock?.release();
  return held.running;
}

/** The lock is the last thing that a node lets go of. */
async function waitForEnd(input: { base: BaseDir; pid: number; waitMs: number }): Promise<void> {
  const { base, pid, waitMs } = input;
  try {
    const held = await holdNode(base, Math.min(waitMs, LOCK_WAIT_MS));
    held.lock?.release();
    held.running?.close();
    if (held.running?.hello.pid !== pid) return;
  } catch (error) {
    if (!isQrtError(error, 'QRT_NODE_LOCKED')) throw error;
  }
  const seconds = waitMs / 1_000;
  throw new QrtError('QRT_NODE_UNSTOPPED', { dir: base.dir, seconds, pid });
}
