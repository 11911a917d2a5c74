// Forwarding: passes a message of a peer on to the vat that has its target, without a turn here.
//
// The answer to it is a promise of this vat that the next one decides. Without room for the message
// the lane says busy and the peer keeps it; see standstill.ts for vats that wait so in a ring.

import type { ErrorCode } from '../core/errors.ts';
import type { LocalId } from '../core/ids.ts';
import type { MessageItem } from '../core/item.ts';
import { ARGS_BYTES_MAX, HOPS_MAX } from '../core/limits.ts';
import type { Link, Links } from './links.ts';
import type { Names } from './names.ts';
import type { Outbox } from './outbox.ts';
import type { PeerAnswers } from './peer-answers.ts';
import { translate } from './promise-items.ts';
import type { Promises } from './promises.ts';
import type { Standstill } from './standstill.ts';

/** What became of an item: consumed, or not taken now for want of room, of which kind. */
export type Consumption = 'consumed' | 'busy' | { readonly waits: number };

/** Passes on item `number` of a peer, which is for a thing of another vat. */
export type Forward = (
  link: Link,
  number: number,
  item: MessageItem,
  target: LocalId,
) => Consumption;

export function makeForward(parts: {
  readonly links: Links;
  readonly names: Names;
  readonly outbox: Outbox;
  readonly promises: Promises;
  readonly answers: PeerAnswers;
  readonly standstill: Standstill;
}): Forward {
  const { links, names, outbox, promises, answers, standstill } = parts;

  /** The link by which the message goes on, or why it does not. */
  const wayOf = (link: Link, target: LocalId, item: MessageItem): Link | ErrorCode => {
    if (answers.isBeyond(link, item)) return 'QRT_NO_ROOM';
    if (Buffer.byteLength(item.body) > ARGS_BYTES_MAX) return 'QRT_DATA_OVERSIZE';
    const onward = names.homeOf(target);
    if (!onward) return 'QRT_NO_OBJECT';
    if (onward.row.state === 'dropped') return 'QRT_LINK_DROPPED';
    return item.hops >= HOPS_MAX ? 'QRT_TOO_FAR' : onward;
  };

  return (link, number, item, target) => {
    if (!answers.hasRoom(link)) return 'busy';
    const share = links.shareOf(link);
    const way = wayOf(link, target, item);
    // What goes no further needs no room.
    const verdict =
      typeof way === 'string'
        ? 'refused'
        : standstill.judge({ from: link, share, onward: way, bytes: Buffer.byteLength(item.body) });
    if (typeof verdict !== 'string') return verdict;
    const slots = translate(names, link, item.slots, { lane: 1, owner: 0, place: 'slot' });
    if (typeof way === 'string') answers.refuse(link, number, item, way);
    else if (verdict === 'refused') answers.refuse(link, number, item, 'QRT_NO_ROOM');
    else if (!slots) answers.refuse(link, number, item, 'QRT_NAME_UNKNOWN');
    else {
      const forwarded = {
        ...item,
        target: names.outgoing(way, target),
        slots: slots.map((id, at) => names.passedOn(way, id, { link, name: item.slots[at]! })),
        hops: item.hops + 1,
      };
      const answer = item.isAnswerWanted ? answers.open(link, number) : undefined;
      const origin = answer === undefined ? { link: link.row.id, number } : undefined;
      const isLent = verdict === 'lent';
      const sent = outbox.addForwarded(way, forwarded, { share, isLent, origin });
      if (answer !== undefined) promises.decide(answer, { link: way, number: sent });
    }
    return 'consumed';
  };
}
