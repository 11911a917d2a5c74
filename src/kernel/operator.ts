// Operator: what `install`, `send` and the other control requests do to this vat.
//
// A request that changes the vat carries an id chosen by the client; its reply is a row of the
// same transaction, so that asking again, however often machines die, gives the same reply.

import { isQrtError, QrtError } from '../core/errors.ts';
import { REQUEST_KEEP_MS, REQUEST_KEEP_ROWS } from '../core/limits.ts';
import type { AddressBook } from './address-book.ts';
import type { Decisions } from './decisions.ts';
import type { DeleteObject } from './deletion.ts';
import type { Island } from './island.ts';
import type { RevokeReply } from './keeping-ports.ts';
import type { Link } from './links.ts';
import type { Messages } from './messages.ts';
import { describeInstall, install } from './operator-install.ts';
import { answerSend, send } from './operator-send.ts';
import type { Outcomes } from './outcome.ts';
import type { Peers } from './peers.ts';
import type { ControlReply, ControlRequest } from './ports.ts';
import type { Qrids } from './qrids.ts';
import type { Quarantine } from './quarantine.ts';
import type { References } from './references.ts';
import type { DoubtReply, SettleRequest } from './settle-ports.ts';
import type { ReadRequest } from './status.ts';
import type { Waiters } from './waiters.ts';

/** A request that takes effect once per id. */
type Change = Extract<ControlRequest, { id: string }>;

export interface Operator {
  handle(ticket: number, request: ControlRequest): void;
  gone(ticket: number): void;
}

interface Parts {
  readonly book: AddressBook;
  readonly references: References;
  readonly messages: Messages;
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
  const { waiters, linkOf, qrids } = parts;
  const reply = (ticket: number, value: ControlReply): void =>
    transaction.release({ type: 'control-reply', ticket, reply: value });
  const done = (ticket: number, value: unknown): void => reply(ticket, { ok: true, value });
  const doOnce = (ticket: number, request: Change, run: () => unknown): void =>
    done(ticket, once(island, request, run));

  const handle = (ticket: number, request: ControlRequest): void => {
    switch (request.type) {
      case 'install': {
        const stored = once(island, request, () => install(island, parts, request));
        return done(ticket, describeInstall(qrids, stored));
      }
      case 'send': {
        const stored = once(island, request, () => send(island, parts, request));
        return answerSend(island, { ticket, request, stored }, { waiters, linkOf, reply });
      }
      case 'qrid-new': {
        const stored = once(island, request, () => qrids.add(request));
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
    gone: (ticket: number) => waiters.forget(ticket),
  });
}

const isStoreFault = (error: QrtError): boolean => error.code === 'QRT_DISK_FULL';

/** Runs a request once per id. Throws before anything changed when it is refused. */
function once<Stored>(island: Island, request: Change, run: () => Stored): Stored {
  const { store, sha256, clock, transaction } = island;
  const { id } = request;
  const content = request.type === 'send' ? { ...request, wait: false } : request;
  const digest = sha256(Buffer.from(JSON.stringify(content)));
  const found = store.request(id);
  if (found) {
    const isSame = Buffer.compare(found.digest, digest) === 0;
    if (!isSame) throw new QrtError('QRT_REQUEST_REUSED', { id });
    return JSON.parse(found.reply) as Stored;
  }
  const value = run();
  const timeMs = clock.nowMs();
  transaction.join(0);
  store.insertRequest({ id, digest, reply: JSON.stringify(value), timeMs });
  store.trimRequests(timeMs - REQUEST_KEEP_MS, REQUEST_KEEP_ROWS);
  return value;
}
