// Result: what became of the answer that a `send` asked for.
//
// A node that goes away meanwhile is waited for: the answer comes to its row on disk, whoever waits.

import { setTimeout as delay } from 'node:timers/promises';
import { isQrtError, QrtError } from '../core/errors.ts';
import { showData } from '../core/shown-data.ts';
import type { ResultReply } from '../kernel/answer-ports.ts';
import type { SendReply } from '../kernel/ports.ts';
import { askNode, tryRunning } from './ask.ts';
import { type BaseDir, openBaseDir } from './base-dir.ts';
import { systemClock } from './clock.ts';
import { holdNode } from './hold.ts';
import { parseRequestId } from './request-id.ts';
import { makeSendRequest, type SendInput } from './send.ts';

/** An answer as JSON for people. */
export type Answer = { readonly value: unknown } | { readonly error: Rejection };

/** Why there is no value. */
export interface Rejection {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

interface Waiting {
  /** How long to wait for the answer. */
  readonly waitMs: number;
  /** Told of the id by which the answer can be asked after, before it is waited for. */
  readonly onId?: (id: string) => void;
  /** Told when the node goes away, which is waited for. */
  readonly onGone?: () => void;
}

/** A pause before a node that went away is looked for again. */
const AGAIN_MS = 100;

/**
 * Sends a message and waits for its answer. Throws QRT_NODE_STOPPED before anything,
 * QRT_ANSWER_LATE.
 */
export async function sendForAnswer(input: Omit<SendInput, 'waitMs'> & Waiting): Promise<Answer> {
  const endMs = systemClock.monotonicMs() + input.waitMs;
  const base = openBaseDir(input.dir);
  const request = { ...makeSendRequest(input), answer: true } as const;
  const held = await holdNode(base);
  if (held.running === undefined) {
    held.lock.release();
    throw new QrtError('QRT_NODE_STOPPED', { dir: base.dir });
  }
  held.running.close();
  const { id } = request;
  input.onId?.(id);
  try {
    await askNode<SendReply>(base, request);
  } catch (error) {
    // It may have been sent: whoever asks by its id finds out.
    if (isQrtError(error, 'QRT_NODE_SILENT')) throw lateError(base, id, error);
    throw error;
  }
  return waitForAnswer({ ...input, base, id, endMs });
}

export interface ResultInput extends Waiting {
  readonly dir: string;
  readonly id: string;
}

/**
 * The answer to what was sent before. Throws QRT_ANSWER_LATE; of a stopped node, which no answer
 * comes to, QRT_NODE_STOPPED.
 */
export async function readAnswer(input: ResultInput): Promise<Answer> {
  const endMs = systemClock.monotonicMs() + input.waitMs;
  const base = openBaseDir(input.dir);
  const id = parseRequestId(input.id);
  const { value: reply, hello } = await askNode<ResultReply>(base, { type: 'result', id });
  if (reply.state !== 'pending') return toAnswer(reply);
  if (hello === undefined) throw new QrtError('QRT_NODE_STOPPED', { dir: base.dir });
  input.onId?.(id);
  return waitForAnswer({ ...input, base, id, endMs });
}

interface WaitInput extends Waiting {
  readonly base: BaseDir;
  readonly id: string;
  readonly endMs: number;
}

async function waitForAnswer({ base, id, endMs, onGone }: WaitInput): Promise<Answer> {
  const request = { type: 'result', id, wait: true } as const;
  for (;;) {
    const leftMs = endMs - systemClock.monotonicMs();
    if (leftMs <= 0) throw lateError(base, id);
    const said = await tryRunning<ResultReply>({ base, request, waitMs: leftMs });
    if (said === 'late') throw lateError(base, id);
    if (said !== 'gone') return toAnswer(said.value);
    onGone?.();
    await delay(AGAIN_MS);
  }
}

const lateError = ({ dir }: BaseDir, id: string, cause?: unknown): QrtError =>
  new QrtError('QRT_ANSWER_LATE', { dir, id }, cause);

function toAnswer(reply: ResultReply): Answer {
  if (reply.state === 'pending') {
    throw new QrtError('QRT_INVARIANT_BROKEN', { reason: 'an answer that is none' });
  }
  const shown = showData(reply.data);
  return reply.state === 'fulfilled' ? { value: shown } : { error: shown as Rejection };
}
