// Messages: puts a message where it goes: the queue of a local object, or a peer's lane.

import { isImportId, type LocalId } from '../core/ids.ts';
import type { Capdata } from '../core/power.ts';
import type { Directory } from './directory.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
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
  /** The promise of its answer, if one is wanted; only of a local target. */
  readonly answer?: LocalId;
  /** The owner whose turn sent it; absent for messages of others. */
  readonly payer?: number;
}

/** Where a message went. */
type Sent =
  | { readonly to: 'inbox' }
  | { readonly to: 'outbox'; readonly link: Link; readonly number: number }
  /** The target is known not to exist, or its vat was dropped: consumed, logged. */
  | { readonly to: 'nobody' };

export interface Messages {
  send(message: NewMessage): Sent;
}

export function makeMessages(
  island: Island,
  parts: {
    readonly directory: Directory;
    readonly links: Links;
    readonly names: Names;
    readonly outbox: Outbox;
    readonly queue: RunQueue;
    readonly log: LogBook;
  },
): Messages {
  const { directory, links, names, outbox, queue, log } = parts;

  const sendRemote = (message: NewMessage): Sent => {
    const row = names.importOf(message.target);
    const link = row && links.byId(row.link);
    const isDropped = link?.row.state === 'dropped';
    if (!row?.isLive || !link || isDropped) {
      const reason = isDropped
        ? `the vat of ${message.target} was dropped: QRT_LINK_DROPPED`
        : `no object behind ${message.target}: QRT_NO_OBJECT`;
      const text = `${reason} (trace ${message.trace})`;
      // Whoever sends to nobody without end pushes out lines of its own.
      const owner = message.payer ?? 0;
      log.write({ owner, level: 'link', source: link?.row.vat ?? '', text });
      return { to: 'nobody' };
    }
    const target = names.outgoing(link, message.target);
    const slots = message.args.slots.map((slot) => names.outgoing(link, slot));
    const { trace } = message;
    const head = { kind: 'message', target, slots, isAnswerWanted: false, hops: 0 } as const;
    const number = outbox.add(link, { ...head, trace, body: message.args.body }, message.share);
    return { to: 'outbox', link, number };
  };

  return Object.freeze({
    send(message: NewMessage): Sent {
      if (isImportId(message.target)) return sendRemote(message);
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
