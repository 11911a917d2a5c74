// Incoming messages: one accepted message of a peer joins a queue here, or is passed on.
//
// A message to a thing of a third vat goes from arrival to outbox without a turn. Without room for it
// the lane says busy and the peer keeps it; see standstill.ts for vats that wait so in a ring.

import type { ErrorCode } from '../core/errors.ts';
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
import type { Standstill } from './standstill.ts';

type MessageItem = Extract<Item, { kind: 'message' }>;

/** What became of an item: consumed, or not taken now for want of room, of which kind. */
export type Consumption = 'consumed' | 'busy' | { readonly waits: number };

export interface IncomingMessages {
  /** Item `number` of lane 1, which is next. Nothing is changed unless it is consumed. */
  consume(link: Link, number: number, item: MessageItem): Consumption;
  /** Whether there is room for an item of that peer that is for this vat. */
  hasRoom(link: Link, bytes: number): boolean;
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
    readonly standstill: Standstill;
  },
): IncomingMessages {
  const { inboxUsage } = island;
  const { directory, links, names, outbox, messages, refusals, standstill } = parts;

  const hasRoomToAnswer = ({ row }: Link): boolean =>
    row.sending[1].next - row.sending[1].receipted < ANSWERS_WAITING_MAX;
  const hasRoom = (link: Link, bytes: number): boolean => {
    const room = inboxUsage.roomFor(links.shareOf(link));
    return hasRoomToAnswer(link) && room.rows >= 1 && room.bytes >= bytes;
  };

  /** The link by which the message goes on, or why it does not. */
  const wayOf = (target: LocalId, item: MessageItem): Link | ErrorCode => {
    const row = names.importOf(target);
    const onward = row && links.byId(row.link);
    if (item.isAnswerWanted) return 'QRT_ITEM_UNSUPPORTED';
    if (Buffer.byteLength(item.body) > ARGS_BYTES_MAX) return 'QRT_DATA_OVERSIZE';
    if (!row?.isLive || !onward) return 'QRT_NO_OBJECT';
    if (onward.row.state === 'dropped') return 'QRT_LINK_DROPPED';
    return item.hops >= HOPS_MAX ? 'QRT_TOO_FAR' : onward;
  };

  const forward = (link: Link, number: number, item: MessageItem, target: LocalId): Consumption => {
    if (!hasRoomToAnswer(link)) return 'busy';
    const share = links.shareOf(link);
    const way = wayOf(target, item);
    // What goes no further needs no room.
    const verdict =
      typeof way === 'string'
        ? 'refused'
        : standstill.judge({ from: link, share, onward: way, bytes: Buffer.byteLength(item.body) });
    if (typeof verdict !== 'string') return verdict;
    const origin = { link: link.row.id, number };
    const slots = translate(link, item.slots);
    if (typeof way === 'string') refusals.refuse(origin, way, item.trace);
    else if (verdict === 'refused') refusals.refuse(origin, 'QRT_NO_ROOM', item.trace);
    else if (!slots) refusals.refuse(origin, 'QRT_NAME_UNKNOWN', item.trace);
    else {
      const forwarded = {
        ...item,
        target: names.outgoing(way, target),
        slots: slots.map((id, at) => names.passedOn(way, id, { link, name: item.slots[at]! })),
        hops: item.hops + 1,
      };
      outbox.addForwarded(way, forwarded, { share, isLent: verdict === 'lent', origin });
    }
    return 'consumed';
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
    if (isImportId(target)) return forward(link, number, item, target);
    const bytes = Buffer.byteLength(item.body);
    if (!hasRoom(link, bytes)) return 'busy';
    // Also of what is refused: who mentions a thing has given it, and both ends MUST count alike.
    const slots = translate(link, item.slots);
    if (target === NOBODY) refusals.refuse(origin, 'QRT_NO_OBJECT', item.trace);
    else if (item.isAnswerWanted) refusals.refuse(origin, 'QRT_ITEM_UNSUPPORTED', item.trace);
    else if (bytes > ARGS_BYTES_MAX) refusals.refuse(origin, 'QRT_DATA_OVERSIZE', item.trace);
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
