// Incoming messages: one accepted message of a peer joins a queue here, or is passed on.
//
// A message to a thing of a third vat, or to a promise that another vat decides, goes on without a turn;
// one to a promise of this vat waits until it is known what that becomes.

import { isImportId, isObjectId, type LocalId, NOBODY } from '../core/ids.ts';
import type { MessageItem } from '../core/item.ts';
import { ARGS_BYTES_MAX } from '../core/limits.ts';
import type { Directory } from './directory.ts';
import type { Consumption, Forward } from './forwarding.ts';
import type { Link, Links } from './links.ts';
import type { Names } from './names.ts';
import type { PeerAnswers } from './peer-answers.ts';
import type { PeerRoom } from './peer-room.ts';
import { translate } from './promise-items.ts';
import type { Promises } from './promises.ts';

export interface IncomingMessages {
  /** Item `number` of lane 1, which is next. Nothing is changed unless it is consumed. */
  consume(link: Link, number: number, item: MessageItem): Consumption;
}

export function makeIncomingMessages(parts: {
  readonly directory: Directory;
  readonly links: Links;
  readonly names: Names;
  readonly promises: Promises;
  readonly answers: PeerAnswers;
  readonly room: PeerRoom;
  readonly forward: Forward;
}): IncomingMessages {
  const { directory, links, names, promises, answers, room, forward } = parts;

  /** What the target of an item is here; NOBODY if it is nothing. */
  const targetOf = (link: Link, { target }: MessageItem): LocalId => {
    // Only a thing of ours can be a target: the peer's own things it reaches by itself.
    const isOurs = target.side === 'y' || target.side === 'q';
    const named = isOurs
      ? names.incoming(link, target, { lane: 1, owner: 0, place: 'slot' })
      : undefined;
    if (named === undefined) return NOBODY;
    return !isObjectId(named) || directory.isLive(named) ? named : NOBODY;
  };

  const consume = (link: Link, number: number, item: MessageItem): Consumption => {
    const target = targetOf(link, item);
    if (isImportId(target) || promises.isFar(target)) return forward(link, number, item, target);
    const bytes = Buffer.byteLength(item.body);
    const verdict = room.judge(link, { target, bytes });
    if (verdict === 'busy') return 'busy';
    // Also of what is refused: who mentions a thing has given it, and both ends MUST count alike.
    const owner = directory.ownerOfObject(target) ?? 0;
    const slots = translate(names, link, item.slots, { lane: 1, owner, place: 'slot' });
    if (answers.isBeyond(link, item)) answers.refuse(link, number, item, 'QRT_NO_ROOM');
    else if (target === NOBODY) answers.refuse(link, number, item, 'QRT_NO_OBJECT');
    else if (bytes > ARGS_BYTES_MAX) answers.refuse(link, number, item, 'QRT_DATA_OVERSIZE');
    else if (!slots) answers.refuse(link, number, item, 'QRT_NAME_UNKNOWN');
    else if (verdict === 'refused') answers.refuse(link, number, item, 'QRT_NO_ROOM');
    else {
      const { body, trace } = item;
      const message = { target, args: { body, slots }, share: links.shareOf(link), trace };
      const answer = item.isAnswerWanted ? { answer: answers.open(link, number) } : {};
      const origin = { link: link.row.id, number };
      promises.send({ ...message, ...answer, origin, hops: item.hops + 1 });
    }
    return 'consumed';
  };

  return Object.freeze({ consume });
}
