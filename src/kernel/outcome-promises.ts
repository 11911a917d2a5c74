// Outcome promises: checks what a worker reports of promises, and makes it so.

import { QrtError } from '../core/errors.ts';
import type { Outcome, Readings } from '../core/frames.ts';
import { isPromiseId, type LocalId } from '../core/ids.ts';
import type { Capdata } from '../core/power.ts';
import { settlementOf } from './combine.ts';
import { pack, unpack } from './compose.ts';
import { FAILURE_BYTES_MAX } from './failures.ts';
import { NO_DATA } from './promise-ends.ts';
import type { Promises } from './promises.ts';
import type { InboxRow } from './store-port.ts';

type DoneOutcome = Extract<Outcome, { status: 'done' }>;

const broken = (reason: string): QrtError => new QrtError('QRT_WORKER_BROKEN', { reason });

/** Throws QRT_WORKER_BROKEN unless what is asked of promises can be done. */
export function checkPromises(
  message: InboxRow,
  outcome: DoneOutcome,
  known: {
    readonly isKnown: (id: LocalId) => boolean;
    readonly isObject: (id: LocalId) => boolean;
  },
): void {
  const check = (id: LocalId | undefined): void => {
    if (id !== undefined && !known.isKnown(id)) throw broken(`${id} does not exist`);
  };
  const checkData = (data: Capdata<LocalId> | undefined): void => data?.slots.forEach(check);
  for (const { parts, kind } of outcome.promises) {
    checkData(parts);
    if (!Array.isArray(read(parts))) throw broken('parts that are no list');
    if (kind === 'resolver' && parts.body !== '[]') throw broken('parts of a resolver');
  }
  for (const { promise, fulfilled, rejected, context, sender } of outcome.whens) {
    for (const id of [promise, fulfilled, rejected]) check(id);
    if (!known.isObject(sender)) throw broken(`${sender} does not exist`);
    checkData(context);
    if (context !== undefined) checkContext(context);
  }
  checkData(outcome.answer);
  if (outcome.answer !== undefined) read(outcome.answer);
  if ((outcome.answer === undefined) !== (message.answer === undefined)) {
    throw broken('an answer that nobody asked for, or none');
  }
}

function read(data: Capdata<LocalId>): unknown {
  try {
    return unpack(data);
  } catch (error) {
    throw new QrtError('QRT_WORKER_BROKEN', { reason: 'data that cannot be read' }, error);
  }
}

/** MUST fit when it is written again, beside an error: else its continuation could never be told. */
function checkContext(context: Capdata<LocalId>): void {
  const value = read(context);
  if (!isContext(value)) throw broken('a context that is none');
  const error = 'x'.repeat(FAILURE_BYTES_MAX);
  const args = settlementOf(() => pack({ error, ...(value as object) }, 'context'));
  if (args.state === 'rejected') throw broken('a context');
}

const isContext = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).join() === 'context';

/** Ids of the promises that the turn made, with the object that made each. */
export function* madePromises(outcome: DoneOutcome): Iterable<readonly [LocalId, LocalId]> {
  for (const { id, maker } of outcome.promises) yield [id, maker];
  for (const { answer, sender } of outcome.sends) if (answer !== undefined) yield [answer, sender];
  for (const { answer, sender } of outcome.whens) yield [answer, sender];
}

interface Given {
  readonly message: InboxRow;
  readonly outcome: DoneOutcome;
  readonly readings: Readings;
  readonly share: string;
}

/** Makes the promises of the turn, sends what it sends, and gives its answer. */
export function applyPromises(
  promises: Promises,
  { message, outcome, readings, share }: Given,
): void {
  const { trace, owner } = message;
  const seen = mentioned(outcome);
  // An answer that nobody can ever see is not asked for.
  const isSeen = (id: LocalId | undefined): id is LocalId => id !== undefined && seen.has(id);
  const timeAfter = (ms: number | undefined): number | undefined =>
    ms === undefined ? undefined : readings.timeMs + ms;
  // All of one turn are of one age, so that lists show them in their order.
  const { timeMs: madeMs } = readings;
  const expect = (id: LocalId | undefined, afterMs?: number): void => {
    if (!isSeen(id)) return;
    const open = { id, owner, kind: 'answer', data: NO_DATA, madeMs } as const;
    promises.make({ ...open, deadlineMs: timeAfter(afterMs) });
  };
  // All answers first: other promises are made of them.
  for (const { answer, deadlineMs } of outcome.sends) expect(answer, deadlineMs);
  for (const { answer } of outcome.whens) expect(answer);
  for (const { id, kind, parts: data, deadlineMs } of outcome.promises) {
    promises.make({ id, owner, kind, data, madeMs, deadlineMs: timeAfter(deadlineMs) });
  }
  for (const { target, args, answer } of outcome.sends) {
    const wanted = isSeen(answer) ? { answer } : {};
    promises.send({ target, args, share, trace, payer: owner, ...wanted });
  }
  for (const { answer, promise, fulfilled, rejected, context } of outcome.whens) {
    const rest = { promise, fulfilled, rejected, context, owner, share, trace };
    promises.when({ ...rest, answer: isSeen(answer) ? answer : undefined });
  }
  if (outcome.answer !== undefined) promises.fulfil(message.answer, outcome.answer);
}

/** All promises that somebody may come to see by this outcome. */
function mentioned(outcome: DoneOutcome): ReadonlySet<LocalId> {
  const seen = new Set<LocalId>();
  const note = (ids: readonly (LocalId | undefined)[] | undefined): void => {
    for (const id of ids ?? []) if (id !== undefined && isPromiseId(id)) seen.add(id);
  };
  for (const { value } of outcome.memory) note(value.slots);
  for (const { power } of outcome.objects) note(power.data.slots);
  for (const { parts } of outcome.promises) note(parts.slots);
  for (const { target, args } of outcome.sends) note([target, ...args.slots]);
  for (const { promise, fulfilled, rejected, context } of outcome.whens) {
    note([promise, fulfilled, rejected, ...(context?.slots ?? [])]);
  }
  note(outcome.answer?.slots);
  return seen;
}
