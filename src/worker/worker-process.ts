// Worker process: one child process that runs turns, and the pipes to it.
//
// What comes out of it is cut into frames and believed by no one here. It ends by being killed, or
// by itself when its standard input ends, which happens when this process is gone.

import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { isQrtError } from '../core/errors.ts';
import { encodeFrame, type KernelFrame, makeFrameSplitter } from '../core/frames.ts';
import { WORKER_PIPE_MS_MAX, WORKER_THREADS_MAX } from '../core/limits.ts';
import type { WorkerEnd } from '../kernel/ports.ts';
import { readUsage } from './cpu-time.ts';
import { makeLastWords, WORDS_BYTES_MAX } from './last-words.ts';
import { childOf, launch } from './launch.ts';
import type { LaunchCommand } from './sandbox.ts';

/** Frames that are collected at most before they are written. */
const FRAMES_AT_ONCE = 8;

/** Whether a living worker holds the process that started it, or ends with it. */
export type WorkerLifetime = 'holds' | 'follows';

/** What a worker process tells. `onEnd` comes exactly once, after all payloads. */
export interface WorkerListener {
  readonly onPayload: (payload: Uint8Array) => void;
  readonly onEnd: (end: WorkerEnd) => void;
}

/** How a worker process is started, and whom it tells. */
export interface WorkerProcessOptions extends WorkerListener {
  readonly command: LaunchCommand;
  readonly lifetime: WorkerLifetime;
  /** A line for the operator about an end that nobody asked for. */
  readonly onNote: (text: string) => void;
}

/** One worker, from its start to its end. */
export interface WorkerProcess {
  /** Of the worker itself, or of what stands around it until that has started it. */
  readonly pid: number | undefined;
  /** Frames for a worker that was killed or is gone are dropped. */
  send(frame: KernelFrame): void;
  /** Ends it at once; no further payload of it is told. */
  kill(): void;
  /** Looks at its threads too, and ends it when they are more than a worker has. */
  cpuMs(): number | undefined;
}

/** Starts a process. That it cannot be started is told as its end. */
export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { onPayload, onEnd, onNote } = options;
  const words = makeLastWords();
  const input = makeHeldInput();
  let isKilled = false;
  let isEnded = false;
  let child: ChildProcessWithoutNullStreams;

  const end = (how: WorkerEnd): void => {
    if (isEnded) return;
    isEnded = true;
    input.drop();
    onEnd(how);
  };
  try {
    child = launch(options.command);
  } catch (error) {
    setImmediate(() => {
      onNote(`the worker process cannot be started: ${codeOf(error)}`);
      end('unknown');
    });
    return Object.freeze({ pid: undefined, send() {}, kill() {}, cpuMs: () => undefined });
  }

  const inner = options.command.hasChild ? childOf(child) : () => child.pid;
  if (options.lifetime === 'follows') release(child);
  const stop = (): void => {
    isKilled = true;
    input.drop();
    killGroup(child);
  };
  /** Ends a worker that broke the rules; unlike `kill` it is not told as wanted. */
  const stopBroken = (why: string): void => {
    if (isKilled || isEnded) return;
    onNote(`a worker was ended: ${why}`);
    input.drop();
    killGroup(child);
  };
  readPayloads(child, {
    onPayload: (payload) => {
      input.open(child.stdin);
      onPayload(payload);
    },
    isWanted: () => !isKilled && !isEnded,
    onBroken: stopBroken,
  });
  child.stderr.on('data', (chunk: Buffer) => {
    words.push(chunk);
    if (words.bytes() > WORDS_BYTES_MAX) stopBroken('its standard error has no end');
  });
  // The write side fails when the process is dying: its exit says more than the error does.
  child.stdin.on('error', () => stopBroken('it does not read its input'));
  child.on('error', (error) => {
    if (child.pid !== undefined) return;
    onNote(`the worker process cannot be started: ${codeOf(error)}`);
    end('unknown');
  });
  child.on('exit', () => closePipesSoon(child));
  child.on('close', (code, signal) => {
    const judged = words.judge({ code, signal });
    const how = judged === 'unknown' && isKilled ? 'killed' : judged;
    if (how !== 'killed' && !isEnded)
      onNote(`a worker ended by ${signal ?? code}: ${words.text()}`);
    end(how);
  });

  return Object.freeze<WorkerProcess>({
    get pid() {
      return isEnded ? undefined : (inner() ?? child.pid);
    },
    send(frame) {
      if (isKilled || isEnded) return;
      // What an honest worker asks for it reads before it asks again.
      if (isReply(frame) && !input.isRead())
        return stopBroken('it does not read what it asked for');
      input.write(encodeFrame(frame), isReply(frame));
    },
    kill() {
      if (!isKilled && !isEnded) stop();
    },
    cpuMs() {
      const pid = isEnded ? undefined : inner();
      const usage = pid === undefined ? undefined : readUsage(pid);
      if (usage && usage.threads > WORKER_THREADS_MAX) stopBroken('it starts threads without end');
      return usage?.cpuMs;
    },
  });
}

/** From now on neither the child nor its pipes keep this process from ending. */
function release(child: ChildProcess): void {
  child.unref();
  // Pipes of a child are sockets, whatever their type says.
  for (const pipe of child.stdio) (pipe as Socket | null | undefined)?.unref();
}

/**
 * Input that waits for the first frame of the worker: until then its guard against outliving this
 * process may not stand, and what it has not been given it cannot run. Afterwards the frames of
 * one moment leave in one system call: each costs as much as several turns.
 */
function makeHeldInput() {
  let held: Buffer[] = [];
  let pipe: Writable | undefined;
  let isDropped = false;
  let isFlushing = false;
  let heldBytes = 0;
  /** Bytes that were written, and how many of them when the last reply to an ask was. */
  let written = 0;
  let repliedAt = 0;

  const flush = (): void => {
    isFlushing = false;
    if (pipe === undefined || held.length === 0) return;
    pipe.write(held.length === 1 ? held[0] : Buffer.concat(held));
    held = [];
    heldBytes = 0;
  };

  return Object.freeze({
    /** Whether the pipe has taken the last reply: what a worker has read, it has taken. */
    isRead: (): boolean => written - heldBytes - (pipe?.writableLength ?? 0) >= repliedAt,
    write(bytes: Buffer, isAnswer: boolean): void {
      if (isDropped) return;
      held.push(bytes);
      heldBytes += bytes.length;
      written += bytes.length;
      if (isAnswer) repliedAt = written;
      if (pipe === undefined) return;
      // Enough to keep it busy: it works while this process takes in outcomes and commits.
      if (held.length >= FRAMES_AT_ONCE) flush();
      if (isFlushing || held.length === 0) return;
      isFlushing = true;
      process.nextTick(flush);
    },
    open(stdin: Writable): void {
      if (pipe !== undefined || isDropped) return;
      pipe = stdin;
      flush();
    },
    drop(): void {
      isDropped = true;
      held = [];
      pipe = undefined;
    },
  });
}

function isReply({ type }: KernelFrame): boolean {
  return type === 'object' || type === 'memory' || type === 'code';
}

interface PayloadReader {
  readonly onPayload: (payload: Uint8Array) => void;
  /** Asked before each payload: the one before may have been a reason to kill. */
  readonly isWanted: () => boolean;
  readonly onBroken: (why: string) => void;
}

function readPayloads(
  { stdout }: ChildProcessWithoutNullStreams,
  { onPayload, isWanted, onBroken }: PayloadReader,
): void {
  const splitter = makeFrameSplitter();
  let isBroken = false;
  stdout.on('data', (chunk: Buffer) => {
    if (isBroken || !isWanted()) return;
    for (const payload of split(chunk)) {
      if (!isWanted()) return;
      onPayload(payload);
    }
  });

  const split = (chunk: Buffer): readonly Uint8Array[] => {
    try {
      return splitter.push(chunk);
    } catch (error) {
      if (!isQrtError(error, 'QRT_WORKER_BROKEN')) throw error;
      isBroken = true;
      onBroken(String(error.details['reason']));
      return [];
    }
  };
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  // Once it has ended its number may be another's.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // No group of that number: it is ending already.
  }
}

/** What a broken worker may have started can hold the pipes open; its end is told all the same. */
function closePipesSoon({ stdio }: ChildProcess): void {
  const timer = setTimeout(() => {
    for (const pipe of stdio) pipe?.destroy();
  }, WORKER_PIPE_MS_MAX);
  timer.unref();
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown cause';
}
