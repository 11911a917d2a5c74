// Test answers: what became of messages that a test sent, as the vat's operator is told it.

import { QrtError } from '../core/errors.ts';
import { DEADLINE_MS_MAX } from '../core/limits.ts';
import type { ResultReply } from '../kernel/answer-ports.ts';
import { Rejection } from '../node/rejection.ts';
import type { Machine } from './machine.ts';
import type { ReferenceBook } from './reference-book.ts';
import { fromCapdata } from './test-data.ts';
import type { AnswerEnd, SendOptions, TestAnswer } from './test-vat.ts';

interface Tools {
  readonly machine: Pick<Machine, 'ask'>;
  readonly book: ReferenceBook;
}

/** What the test can ask about the answer of a request. */
export function makeTestAnswer(tools: Tools, id: string): TestAnswer {
  return Object.freeze({ end: () => readEnd(tools, id) });
}

/** The value of an answer that has come. Throws Rejection, or QRT_TESTVAT_PENDING. */
export function takeValue(end: AnswerEnd | undefined): unknown {
  if (end === undefined) throw new QrtError('QRT_TESTVAT_PENDING', {});
  if ('error' in end) throw new Rejection(end.error);
  return end.value;
}

async function readEnd({ machine, book }: Tools, id: string): Promise<AnswerEnd | undefined> {
  const reply = await machine.ask<ResultReply>({ type: 'result', id });
  if (reply.state === 'pending') return undefined;
  const data = fromCapdata(book, reply.data as Parameters<typeof fromCapdata>[1]);
  // The kernel writes no other rejection.
  return reply.state === 'fulfilled' ? { value: data } : { error: data as never };
}

/** Throws QRT_ARGUMENT_INVALID. */
export function readSendOptions(options: SendOptions = {}): { readonly deadlineMs?: number } {
  const { deadlineMs, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalid('options', `has no ${JSON.stringify(unknown)}`);
  return deadlineMs === undefined ? {} : { deadlineMs: readMs('deadlineMs', deadlineMs) };
}

/** A time to wait. Throws QRT_ARGUMENT_INVALID. */
export function readMs(what: string, ms: number): number {
  if (Number.isSafeInteger(ms) && ms >= 0 && ms <= DEADLINE_MS_MAX) return ms;
  throw invalid(what, `${String(ms)} is no whole number of milliseconds up to ${DEADLINE_MS_MAX}`);
}

const invalid = (what: string, reason: string): QrtError =>
  new QrtError('QRT_ARGUMENT_INVALID', { what, reason });
