// Incoming messages: one accepted message of a peer joins a queue here, or is passed on.
//
// A message to a thing of a third vat goes from arrival to outbox without a turn. It never fails
// for want of room: either there is room, or the lane says busy and the peer keeps it.

import { isImportId, type LocalId, NOBODY } from '../core/ids.ts';
import type { Item, WireName } from '../core/item.ts';
import { ANSWERS_WAITING_MAX, ARGS_BYTES_MAX, HOPS_MAX } from '../core/limits.ts';
import type { Directory } from './directory.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { Messages } from './messages.ts';
import type { Names } from './names.ts';
import type { Outbox } from './outbox.ts';
import type { Refusals } from './refusals.ts';

type MessageItem = Extract<Item, { kind: 'message' }>;

/** What became of an item: consumed, or not taken now for want of room. */
export type Consumption = 'consumed' | 'busy';

export interface IncomingMessages {
  /** Item `number` of lane 1, which is next. Nothing is changed when it is busy. */
  consume(link: Link, number: number, item: MessageItem): Consumption;
  /** Whether there is room for an item of that peer for `target`. */
  hasRoom(link: Link, target: LocalId, bytes: number): boolean;
}

export function makeIncomingMessages(
  island: Island,
  parts: {
    readonly directory: Directory;
    readonly links: Links;
    readonly names: Names;
    readonly outbox: Outbox;
    readonly messages: Messages;
    readonly refusals: Refusals;
  },
): IncomingMessages {
  const { inboxUsage, outboxUsage } = island;
  const { directory, links, names, outbox, messages, refusals } = parts;

  const hasRoom = (link: Link, target: LocalId, bytes: number): boolean => {
    const waiting = link.row.sending[1].next - link.row.sending[1].receipted;
    if (waiting >= ANSWERS_WAITING_MAX) return false;
    const usage = isImportId(target) ? outboxUsage : inboxUsage;
    const room = usage.roomFor(links.shareOf(link));
    return room.rows >= 1 && room.bytes >= bytes;
  };

  const forward = (
    link: Link,
    number: number,
    item: MessageItem,
    to: { readonly target: LocalId; readonly slots: readonly LocalId[] | undefined },
  ): void => {
    const { target, slots } = to;
    const origin = { link: link.row.id, number };
    const row = names.importOf(target);
    const onward = row && links.byId(row.link);
    if (!row?.isLive || !onward) return refusals.refuse(origin, 'QRT_NO_OBJECT', item.trace);
    if (onward.row.state === 'dropped') {
      return refusals.refuse(origin, 'QRT_LINK_DROPPED', item.trace);
    }
    if (item.hops >= HOPS_MAX) return refusals.refuse(origin, 'QRT_TOO_FAR', item.trace);
    if (!slots) return refusals.refuse(origin, 'QRT_NAME_UNKNOWN', item.trace);
    const forwarded = {
      ...item,
      target: names.outgoing(onward, target),
      slots: slots.map((id, at) => names.passedOn(onward, id, { link, name: item.slots[at]! })),
      hops: item.hops + 1,
    };
    outbox.addForwarded(onward, forwarded, { share: links.shareOf(link), origin });
  };

  const translate = (link: Link, slots: readonly WireName[]): LocalId[] | undefined => {
    const ids = slots.map((slot) => names.incoming(link, slot));
    return ids.every((id) => id !== undefined) ? ids : undefined;
  };

  const consume = (link: Link, number: number, item: MessageItem): Consumption => {
    const origin = { link: link.row.id, number };
    // Only a thing of ours can be a target: the peer's own things it reaches by itself.
    const isOurs = item.target.side === 'y' || item.target.side === 'q';
    const named = isOurs ? names.incoming(link, item.target) : undefined;
    const isThere = named !== undefined && (isImportId(named) || directory.isLive(named));
    const target = isThere ? named : NOBODY;
    const bytes = Buffer.byteLength(item.body);
    if (!hasRoom(link, target, bytes)) return 'busy';
    // Also of what is refused: who mentions a thing has given it, and both ends MUST count alike.
    const slots = translate(link, item.slots);
    if (target === NOBODY) refusals.refuse(origin, 'QRT_NO_OBJECT', item.trace);
    else if (item.isAnswerWanted) refusals.refuse(origin, 'QRT_ITEM_UNSUPPORTED', item.trace);
    else if (bytes > ARGS_BYTES_MAX) refusals.refuse(origin, 'QRT_DATA_OVERSIZE', item.trace);
    else if (isImportId(target)) forward(link, number, item, { target, slots });
    else if (!slots) refusals.refuse(origin, 'QRT_NAME_UNKNOWN', item.trace);
    else {
      const { body, trace } = item;
      const share = links.shareOf(link);
      messages.send({ target, args: { body, slots }, share, trace, origin });
    }
    return 'consumed';
  };

  return Object.freeze({ consume, hasRoom });
}
