// Messages: puts a message where it goes: the queue of a local object, or a peer's lane.

import type { ErrorCode } from '../core/errors.ts';
import { isImportId, isPromiseId, type LocalId } from '../core/ids.ts';
import type { Capdata } from '../core/power.ts';
import type { Directory } from './directory.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import type { LogBook } from './log-book.ts';
import type { Names } from './names.ts';
import type { Outbox } from './outbox.ts';
import type { RunQueue } from './run-queue.ts';
import type { ItemOrigin } from './store-port.ts';

/** A message as this vat knows it, before it has a place. */
export interface NewMessage {
  readonly target: LocalId;
  readonly args: Capdata<LocalId>;
  /** Whose share of the queue it counts in. */
  readonly share: string;
  readonly trace: string;
  readonly origin?: ItemOrigin;
  /** The promise of its answer, if one is wanted. */
  readonly answer?: LocalId;
  /** How often it was forwarded, if it comes from a peer. */
  readonly hops?: number;
  /** The owner whose turn sent it; absent for messages of others. */
  readonly payer?: number;
}

/** Where a message went. */
type Sent =
  | { readonly to: 'inbox' }
  | { readonly to: 'outbox'; readonly link: Link; readonly number: number }
  /** The target is known not to exist, or its vat was dropped: consumed, logged. */
  | { readonly to: 'nobody'; readonly code: ErrorCode };

export interface Messages {
  /** To an object, an import, or a promise that a peer decides. */
  send(message: NewMessage): Sent;
}

export function makeMessages(
  island: Island,
  parts: {
    readonly directory: Directory;
    readonly names: Names;
    readonly outbox: Outbox;
    readonly queue: RunQueue;
    readonly log: LogBook;
  },
): Messages {
  const { directory, names, outbox, queue, log } = parts;

  const sendRemote = (message: NewMessage): Sent => {
    const link = names.homeOf(message.target);
    if (!link || link.row.state === 'dropped') {
      const code = link ? 'QRT_LINK_DROPPED' : 'QRT_NO_OBJECT';
      const reason = link
        ? `the vat of ${message.target} was dropped`
        : `no object behind ${message.target}`;
      const text = `${reason}: ${code} (trace ${message.trace})`;
      // Whoever sends to nobody without end pushes out lines of its own.
      const owner = message.payer ?? 0;
      log.write({ owner, level: 'link', source: link?.row.vat ?? '', text });
      return { to: 'nobody', code };
    }
    const target = names.outgoing(link, message.target);
    const slots = message.args.slots.map((slot) => names.outgoing(link, slot));
    const { trace, hops = 0, answer } = message;
    const isAnswerWanted = answer !== undefined;
    const head = { kind: 'message', target, slots, isAnswerWanted, hops } as const;
    const number = outbox.add(link, { ...head, trace, body: message.args.body }, message.share);
    return { to: 'outbox', link, number };
  };

  return Object.freeze({
    send(message: NewMessage): Sent {
      if (isImportId(message.target) || isPromiseId(message.target)) return sendRemote(message);
      island.counters.inbox += 1;
      const { target, args, share, trace, origin, answer } = message;
      // An id that a caller checked always has an owner; row 0 keeps what nobody owns.
      const owner = directory.ownerOfObject(target) ?? 0;
      const seq = island.counters.inbox;
      queue.add({
        ...{ seq, owner, share, target, args, trace, attemptsLimit: 0, attemptsUnknown: 0 },
        ...(origin === undefined ? {} : { origin }),
        ...(answer === undefined ? {} : { answer }),
      });
      return { to: 'inbox' };
    },
  });
}
