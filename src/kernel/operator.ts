// Operator: what `install`, `send` and the other control requests do to this vat.
//
// A request that changes the vat carries an id chosen by the client; its reply is a row of the
// same transaction, so that asking again, however often machines die, gives the same reply.

import { isQrtError, type QrtError } from '../core/errors.ts';
import type { AddressBook } from './address-book.ts';
import type { Decisions } from './decisions.ts';
import type { DeleteObject } from './deletion.ts';
import type { Island } from './island.ts';
import type { RevokeReply } from './keeping-ports.ts';
import type { Link } from './links.ts';
import type { Messages } from './messages.ts';
import type { OperatorAnswers } from './operator-answers.ts';
import { describeInstall, install } from './operator-install.ts';
import { answerSend, send } from './operator-send.ts';
import type { Outcomes } from './outcome.ts';
import type { Peers } from './peers.ts';
import type { ControlReply, ControlRequest } from './ports.ts';
import type { Promises } from './promises.ts';
import type { Qrids } from './qrids.ts';
import type { Quarantine } from './quarantine.ts';
import type { References } from './references.ts';
import type { RequestRows } from './request-rows.ts';
import { type Change, makeRequests } from './requests.ts';
import type { DoubtReply, SettleRequest } from './settle-ports.ts';
import type { ReadRequest } from './status.ts';
import type { Waiters } from './waiters.ts';

export interface Operator {
  handle(ticket: number, request: ControlRequest): void;
  gone(ticket: number): void;
}

interface Parts {
  readonly book: AddressBook;
  readonly references: References;
  readonly messages: Messages;
  readonly promises: Promises;
  readonly answers: OperatorAnswers;
  readonly requestRows: RequestRows;
  readonly outcomes: Outcomes;
  readonly waiters: Waiters;
  readonly qrids: Qrids;
  readonly revoke: (request: Extract<ControlRequest, { type: 'qrid-revoke' }>) => RevokeReply;
  readonly deleteObject: DeleteObject;
  readonly peers: Peers;
  readonly decisions: Decisions;
  readonly readDoubt: (request: Extract<SettleRequest, { type: 'doubt' }>) => DoubtReply;
  readonly quarantine: Quarantine;
  /** Runs something while no turn is in flight. */
  readonly whenIdle: (run: () => void) => void;
  readonly linkOf: (vat: string) => Link | undefined;
  /** Answers the requests that only read. */
  readonly read: (request: ReadRequest) => unknown;
}

export function makeOperator(island: Island, parts: Parts): Operator {
  const { transaction } = island;
  const { waiters, answers, linkOf, qrids } = parts;
  const requests = makeRequests(island, parts);
  const reply = (ticket: number, value: ControlReply): void =>
    transaction.release({ type: 'control-reply', ticket, reply: value });
  const done = (ticket: number, value: unknown): void => reply(ticket, { ok: true, value });
  const doOnce = (ticket: number, request: Change, run: () => unknown): void =>
    done(ticket, requests.once(request, run));

  const handle = (ticket: number, request: ControlRequest): void => {
    switch (request.type) {
      case 'install': {
        const stored = requests.once(request, () => install(island, parts, request));
        return done(ticket, describeInstall(qrids, stored));
      }
      case 'send': {
        const stored = requests.onceHolding(request, () => send(island, parts, request));
        if (request.answer && request.wait) {
          const { id, brief: forget = false } = request;
          return answers.read(ticket, { type: 'result', id, wait: true, forget });
        }
        return answerSend(island, { ticket, request, stored }, { waiters, linkOf, reply });
      }
      case 'result':
        return answers.read(ticket, request);
      case 'qrid-new': {
        const stored = requests.once(request, () => qrids.add(request));
        return done(ticket, {
          ...stored,
          hash: qrids.shorten(stored.hash),
          qrid: qrids.textOf(stored.hash),
        });
      }
      case 'qrid-revoke':
        return doOnce(ticket, request, () => parts.revoke(request));
      case 'delete': {
        const run = (): void => doOnce(ticket, request, () => parts.deleteObject(request));
        return parts.whenIdle(() => refusing(ticket, run));
      }
      case 'qrid-list':
        return done(ticket, qrids.list(request.object));
      case 'peer-name':
        return doOnce(ticket, request, () => parts.peers.name(request));
      case 'peer-drop':
        return doOnce(ticket, request, () => parts.peers.drop(request));
      case 'doubt':
        return done(ticket, parts.readDoubt(request));
      case 'settle':
        return doOnce(ticket, request, () => parts.decisions.settle(request));
      case 'quarantine-again':
        return doOnce(ticket, request, () => parts.quarantine.again(request));
      case 'quarantine-discard':
        return doOnce(ticket, request, () => parts.quarantine.discard(request));
      case 'peer-list':
        return done(ticket, parts.peers.list());
      case 'learn': {
        const found = { learnt: 0, known: 0, refused: 0 };
        for (const record of request.records) found[parts.book.learn(record)] += 1;
        return done(ticket, found);
      }
      default:
        return done(ticket, parts.read(request));
    }
  };

  /** Tells the client when `work` is refused. */
  const refusing = (ticket: number, work: () => void): void => {
    try {
      work();
    } catch (error) {
      const isRefusal = isQrtError(error) && error.kind !== 'corrupt' && !isStoreFault(error);
      if (!isRefusal) throw error;
      reply(ticket, { ok: false, code: error.code, message: error.message });
    }
  };

  return Object.freeze({
    handle: (ticket: number, request: ControlRequest) =>
      refusing(ticket, () => handle(ticket, request)),
    gone(ticket: number) {
      waiters.forget(ticket);
      answers.forget(ticket);
    },
  });
}

const isStoreFault = (error: QrtError): boolean => error.code === 'QRT_DISK_FULL';
