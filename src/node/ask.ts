// Ask: one request of the operator to a node, running or not.

import { setTimeout as delay } from 'node:timers/promises';
import { isQrtError, QrtError } from '../core/errors.ts';
import { CONTROL_REPLY_MS_MAX } from '../core/limits.ts';
import type { ControlRequest } from '../kernel/ports.ts';
import type { BaseDir } from './base-dir.ts';
import { connectNode, type RunningNode, takeValue } from './control-client.ts';
import type { Hello } from './control-frames.ts';
import { holdNode } from './hold.ts';

/** What a node replied, and whether it runs. */
export interface Asked<T> {
  readonly value: T;
  /** Who answered; absent when the node is stopped. */
  readonly hello?: Hello;
}

/**
 * Asks a node. Requests take effect once (they carry an id, or asking twice changes nothing), so
 * when a node ends in the middle of one it is asked again, from its disk.
 */
export async function askNode<T>(base: BaseDir, request: ControlRequest): Promise<Asked<T>> {
  try {
    return await askOnce<T>(base, request);
  } catch (error) {
    if (!isQrtError(error, 'QRT_NODE_SILENT') || isTimeOut(error)) throw error;
    return askOnce<T>(base, request);
  }
}

async function askOnce<T>(base: BaseDir, request: ControlRequest): Promise<Asked<T>> {
  const held = await holdNode(base);
  if (held.running !== undefined) {
    const { running } = held;
    const value = await askRunning<T>({ base, running, request, waitMs: CONTROL_REPLY_MS_MAX });
    return { value, hello: running.hello };
  }
  try {
    const { askStopped } = await import('./offline.ts');
    return { value: takeValue(await askStopped(base, request)) as T };
  } finally {
    held.lock.release();
  }
}

export interface WaitingAsk {
  readonly base: BaseDir;
  readonly request: ControlRequest;
  readonly waitMs: number;
}

/** Asks a node that must be running. Throws QRT_NODE_STOPPED before anything, QRT_WAIT_EXPIRED. */
export async function askAndWait<T>({ base, request, waitMs }: WaitingAsk): Promise<Asked<T>> {
  const held = await holdNode(base);
  if (held.running === undefined) {
    held.lock.release();
    throw new QrtError('QRT_NODE_STOPPED', { dir: base.dir });
  }
  const { running } = held;
  try {
    return { value: await askRunning<T>({ base, running, request, waitMs }), hello: running.hello };
  } catch (error) {
    throw isTimeOut(error) ? new QrtError('QRT_WAIT_EXPIRED', {}, error) : error;
  }
}

/**
 * Asks a running node for what may take long. `late`: it has not replied in time; `gone`: it does
 * not run, ended meanwhile, or had to begin anew as its disk was full.
 */
export async function tryRunning<T>(
  input: WaitingAsk,
): Promise<{ readonly value: T } | 'late' | 'gone'> {
  try {
    const running = await connectNode(input.base);
    return running === undefined ? 'gone' : { value: await askRunning<T>({ ...input, running }) };
  } catch (error) {
    if (isQrtError(error, 'QRT_DISK_FULL')) return 'gone';
    if (!isQrtError(error, 'QRT_NODE_SILENT')) throw error;
    return isTimeOut(error) ? 'late' : 'gone';
  }
}

const NO_REPLY = 'no reply in time';

const isTimeOut = (error: unknown): boolean =>
  isQrtError(error, 'QRT_NODE_SILENT') && error.details['reason'] === NO_REPLY;

async function askRunning<T>(input: WaitingAsk & { readonly running: RunningNode }): Promise<T> {
  const { base, running, request, waitMs } = input;
  const abort = new AbortController();
  try {
    const late = delay(waitMs, undefined, { signal: abort.signal }).then(() => {
      throw new QrtError('QRT_NODE_SILENT', { dir: base.dir, reason: NO_REPLY });
    });
    return (await Promise.race([running.ask(request), late])) as T;
  } finally {
    abort.abort();
    running.close();
  }
}
