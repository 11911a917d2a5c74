// Refusals: what cannot be used is consumed, logged, and told to whoever sent it.
//
// An authentic item that is next in its lane always advances the lane. When it cannot be used, a
// `resolve` with a code goes back, also through the vats that forwarded it.

import { type ErrorCode, formatMessage } from '../core/errors.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { LogBook } from './log-book.ts';
import type { Outbox } from './outbox.ts';
import type { InboxRow, ItemOrigin } from './store-port.ts';

export interface Refusals {
  /** Tells the sender of an item that it will never have its effect. */
  refuse(origin: ItemOrigin, code: ErrorCode, trace: string): void;
  /** Says of a message that it will never run: to the peer that sent it, or in the log. */
  reject(message: InboxRow, code: ErrorCode): void;
  /** Sends a refusal back to where an item came from, without a line in the log. */
  tell(origin: ItemOrigin, code: string, trace: string): void;
  /** A peer refused our lane 1 item `number`, or `number` was given up on this link. */
  wasRefused(link: Link, number: number, refusal: { code: string; trace: string }): void;
}

export function makeRefusals(
  island: Island,
  parts: { readonly links: Links; readonly outbox: Outbox; readonly log: LogBook },
): Refusals {
  const { links, outbox, log } = parts;

  const tell = (origin: ItemOrigin, code: string, trace: string): void => {
    const link = links.byId(origin.link);
    if (!link || link.row.state === 'dropped') return;
    outbox.add(link, { kind: 'resolve', of: origin.number, code, trace }, links.shareOf(link));
  };
  const note = (link: Link, text: string, code: string): void => {
    link.row.refusals += 1;
    link.row.lastRefusal = code;
    links.touch(link);
    log.write({ owner: 0, level: 'link', source: link.row.vat, text });
  };

  const refuse = (origin: ItemOrigin, code: ErrorCode, trace: string): void => {
    const link = links.byId(origin.link);
    if (!link) return;
    note(link, `refused item ${origin.number} of this peer: ${code} (trace ${trace})`, code);
    tell(origin, code, trace);
  };

  return Object.freeze({
    tell,
    refuse,
    reject({ origin, owner, target, trace }: InboxRow, code: ErrorCode) {
      if (origin) return refuse(origin, code, trace);
      const text = `${code}: ${formatMessage(code, {})} (trace ${trace})`;
      log.write({ owner, level: 'failure', source: target, text });
    },
    wasRefused(link: Link, number: number, refusal: { code: string; trace: string }) {
      const { code, trace } = refusal;
      note(link, `item ${number} was refused by this peer: ${code} (trace ${trace})`, code);
      const origin = island.store.forwardOrigin(link.row.id, number);
      if (!origin) return;
      // Once: a peer that repeats itself must not fill another peer's lane.
      island.store.deleteForward(link.row.id, number);
      tell(origin, code, trace);
    },
  });
}
