// Refusals: what cannot be used is consumed, logged, and told to whoever sent it.
//
// An authentic item that is next in its lane always advances the lane. When it cannot be used, a
// `resolve` with a code goes back, also through the vats that forwarded it.

import { type ErrorCode, formatMessage } from '../core/errors.ts';
import { rejectionOf } from './combine.ts';
import { refusalOf } from './failures.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { LogBook } from './log-book.ts';
import type { Outbox } from './outbox.ts';
import { type PromiseBook, settleOpen } from './promise-ends.ts';
import type { InboxRow, ItemOrigin } from './store-port.ts';

export interface Refusals {
  /** Tells the sender of an item that it will never have its effect. */
  refuse(origin: ItemOrigin, code: ErrorCode, trace: string): void;
  /** The same of one whose sender hears by its answer: only a line in the log. */
  note(origin: ItemOrigin, code: ErrorCode, trace: string): void;
  /** Says of a message that it will never run: to the peer that sent it, or in the log. */
  reject(message: InboxRow, code: ErrorCode): void;
  /** Sends a refusal back to where an item came from, without a line in the log. */
  tell(origin: ItemOrigin, code: string, trace: string): void;
  /** A peer refused our lane 1 item `number`, or `number` was given up on this link. */
  wasRefused(link: Link, number: number, refusal: { code: string; trace: string }): void;
}

export function makeRefusals(
  island: Island,
  parts: {
    readonly links: Links;
    readonly outbox: Outbox;
    readonly log: LogBook;
    readonly book: PromiseBook;
  },
): Refusals {
  const { links, outbox, log, book } = parts;

  const tell = (origin: ItemOrigin, code: string, trace: string): void => {
    const link = links.byId(origin.link);
    if (!link || link.row.state === 'dropped') return;
    const of = { side: 'p', number: origin.number } as const;
    const item = { kind: 'resolve', of, code, trace, slots: [], body: '' } as const;
    outbox.add(link, item, links.shareOf(link));
  };
  const note = (link: Link, text: string, code: string): void => {
    link.row.refusals += 1;
    link.row.lastRefusal = code;
    links.touch(link);
    log.write({ owner: 0, level: 'link', source: link.row.vat, text });
  };

  const noteRefused = (origin: ItemOrigin, code: ErrorCode, trace: string): void => {
    const link = links.byId(origin.link);
    if (link)
      note(link, `refused item ${origin.number} of this peer: ${code} (trace ${trace})`, code);
  };
  const refuse = (origin: ItemOrigin, code: ErrorCode, trace: string): void => {
    noteRefused(origin, code, trace);
    tell(origin, code, trace);
  };

  return Object.freeze({
    tell,
    refuse,
    note: noteRefused,
    reject({ origin, owner, target, trace, answer }: InboxRow, code: ErrorCode) {
      if (origin) return (answer === undefined ? refuse : noteRefused)(origin, code, trace);
      const text = `${code}: ${formatMessage(code, {})} (trace ${trace})`;
      log.write({ owner, level: 'failure', source: target, text });
    },
    wasRefused(link: Link, number: number, refusal: { code: string; trace: string }) {
      const { code, trace } = refusal;
      note(link, `item ${number} was refused by this peer: ${code} (trace ${trace})`, code);
      const answer = book.rows.decidedBy({ link: link.row.id, kind: 'item', number });
      if (answer) settleOpen(book, answer.id, rejectionOf(refusalOf(code)));
      const origin = island.store.forwardOrigin(link.row.id, number);
      if (!origin) return;
      // Once: a peer that repeats itself must not fill another peer's lane.
      island.store.deleteForward(link.row.id, number);
      tell(origin, code, trace);
    },
  });
}
