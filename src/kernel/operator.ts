// Operator: what `install`, `send` and the other control requests do to this vat.
//
// A request that changes the vat carries an id chosen by the client; its reply is a row of the
// same transaction, so that asking again, however often machines die, gives the same reply.

import { formatMessage, isQrtError, QrtError } from '../core/errors.ts';
import {
  type CodeHash,
  formatQrid,
  type LocalId,
  makeMemoryId,
  makeObjectId,
  makeSwissnum,
  type Qrid,
} from '../core/ids.ts';
import {
  ARGS_BYTES_MAX,
  CODE_BYTES_INSTALL_MAX,
  POWER_BYTES_MAX,
  REFERENCES_MAX,
  REQUEST_KEEP_MS,
  REQUEST_KEEP_ROWS,
} from '../core/limits.ts';
import {
  type Capdata,
  GRANTABLE_TYPES,
  type NativeType,
  type PowerDescription,
} from '../core/power.ts';
import type { AddressBook } from './address-book.ts';
import { type Island, OPERATOR_SHARE } from './island.ts';
import type { Link } from './links.ts';
import type { Messages } from './messages.ts';
import type { Outcomes } from './outcome.ts';
import type { ControlReply, ControlRequest, OperatorData, SendReply } from './ports.ts';
import type { References } from './references.ts';
import { makeWaiters, type Waiters } from './waiters.ts';

type InstallRequest = Extract<ControlRequest, { type: 'install' }>;
type SendRequest = Extract<ControlRequest, { type: 'send' }>;

const OK_EMPTY = '{}';

export interface Operator {
  handle(ticket: number, request: ControlRequest): void;
  gone(ticket: number): void;
  /** Lane 1 of a link was receipted up to `below`, or given up on. */
  onLane(link: Link, below: number, isStored: boolean): void;
}

interface Parts {
  readonly book: AddressBook;
  readonly references: References;
  readonly messages: Messages;
  readonly outcomes: Outcomes;
  readonly linkOf: (vat: string) => Link | undefined;
  /** Answers the requests that only read. */
  readonly read: (request: ControlRequest) => unknown;
}

export function makeOperator(island: Island, parts: Parts): Operator {
  const { transaction } = island;
  const waiters = makeWaiters(island);
  const reply = (ticket: number, value: ControlReply): void =>
    transaction.release({ type: 'control-reply', ticket, reply: value });

  const tools = { parts, waiters, reply };

  const change = (ticket: number, request: InstallRequest | SendRequest): void => {
    const stored = once(island, request, () =>
      request.type === 'install' ? install(island, parts, request) : send(island, parts, request),
    );
    if (request.type === 'install') {
      reply(ticket, { ok: true, value: withQrid(island, parts.book, stored as StoredInstall) });
    } else {
      answerSend(island, { ticket, request, stored: stored as StoredSend }, tools);
    }
  };

  const handle = (ticket: number, request: ControlRequest): void => {
    switch (request.type) {
      case 'install':
      case 'send':
        return change(ticket, request);
      case 'learn': {
        const found = { learnt: 0, known: 0, refused: 0 };
        for (const record of request.records) found[parts.book.learn(record)] += 1;
        return reply(ticket, { ok: true, value: found });
      }
      default:
        return reply(ticket, { ok: true, value: parts.read(request) });
    }
  };

  return Object.freeze({
    handle(ticket: number, request: ControlRequest) {
      try {
        handle(ticket, request);
      } catch (error) {
        const isRefusal = isQrtError(error) && error.kind !== 'corrupt' && !isStoreFault(error);
        if (!isRefusal) throw error;
        reply(ticket, { ok: false, code: error.code, message: error.message });
      }
    },
    gone: (ticket: number) => waiters.forget(ticket),
    onLane: (link: Link, below: number, isStored: boolean) =>
      waiters.settle(link.row.vat, below, isStored),
  });
}

const isStoreFault = (error: QrtError): boolean => error.code === 'QRT_DISK_FULL';

/** Runs a request once per id. Throws before anything changed when it is refused. */
function once(
  island: Island,
  request: InstallRequest | SendRequest,
  run: () => StoredInstall | StoredSend,
): StoredInstall | StoredSend {
  const { store, sha256, clock, transaction } = island;
  const { id } = request;
  const content = request.type === 'send' ? { ...request, wait: false } : request;
  const digest = sha256(Buffer.from(JSON.stringify(content)));
  const found = store.request(id);
  if (found) {
    const isSame = Buffer.compare(found.digest, digest) === 0;
    if (!isSame) throw new QrtError('QRT_REQUEST_REUSED', { id });
    return JSON.parse(found.reply) as StoredInstall | StoredSend;
  }
  const value = run();
  const timeMs = clock.nowMs();
  transaction.join(0);
  store.insertRequest({ id, digest, reply: JSON.stringify(value), timeMs });
  store.trimRequests(timeMs - REQUEST_KEEP_MS, REQUEST_KEEP_ROWS);
  return value;
}

/** Checks the size of operator data, before anything changes. */
function checkData(data: OperatorData, what: string, max: number): void {
  const bytes = Buffer.byteLength(data.body);
  if (bytes > max) throw new QrtError('QRT_REQUEST_OVERSIZE', { what, bytes, max });
  if (data.slots.length > REFERENCES_MAX) {
    throw new QrtError('QRT_ARGUMENT_INVALID', { what, reason: 'too many references' });
  }
}

function resolveData(references: References, data: OperatorData, trace: string): Capdata<LocalId> {
  const slots = data.slots.map((qrid: Qrid) => references.resolve(qrid, trace));
  return { body: data.body, slots };
}

function makeTrace(island: Island): string {
  return Buffer.from(island.entropy(TRACE_BYTES)).toString('hex');
}

/** A reply as it is kept: the QRID is made anew each time, so that no row holds a swissnum. */
interface StoredInstall {
  readonly object: LocalId;
  readonly code: string;
}

function install(island: Island, parts: Parts, request: InstallRequest): StoredInstall {
  const { store, counters, clock, transaction } = island;
  const { references, outcomes } = parts;
  const natives = checkGrants(request.grants);
  checkData(request.power, 'The power', POWER_BYTES_MAX);
  references.check(request.power.slots);
  checkRoom(island, request.power);
  const { text, hash } = request.code;
  const bytes = Buffer.byteLength(text);
  if (bytes > CODE_BYTES_INSTALL_MAX) {
    throw new QrtError('QRT_REQUEST_OVERSIZE', {
      what: 'The code',
      bytes,
      max: CODE_BYTES_INSTALL_MAX,
    });
  }
  const found = Buffer.from(island.sha256(Buffer.from(text))).toString('hex');
  if (found !== hash) throw new QrtError('QRT_REQUEST_MALFORMED', { reason: 'the code hash' });

  transaction.join(bytes);
  const data = resolveData(references, request.power, makeTrace(island));
  counters.turn += 1;
  counters.owner += 1;
  const owner = counters.owner;
  const object = makeObjectId(counters.turn, 0);
  const memory = makeMemoryId(counters.turn, 1);
  const code = hash as CodeHash;
  const power: PowerDescription = { data, natives, memory };
  store.insertOwner({ id: owner, name: request.name.slice(0, NAME_MAX), timeMs: clock.nowMs() });
  store.insertCode(code, text);
  store.insertMemory({ id: memory, owner, value: { body: OK_EMPTY, slots: [] } });
  store.insertObject({ id: object, owner, code, power });
  for (const type of Object.values(natives)) outcomes.grant(type);
  const salt = island.entropy(SALT_BYTES);
  const swissHash = island.sha256(Buffer.from(swissnumOf(island, salt)));
  store.insertSwissHash({ hash: swissHash, object, salt });
  return { object, code };
}

function checkGrants(grants: readonly string[]): Record<string, NativeType> {
  const natives: Record<string, NativeType> = { make_object: 'make_object' };
  for (const type of grants) {
    const known = GRANTABLE_TYPES.find((grantable) => grantable === type);
    if (!known) {
      throw new QrtError('QRT_GRANT_UNKNOWN', { type, known: GRANTABLE_TYPES.join(', ') });
    }
    natives[known] = known;
  }
  return natives;
}

/** The swissnum of a salt: only who has key and salt can make it, so only its hash is kept. */
function swissnumOf(island: Island, salt: Uint8Array): string {
  const signed = island.sealer.sign(Buffer.concat([Buffer.from('qrt swissnum 1\n'), salt]));
  return makeSwissnum(island.sha256(signed));
}

function withQrid(island: Island, book: AddressBook, stored: StoredInstall): unknown {
  const salt = island.store.saltOf(stored.object);
  if (!salt) throw new QrtError('QRT_INVARIANT_BROKEN', { reason: 'an install without salt' });
  const swissnum = makeSwissnum(Buffer.from(swissnumOf(island, salt), 'base64url'));
  const hint = book.own().urls[0];
  const qrid = { vat: island.sealer.vat, swissnum };
  return { ...stored, qrid: formatQrid(hint === undefined ? qrid : { ...qrid, hint }) };
}

/** A reply as it is kept, with the message's target: what has become of it is asked each time. */
type StoredSend = SendReply & { readonly target: LocalId };

function send(island: Island, parts: Parts, request: SendRequest): StoredSend {
  const { references, messages } = parts;
  checkData(request.args, 'The args', ARGS_BYTES_MAX);
  references.check([request.target, ...request.args.slots]);
  checkRoom(island, request.args);
  const trace = makeTrace(island);
  const target = references.resolve(request.target, trace);
  const args = resolveData(references, request.args, trace);
  const sent = messages.send({ target, args, share: OPERATOR_SHARE, trace });
  const { id } = request;
  switch (sent.to) {
    case 'inbox':
      return { id, target, to: 'inbox', stored: true };
    case 'outbox': {
      const { link, number } = sent;
      return { id, target, to: 'outbox', peer: link.row.vat, number, stored: false };
    }
    case 'nobody':
      throw new QrtError('QRT_INVARIANT_BROKEN', { reason: 'a resolved QRID is dead' });
  }
}

/** Room for the data and for a `redeem` of each reference and of the target. */
function checkRoom(island: Island, { body, slots }: OperatorData): void {
  const bytes = Buffer.byteLength(body);
  for (const [what, usage] of [
    ['inbox', island.inboxUsage],
    ['outbox', island.outboxUsage],
  ] as const) {
    const room = usage.roomFor(OPERATOR_SHARE);
    if (room.rows < 2 + slots.length || room.bytes < bytes)
      throw new QrtError('QRT_VAT_BUSY', { what });
  }
}

interface Tools {
  readonly parts: Parts;
  readonly waiters: Waiters;
  readonly reply: (ticket: number, value: ControlReply) => void;
}

/** Replies at once, or when the receiving vat has stored it. */
function answerSend(
  { store }: Island,
  asked: { readonly ticket: number; readonly request: SendRequest; readonly stored: StoredSend },
  { parts, waiters, reply }: Tools,
): void {
  const { ticket, request, stored } = asked;
  const { target, ...sent } = stored;
  const { peer, number } = sent;
  const link = peer === undefined ? undefined : parts.linkOf(peer);
  const isOver = !link || number === undefined || link.row.sending[0].receipted > number;
  // Given up on when its QRID proved wrong at first contact: then nobody ever stored it.
  const isRejected = link !== undefined && store.importById(target)?.isLive === false;
  const isStored = isOver && !isRejected;
  if (isStored || !request.wait) {
    reply(ticket, { ok: true, value: { ...sent, stored: isStored } });
  } else if (isRejected || isOver) {
    const code = 'QRT_NO_OBJECT' as const;
    reply(ticket, { ok: false, code, message: formatMessage(code, {}) });
  } else {
    waiters.add(ticket, { vat: link.row.vat, number, value: { ...sent, stored: true } });
  }
}

const TRACE_BYTES = 16;
const SALT_BYTES = 32;
/** Characters of an installation's name that are kept. */
const NAME_MAX = 200;
