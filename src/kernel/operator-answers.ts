// Operator answers: the answers that the operator asked for, and who waits for them.
//
// Each is a promise in the operator's name that the row of its request holds. So it is there as long
// as that row is, whoever asks for it, and however often the node or the client dies meanwhile.

import { formatMessage, QrtError } from '../core/errors.ts';
import { isPromiseId, type LocalId, makePromiseId } from '../core/ids.ts';
import type { AnswerRequest, ResultReply } from './answer-ports.ts';
import { endOf, type Settlement } from './combine.ts';
import type { Holders } from './holders.ts';
import type { Island } from './island.ts';
import type { ControlReply } from './ports.ts';
import { NO_DATA, type PromiseBook } from './promise-ends.ts';
import type { PromiseRows } from './promise-rows.ts';
import type { Promises } from './promises.ts';
import type { RequestRows } from './request-rows.ts';

/** Whose promises they are. */
const OPERATOR = 0;

export interface OperatorAnswers {
  /** Throws QRT_VAT_BUSY when there are as many as may be. */
  checkRoom(): void;
  /** A new promise. The row of a request MUST keep it in the same transaction. */
  make(afterMs?: number): LocalId;
  keep(answer: LocalId): void;
  /** The rows of their requests are gone. */
  letGo(answers: readonly LocalId[]): void;
  /** Throws QRT_REQUEST_UNKNOWN, QRT_ANSWER_UNWANTED. */
  read(ticket: number, request: AnswerRequest): void;
  /** Nobody waits under that ticket any more. */
  forget(ticket: number): void;
}

export function makeOperatorAnswers(
  island: Island,
  parts: {
    readonly holders: Holders;
    readonly rows: PromiseRows;
    readonly requestRows: RequestRows;
    readonly promises: Pick<Promises, 'make'>;
    readonly promiseBook: Pick<PromiseBook, 'whenSettled'>;
  },
): OperatorAnswers {
  const { counters, clock, transaction } = island;
  const { holders, rows, requestRows, promises, promiseBook } = parts;
  const waiting = makeWaiting();
  // What is told waits for the commit of all that it tells of.
  const reply = (ticket: number, value: ControlReply): void =>
    transaction.release({ type: 'control-reply', ticket, reply: value });
  const tellEnd = (answer: LocalId, end: Settlement, clients: readonly Client[]): void => {
    const last = clients.find(({ isLast }) => isLast);
    // Promises in it would be gone with the answer that holds them.
    if (last && !end.data.slots.some(isPromiseId)) {
      // Before anybody is told: what is told waits for the transaction that is open.
      requestRows.delete(last.id);
      holders.remove([answer]);
    }
    for (const { ticket, id } of clients) reply(ticket, { ok: true, value: ended(id, end) });
  };

  promiseBook.whenSettled((row) => {
    const clients = waiting.take(row.id);
    if (clients.length > 0) tellEnd(row.id, endOf(rows, row)!, clients);
  });

  return Object.freeze({
    checkRoom() {
      if (!rows.hasRoom(OPERATOR)) throw new QrtError('QRT_VAT_BUSY', { what: 'answers' });
    },
    make(afterMs?: number) {
      counters.turn += 1;
      const id = makePromiseId(counters.turn, 0);
      const deadlineMs = afterMs === undefined ? undefined : clock.nowMs() + afterMs;
      promises.make({ id, owner: OPERATOR, kind: 'answer', data: NO_DATA, deadlineMs });
      return id;
    },
    keep: (answer: LocalId) => holders.add([answer]),
    letGo(answers: readonly LocalId[]) {
      holders.remove(answers);
      for (const answer of answers) {
        for (const { ticket, id } of waiting.take(answer)) {
          const code = 'QRT_REQUEST_UNKNOWN';
          reply(ticket, { ok: false, code, message: formatMessage(code, { id }) });
        }
      }
    },
    read(ticket: number, { id, wait = false, forget: isLast = false }: AnswerRequest) {
      const found = requestRows.held(id);
      if (!found) throw new QrtError('QRT_REQUEST_UNKNOWN', { id });
      const { answer } = found;
      if (answer === undefined) throw new QrtError('QRT_ANSWER_UNWANTED', { id });
      const end = endOf(rows, rows.get(answer));
      if (end) return tellEnd(answer, end, [{ ticket, id, isLast }]);
      if (wait) return waiting.add(answer, { ticket, id, isLast });
      const value: ResultReply = { id, state: 'pending' };
      reply(ticket, { ok: true, value });
    },
    forget: waiting.forget,
  });
}

const ended = (id: string, end: Settlement): ResultReply => ({ id, ...end });

/** A client that waits, and the request that it knows. */
interface Client {
  readonly ticket: number;
  readonly id: string;
  /** Whether nobody will ask again. */
  readonly isLast: boolean;
}

/** Clients by the promise that they wait for. */
function makeWaiting() {
  const clients = new Map<LocalId, Client[]>();
  return {
    add: (promise: LocalId, client: Client) =>
      void clients.set(promise, [...(clients.get(promise) ?? []), client]),
    take(promise: LocalId): readonly Client[] {
      const found = clients.get(promise) ?? [];
      clients.delete(promise);
      return found;
    },
    forget(ticket: number): void {
      for (const [promise, all] of clients) {
        const left = all.filter((client) => client.ticket !== ticket);
        if (left.length === 0) clients.delete(promise);
        else if (left.length < all.length) clients.set(promise, left);
      }
    },
  };
}
