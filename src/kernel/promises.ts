// Promises: the promises of a vat and what is done with all that waits for them.
//
// A promise is a row. Who waits for it are rows too: messages for what it becomes (pipelining),
// continuations, promises that follow it or are made of it. All of it happens in the transactions of
// turns, so a crash never comes between.

import type { FailureDescription } from '../core/frames.ts';
import type { LocalId } from '../core/ids.ts';
import { COMMIT_BYTES_MAX, PENDING_SERVED_MAX } from '../core/limits.ts';
import { type Capdata, capdataBytes } from '../core/power.ts';
import {
  advanceCombination,
  aliasOf,
  beginCombination,
  endOf,
  isCombination,
  rejection,
  rejectionOf,
} from './combine.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import type { LogBook } from './log-book.ts';
import type { Messages, NewMessage } from './messages.ts';
import type { Clock } from './ports.ts';
import { type Deadlines, makeDeadlines } from './promise-deadlines.ts';
import {
  addPending,
  fulfil,
  openPromise,
  type PromiseBook,
  settle,
  settleOpen,
  waitOf,
} from './promise-ends.ts';
import {
  type Continuation,
  decide,
  hasRoom,
  isFar,
  type PromiseMail,
  send,
  serveMessage,
  serveWhen,
  wayOf,
  when,
} from './promise-mail.ts';
import type { PendingRow, PromiseRow } from './promise-store-port.ts';
import type { Budget, Tellings } from './tellings.ts';

/** Settled promises without room for what they became: how many are tried again at once, and when. */
const BLOCKED_TRIED = 4;
const BLOCKED_AGAIN_MS = 100;

/** A promise that a turn made. */
type NewPromise = Pick<PromiseRow, 'id' | 'owner' | 'kind' | 'data' | 'deadlineMs'> & {
  /** Left out: now. */
  readonly madeMs?: number;
};

export interface Promises extends Pick<Deadlines, 'tick' | 'dueAtMs'> {
  make(promise: NewPromise): void;
  /** Sends to an object, to what a promise becomes, or to a resolver. */
  send(message: NewMessage): void;
  /** Sends the continuation when its promise is settled. */
  when(continuation: Continuation): void;
  /** The answer came. Nothing happens if nobody can see it, or the promise was settled before. */
  fulfil(id: LocalId | undefined, value: Capdata<LocalId>): void;
  reject(id: LocalId | undefined, failure: FailureDescription): void;
  /** The promise is the answer to our lane 1 item of that number, and so for the peer to decide. */
  decide(id: LocalId, by: { readonly link: Link; readonly number: number }): void;
  /** Whether a message to it leaves this vat at once; not as long as others wait for room. */
  isFar(target: LocalId): boolean;
  /** Serves what waits for settled promises, and tells peers of them, a bounded number at a time. */
  pump(): void;
  /** Whether more of it can be served now. */
  isDue(): boolean;
}

interface Parts {
  readonly book: PromiseBook;
  readonly tellings: Tellings;
  readonly messages: Messages;
  readonly log: LogBook;
}

export function makePromises(island: Island, { book, tellings, messages, log }: Parts): Promises {
  const { clock, inboxUsage, outboxUsage } = island;
  const { rows } = book;
  const mail: PromiseMail = { ...book, messages, log, inboxUsage, outboxUsage };
  const endLate = (id: LocalId): void => {
    const row = rows.get(id);
    if (row?.state === 'pending') settle(mail, row, rejection('QRT_DEADLINE_PASSED'));
  };
  const { note, ...deadlines } = makeDeadlines(island, { rows, end: endLate });

  return Object.freeze({
    ...deadlines,
    make(promise: NewPromise) {
      const nowMs = clock.nowMs();
      const row = openRow(promise, promise.madeMs ?? nowMs);
      rows.make(row);
      if (!rows.get(row.id)) return;
      // Whatever comes first, an answer or the next look at the clock.
      if (row.deadlineMs !== undefined && row.deadlineMs <= nowMs) return endLate(row.id);
      note(row.deadlineMs);
      if (isCombination(row.kind)) begin(mail, row);
    },
    send: (message: NewMessage) => send(mail, message),
    when: (continuation: Continuation) => when(mail, continuation),
    fulfil(id: LocalId | undefined, value: Capdata<LocalId>) {
      const row = openPromise(mail, id);
      if (row) fulfil(mail, row, value);
    },
    reject(id: LocalId | undefined, failure: FailureDescription) {
      settleOpen(mail, id, rejectionOf(failure));
    },
    decide: (id: LocalId, by: { readonly link: Link; readonly number: number }) =>
      decide(mail, id, by),
    isFar: (target: LocalId) => isFar(mail, target) && !rows.hasMessages(target),
    pump() {
      const left = { rows: PENDING_SERVED_MAX, bytes: COMMIT_BYTES_MAX };
      tellings.pump(left);
      pump(mail, left);
    },
    isDue: () => mail.due.size > 0 || tellings.isDue(),
    dueAtMs: () =>
      dueAtMs(mail.blocked.size > 0 || tellings.isBlocked(), clock, deadlines.dueAtMs()),
  });
}

/** One literal with all fields: each answer pays for it, and spreading costs 5 us. */
function openRow({ id, owner, kind, data, deadlineMs }: NewPromise, madeMs: number): PromiseRow {
  return {
    id,
    owner,
    kind,
    state: 'pending',
    data,
    follows: undefined,
    left: 0,
    madeMs,
    deadlineMs,
    decider: undefined,
  };
}

/** When there is something to do, on the monotonic clock. */
function dueAtMs(
  isBlocked: boolean,
  clock: Clock,
  deadlineMs: number | undefined,
): number | undefined {
  if (!isBlocked) return deadlineMs;
  return Math.min(clock.monotonicMs() + BLOCKED_AGAIN_MS, deadlineMs ?? Number.POSITIVE_INFINITY);
}

/** A combination begins to wait for its parts, also for those that are settled: in their turn. */
function begin(mail: PromiseMail, row: PromiseRow): void {
  const became = beginCombination(mail.rows, row);
  if ('state' in became) return settle(mail, row, became);
  for (const part of became) {
    addPending(mail, part, waitOf(row, { promise: part.id, kind: 'part' }));
  }
}

function pump(mail: PromiseMail, left: Budget): void {
  const { due, blocked } = mail;
  // A few at a time, in turn: there may be many, and room for none of them.
  for (const id of [...take(blocked, BLOCKED_TRIED)]) due.add(id);
  // More may be settled on the way; a set is read to its end.
  for (const id of due) {
    if (left.rows <= 0 || left.bytes <= 0) return;
    serveAll(mail, id, left);
  }
}

/** Takes some out, those first that are longest in it. */
function* take(ids: Set<LocalId>, count: number): Iterable<LocalId> {
  let left = count;
  for (const id of ids) {
    if (left === 0) return;
    left -= 1;
    ids.delete(id);
    yield id;
  }
}

/**
 * Serves what waits for one settled promise, as far as there is room and the bounds allow. Those of a
 * share without room wait, in their order, and hold up nobody else.
 */
function serveAll(mail: PromiseMail, id: LocalId, left: Budget): void {
  const { rows, due, blocked } = mail;
  const row = rows.get(id);
  const end = row && endOf(rows, row);
  const way = row && wayOf(mail, row);
  const full = new Set<string>();
  // Until a peer has settled it, messages alone go on, by way of that peer.
  const first = (): PendingRow | undefined => rows.firstPending(id, full, end === undefined);
  for (let next = first(); row && way && next; next = first()) {
    if (left.rows <= 0 || left.bytes <= 0) return;
    left.rows -= 1;
    if (!hasRoom(mail, { way, end }, next)) {
      full.add(next.share);
      continue;
    }
    left.bytes -= capdataBytes(next.data) + (end?.data.body.length ?? 0);
    rows.takePending(next);
    if (next.kind === 'message') serveMessage(mail, way, next);
    else if (end && next.kind === 'when') serveWhen(mail, end, next);
    else advance(mail, row, next);
  }
  due.delete(id);
  if (full.size > 0) blocked.add(id);
  else rows.loosen(id);
}

/** A promise that waited for a settled one comes to its end, or nearer to it. */
function advance(mail: PromiseMail, row: PromiseRow, next: PendingRow): void {
  const waiter = next.answer === undefined ? undefined : mail.rows.get(next.answer);
  if (waiter?.state !== 'pending') return;
  if (next.kind === 'follow') return settle(mail, waiter, aliasOf(row)!);
  const became = advanceCombination(mail.rows, waiter, row);
  if (became) settle(mail, waiter, became);
}
