// Promise mail: what is sent to promises and resolvers, and what promises send when they are settled.

import { isQrtError } from '../core/errors.ts';
import { isImportId, isPromiseId, isResolverId, type LocalId, promiseOf } from '../core/ids.ts';
import { type Capdata, capdataBytes } from '../core/power.ts';
import type { QueueUsage } from '../core/shares.ts';
import { endOf, rejection, rejectionOf, type Settlement, settlementOf } from './combine.ts';
import { pack, Slot, singleReference, unpack } from './compose.ts';
import { failureText, readFailure } from './failures.ts';
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
import type { PendingRow } from './promise-store-port.ts';

/** What shall be sent when a promise is settled. */
export interface Continuation {
  readonly promise: LocalId;
  readonly fulfilled: LocalId;
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
  const end = mail.rows.hasPending(target) ? undefined : endOf(mail.rows, row);
  if (end && hasRoomFor(mail, end, message)) return sendTo(mail, end, message);
  const { args: data, share, trace, answer, payer: owner = 0 } = message;
  const rest = { fulfilled: undefined, rejected: undefined, owner, share, trace, answer, data };
  addPending(mail, row, { promise: target, kind: 'message', ...rest });
}

function sendOn(mail: PromiseMail, message: NewMessage): void {
  const reason = isImportId(message.target) ? whyNotAcross(message) : undefined;
  if (reason !== undefined) {
    return fail(mail, message, rejection('QRT_ANSWER_REMOTE', { what: reason }));
  }
  if (mail.messages.send(message).to !== 'nobody') return;
  settleOpen(mail, message.answer, rejection('QRT_NO_OBJECT'));
}

function whyNotAcross({ answer, args }: NewMessage): string | undefined {
  if (answer !== undefined) return 'a promise became an object of another vat';
  const isPromise = args.slots.some((id) => isPromiseId(id) || isResolverId(id));
  return isPromise ? 'a promise is in the args' : undefined;
}

/** Sends to what a settled promise became. */
function sendTo(mail: PromiseMail, end: Settlement, message: NewMessage): void {
  if (end.state === 'rejected') return fail(mail, message, end);
  const target = singleReference(end.data);
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
  const became = compose(end, context);
  const target = became.end.state === 'fulfilled' ? fulfilled : rejected;
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

/** Serves one of those that waited for a promise, which has this end. */
export function serve(mail: PromiseMail, end: Settlement, next: PendingRow): void {
  const { promise, owner, share, trace, answer } = next;
  if (next.kind === 'message') {
    const wanted = answer === undefined ? {} : { answer };
    const message = { target: promise, args: next.data, share, trace, payer: owner, ...wanted };
    return sendTo(mail, end, message);
  }
  const context = next.data.body === NO_CONTEXT.body ? undefined : next.data;
  const targets = { fulfilled: next.fulfilled!, rejected: next.rejected };
  go(mail, { promise, context, answer, owner, share, trace, ...targets }, end);
}

/**
 * Whether one that waits can be served now: what a promise became can be far larger than what waits
 * for it, or belong to another queue. A share of which no message waits for its turn always gets one.
 */
export function hasRoom(mail: PromiseMail, end: Settlement, next: PendingRow): boolean {
  if (next.kind === 'follow' || next.kind === 'part') return true;
  if (next.kind === 'message') {
    return hasRoomFor(mail, end, { args: next.data, share: next.share });
  }
  const { inboxUsage, rows } = mail;
  if (inboxUsage.rowsOf(next.share) === rows.waitingOf(next.share)) return true;
  return inboxUsage.roomFor(next.share).bytes >= capdataBytes(end.data);
}

/** A message to what became an object of another vat changes from the inbox to the outbox. */
function hasRoomFor(
  { outboxUsage }: PromiseMail,
  end: Settlement,
  { args, share }: Pick<NewMessage, 'args' | 'share'>,
): boolean {
  const target = singleReference(end.data);
  if (end.state === 'rejected' || target === undefined || !isImportId(target)) return true;
  const room = outboxUsage.roomFor(share);
  return room.rows >= 1 && room.bytes >= Buffer.byteLength(args.body);
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
  addPending(mail, row, { ...rest, promise, kind: 'when', data: context ?? NO_CONTEXT });
}
