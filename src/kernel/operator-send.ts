// Operator send: puts one message of the operator into the queues, and says what became of it.

import { type ErrorCode, formatMessage, QrtError } from '../core/errors.ts';
import { isPromiseId, isResolverId, type LocalId } from '../core/ids.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import { type Island, OPERATOR_SHARE } from './island.ts';
import type { Link } from './links.ts';
import type { Messages, NewMessage } from './messages.ts';
import type { OperatorAnswers } from './operator-answers.ts';
import { checkData, checkRoom, makeTrace, resolveData } from './operator-data.ts';
import type { ControlReply, ControlRequest, SendReply } from './ports.ts';
import type { Promises } from './promises.ts';
import type { References } from './references.ts';
import type { Waiters } from './waiters.ts';

type SendRequest = Extract<ControlRequest, { type: 'send' }>;

/** A reply as it is kept, with the message's target: what has become of it is asked each time. */
export type StoredSend = SendReply & {
  readonly target: LocalId;
  /** Why a settling gave it up, if one did. */
  readonly ended?: ErrorCode;
};

interface SendParts {
  readonly references: References;
  readonly messages: Messages;
  readonly promises: Pick<Promises, 'send'>;
  readonly answers: OperatorAnswers;
}

/** What was sent, and the promise of its answer, if one is wanted. */
interface SendDone {
  readonly stored: StoredSend;
  readonly answer?: LocalId;
}

/** Throws before anything changed when it is refused. */
export function send(island: Island, parts: SendParts, request: SendRequest): SendDone {
  const { references, messages, answers } = parts;
  const { id } = request;
  checkData(request.args, 'The args', ARGS_BYTES_MAX);
  references.check([request.target, ...request.args.slots]);
  checkRoom(island, request.args);
  if (request.answer) answers.checkRoom();
  const trace = makeTrace(island);
  const target = references.resolve(request.target, trace);
  const args = resolveData(references, request.args, trace);
  const message = { target, args, share: OPERATOR_SHARE, trace };
  if (request.answer) {
    const answer = answers.make(request.deadlineMs);
    return { stored: { id, target, ...sendByPromises(parts, { ...message, answer }) }, answer };
  }
  if (isPromiseId(target) || isResolverId(target)) {
    return { stored: { id, target, ...sendByPromises(parts, message) } };
  }
  const sent = messages.send(message);
  switch (sent.to) {
    case 'inbox':
      return { stored: { id, target, to: 'inbox', stored: true } };
    case 'outbox': {
      const { link, number } = sent;
      return { stored: { id, target, to: 'outbox', peer: link.row.vat, number, stored: false } };
    }
    case 'nobody':
      throw new QrtError('QRT_INVARIANT_BROKEN', { reason: 'a resolved QRID is dead' });
  }
}

/** What comes of a message with an answer, or for a promise, is told by those. */
function sendByPromises(
  { promises, references }: SendParts,
  message: NewMessage,
): Omit<StoredSend, 'id' | 'target'> {
  const link = references.linkOf(message.target);
  const number = link?.row.sending[0].next;
  promises.send(message);
  if (!link) return { to: 'inbox', stored: true };
  // It has become the next item of the lane, or nothing.
  if (link.row.sending[0].next === number) return { to: 'nowhere', stored: false };
  return { to: 'outbox', peer: link.row.vat, number: number!, stored: false };
}

interface AnswerParts {
  readonly waiters: Waiters;
  readonly linkOf: (vat: string) => Link | undefined;
  readonly reply: (ticket: number, value: ControlReply) => void;
}

/** Replies at once, or when the receiving vat has stored it. */
export function answerSend(
  { store }: Island,
  asked: { readonly ticket: number; readonly request: SendRequest; readonly stored: StoredSend },
  { waiters, linkOf, reply }: AnswerParts,
): void {
  const { ticket, request, stored } = asked;
  const { target, ended, ...kept } = stored;
  const { peer, number } = kept;
  const link = peer === undefined ? undefined : linkOf(peer);
  const sent = link?.row.petname === undefined ? kept : { ...kept, petname: link.row.petname };
  const isOver = !link || number === undefined || link.row.sending[0].receipted > number;
  if (kept.to === 'nowhere') return reply(ticket, { ok: true, value: kept });
  // Given up on when its QRID proved wrong at first contact: then nobody ever stored it.
  const isRejected = link !== undefined && store.importById(target)?.isLive === false;
  const isStored = isOver && !isRejected && ended === undefined;
  if (ended !== undefined && request.wait) {
    reply(ticket, refusal(ended, {}));
  } else if (isStored || !request.wait) {
    reply(ticket, { ok: true, value: { ...sent, stored: isStored } });
  } else if (isRejected || isOver) {
    reply(ticket, refusal('QRT_NO_OBJECT', {}));
  } else if (link.row.state === 'dropped') {
    reply(ticket, refusal('QRT_LINK_DROPPED', { vat: `vat ${link.row.vat}` }));
  } else {
    waiters.add(ticket, { vat: link.row.vat, number, value: { ...sent, stored: true } });
  }
}

function refusal(code: ErrorCode, details: { vat?: string }): ControlReply {
  return { ok: false, code, message: formatMessage(code, details) };
}
