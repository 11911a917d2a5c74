// Promise mail: what is sent to promises and resolvers, and what promises send when they are settled.

import { isQrtError } from '../core/errors.ts';
import { isImportId, isPromiseId, isResolverId, type LocalId, promiseOf } from '../core/ids.ts';
import { HOPS_MAX } from '../core/limits.ts';
import { type Capdata, capdataBytes } from '../core/power.ts';
import type { QueueUsage } from '../core/shares.ts';
import {
  aliasOf,
  endOf,
  rejection,
  rejectionOf,
  type Settlement,
  settlementOf,
} from './combine.ts';
import { pack, Slot, singleReference, unpack } from './compose.ts';
import { failureText, readFailure } from './failures.ts';
import type { Link } from './links.ts';
import type { LogBook } from './log-book.ts';
import type { Messages, NewMessage } from './messages.ts';
import {
  addPending,
  fulfil,
  NO_DATA,
  openPromise,
  type PromiseBook,
  settle,
  settleOpen,
} from './promise-ends.ts';
import type { PendingRow, PromiseRow } from './promise-store-port.ts';

/** What shall be sent when a promise is settled. */
export interface Continuation {
  readonly promise: LocalId;
  /** Who is told a value; without one it goes on to `answer`, as an error does without `rejected`. */
  readonly fulfilled: LocalId | undefined;
  readonly rejected: LocalId | undefined;
  /** A record with `context` alone. */
  readonly context: Capdata<LocalId> | undefined;
  /** The promise of what the continuation answers. */
  readonly answer: LocalId | undefined;
  readonly owner: number;
  readonly share: string;
  readonly trace: string;
}

export interface PromiseMail extends PromiseBook {
  readonly inboxUsage: QueueUsage;
  readonly outboxUsage: QueueUsage;
  readonly messages: Messages;
  readonly log: LogBook;
}

/** Of a continuation that was given no context. */
const NO_CONTEXT: Capdata<LocalId> = Object.freeze({ body: '', slots: [] });

/** Sends to an object, to what a promise becomes, or to a resolver. */
export function send(mail: PromiseMail, message: NewMessage): void {
  const { target } = message;
  if (isResolverId(target)) return resolve(mail, message);
  if (!isPromiseId(target)) return sendOn(mail, message);
  const row = mail.rows.get(target);
  if (!row) return fail(mail, message, rejection('QRT_NO_OBJECT'));
  // Also for a settled one, as long as others wait: they came before.
  const way = hasMessages(mail, row) ? undefined : wayOf(mail, row);
  if (way && hasRoomFor(mail, way, message)) return sendTo(mail, way, message);
  const { args: data, share, trace, answer, payer: owner = 0, hops = 0 } = message;
  const rest = {
    fulfilled: undefined,
    rejected: undefined,
    owner,
    share,
    trace,
    answer,
    data,
    hops,
  };
  addPending(mail, row, { promise: target, kind: 'message', ...rest });
}

/** Whether messages wait for a promise that came before. */
function hasMessages({ rows }: PromiseMail, row: PromiseRow): boolean {
  if (row.state !== 'pending') return rows.hasPending(row.id);
  return row.decider !== undefined && rows.hasMessages(row.id);
}

/**
 * What a message to a promise goes to, if that is known: what it became, or the promise itself by way
 * of the peer that decides it. Also when it is settled, so that none overtakes those before it.
 */
export function wayOf({ rows }: PromiseBook, row: PromiseRow): Settlement | LocalId | undefined {
  const end = endOf(rows, row);
  if (!row.decider) return end;
  return end && (end.state === 'rejected' || singleReference(end.data) === undefined)
    ? end
    : row.id;
}

/** Sends to an object, or by way of a peer. */
function sendOn(mail: PromiseMail, message: NewMessage): void {
  const isTooFar = (message.hops ?? 0) > HOPS_MAX && isFar(mail, message.target);
  if (isTooFar) return fail(mail, message, rejection('QRT_TOO_FAR'));
  const { answer: wanted, ...rest } = message;
  // It may be forgotten by now, as nobody can observe it: then nobody would give up the peer's, either.
  const answer = wanted !== undefined && mail.rows.get(wanted) ? wanted : undefined;
  const sent = mail.messages.send(answer === undefined ? rest : { ...rest, answer });
  if (sent.to === 'nobody') settleOpen(mail, answer, rejection(sent.code));
  if (sent.to === 'outbox' && answer !== undefined) decide(mail, answer, sent);
}

/** A promise is the answer to an item that was sent to a peer. */
export function decide(
  mail: PromiseBook,
  id: LocalId,
  { link, number }: { readonly link: Link; readonly number: number },
): void {
  const row = mail.rows.get(id);
  if (!row) return;
  const decider = { link: link.row.id, kind: 'item', number, received: 1 } as const;
  mail.rows.decide(row, { ...decider, last: number });
  // Messages for it can go on now.
  if (mail.rows.hasPending(id)) mail.due.add(id);
}

/** Sends to what a promise became, or by way of the peer that decides it. */
function sendTo(mail: PromiseMail, way: Settlement | LocalId, message: NewMessage): void {
  if (typeof way === 'string') return sendOn(mail, { ...message, target: way });
  if (way.state === 'rejected') return fail(mail, message, way);
  const target = singleReference(way.data);
  if (target === undefined) return fail(mail, message, rejection('QRT_PROMISE_DATA'));
  send(mail, { ...message, target });
}

/** A message comes to nothing: its answer says so, or else the log. */
function fail(mail: PromiseMail, message: NewMessage, { data }: Settlement): void {
  const { answer, payer: owner = 0, target: source, trace } = message;
  if (settleOpen(mail, answer, { state: 'rejected', data })) return;
  mail.log.write({
    owner,
    level: 'failure',
    source,
    text: `${failureText(data)} (trace ${trace})`,
  });
}

function resolve(mail: PromiseMail, message: NewMessage): void {
  const row = openPromise(mail, promiseOf(message.target));
  if (row?.kind !== 'resolver') return fail(mail, message, rejection('QRT_PROMISE_SETTLED'));
  const said = readResolution(message.args);
  if (!said) {
    const reason = 'takes { value } or { error }';
    return fail(mail, message, rejection('QRT_PROMISE_INVALID', { what: 'A resolver', reason }));
  }
  if (said.state === 'fulfilled') fulfil(mail, row, said.data);
  else settle(mail, row, said);
  settleOpen(mail, message.answer, { state: 'fulfilled', data: NO_DATA });
}

/** What the message to a resolver says; undefined when it says nothing of that kind. */
function readResolution(args: Capdata<LocalId>): Settlement | undefined {
  const said = tryUnpack(args);
  if (typeof said !== 'object' || said === null) return undefined;
  const hasError = Object.hasOwn(said, 'error');
  if (Object.hasOwn(said, 'value') === hasError) return undefined;
  const { value, error } = said as { readonly value?: unknown; readonly error?: unknown };
  if (hasError) return rejectionOf(readFailure(error));
  return settlementOf(() => pack(value, 'value'));
}

function tryUnpack(data: Capdata<LocalId>): unknown {
  try {
    return unpack(data);
  } catch (error) {
    if (!isQrtError(error)) throw error;
    return undefined;
  }
}

/** A promise has its end, so its continuation is sent. */
function go(mail: PromiseMail, continuation: Continuation, end: Settlement): void {
  const { share, trace, owner: payer, fulfilled, rejected, context, answer } = continuation;
  const row = openPromise(mail, answer);
  const targetOf = ({ state }: Settlement): LocalId | undefined =>
    state === 'fulfilled' ? fulfilled : rejected;
  if (targetOf(end) === undefined) {
    // A value by reference where there is one: many may wait for the same large one.
    const whole = end.state === 'fulfilled' ? mail.rows.get(continuation.promise) : undefined;
    if (row) settle(mail, row, (whole && aliasOf(whole)) ?? end);
    return;
  }
  const became = compose(end, context);
  const target = targetOf(became.end);
  if (target !== undefined) {
    const wanted = row ? { answer: row.id } : {};
    return send(mail, { target, args: became.args, share, trace, payer, ...wanted });
  }
  if (row) settle(mail, row, became.end);
}

/** The args of a continuation; what is too large to be told is told as a rejection. */
function compose(
  end: Settlement,
  context: Capdata<LocalId> | undefined,
): { readonly end: Settlement; readonly args: Capdata<LocalId> } {
  const rest = context === undefined ? {} : (unpack(context) as object);
  const name = end.state === 'fulfilled' ? 'value' : 'error';
  const args = settlementOf(() => pack({ [name]: unpack(end.data), ...rest }, 'args'));
  if (args.state === 'fulfilled') return { end, args: args.data };
  return compose(args, context);
}

/** Serves one of the messages that waited for a promise. */
export function serveMessage(
  mail: PromiseMail,
  way: Settlement | LocalId,
  { promise: target, data: args, owner: payer, share, trace, answer, hops }: PendingRow,
): void {
  const wanted = answer === undefined ? {} : { answer };
  sendTo(mail, way, { target, args, share, trace, payer, hops, ...wanted });
}

/** Serves one of the continuations that waited for a promise, which has this end. */
export function serveWhen(mail: PromiseMail, end: Settlement, next: PendingRow): void {
  const { promise, owner, share, trace, answer } = next;
  const context = next.data.body === NO_CONTEXT.body ? undefined : next.data;
  const targets = { fulfilled: next.fulfilled, rejected: next.rejected };
  go(mail, { promise, context, answer, owner, share, trace, ...targets }, end);
}

/**
 * Whether one that waits can be served now: what a promise became can be far larger than what waits
 * for it, or belong to another queue. A share of which no message waits for its turn always gets one.
 */
export function hasRoom(
  mail: PromiseMail,
  { way, end }: { readonly way: Settlement | LocalId; readonly end: Settlement | undefined },
  next: PendingRow,
): boolean {
  if (next.kind === 'message') return hasRoomFor(mail, way, { args: next.data, share: next.share });
  if (next.kind !== 'when' || !end) return true;
  const target = end.state === 'fulfilled' ? next.fulfilled : next.rejected;
  const bytes = capdataBytes(end.data);
  if (target !== undefined && isFar(mail, target)) {
    return hasOutboxRoom(mail, next.share, bytes + capdataBytes(next.data));
  }
  const { inboxUsage, rows } = mail;
  if (inboxUsage.rowsOf(next.share) === rows.waitingOf(next.share)) return true;
  return inboxUsage.roomFor(next.share).bytes >= bytes;
}

/** Whether what is sent there leaves this vat. */
export function isFar({ rows }: PromiseBook, target: LocalId): boolean {
  return isImportId(target) || (isPromiseId(target) && rows.get(target)?.decider !== undefined);
}

/** A message to what is in another vat changes from the inbox to the outbox. */
function hasRoomFor(
  mail: PromiseMail,
  way: Settlement | LocalId,
  { args, share }: Pick<NewMessage, 'args' | 'share'>,
): boolean {
  if (typeof way !== 'string') {
    const target = way.state === 'rejected' ? undefined : singleReference(way.data);
    if (target === undefined || !isFar(mail, target)) return true;
  }
  return hasOutboxRoom(mail, share, Buffer.byteLength(args.body));
}

function hasOutboxRoom({ outboxUsage }: PromiseMail, share: string, bytes: number): boolean {
  const room = outboxUsage.roomFor(share);
  return room.rows >= 1 && room.bytes >= bytes;
}

/** Sends the continuation when its promise is settled. */
export function when(mail: PromiseMail, continuation: Continuation): void {
  const { promise, context, ...rest } = continuation;
  if (!isPromiseId(promise)) {
    return go(
      mail,
      continuation,
      settlementOf(() => pack(new Slot(promise), 'the value')),
    );
  }
  const row = mail.rows.get(promise);
  if (!row) return go(mail, continuation, rejection('QRT_NO_OBJECT'));
  // Also of a settled one: there may be no room for its value now.
  addPending(mail, row, { ...rest, promise, kind: 'when', data: context ?? NO_CONTEXT, hops: 0 });
}
