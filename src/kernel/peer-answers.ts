// Peer answers: the promises of what messages of peers are answered, named by the numbers of these.

import type { ErrorCode } from '../core/errors.ts';
import { type LocalId, makePromiseId } from '../core/ids.ts';
import type { MessageItem } from '../core/item.ts';
import { ANSWERS_WAITING_MAX } from '../core/limits.ts';
import { codedFailure } from './failures.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import { NO_DATA } from './promise-ends.ts';
import type { PromiseExports } from './promise-exports.ts';
import type { Promises } from './promises.ts';
import type { Refusals } from './refusals.ts';

export interface PeerAnswers {
  /** Whether the peer can be told of one more answer, or refusal. */
  hasRoom(link: Link): boolean;
  /** Whether the item asks for an answer, and the peer has given up too few. */
  isBeyond(link: Link, item: MessageItem): boolean;
  /** The promise of the answer to the peer's item of that number. */
  open(link: Link, number: number): LocalId;
  /** The item will never have its effect: its answer says so, or else a refusal. */
  refuse(link: Link, number: number, item: MessageItem, code: ErrorCode): void;
}

export function makePeerAnswers(
  { counters }: Pick<Island, 'counters'>,
  parts: {
    readonly promises: Promises;
    readonly exports: PromiseExports;
    readonly refusals: Refusals;
  },
): PeerAnswers {
  const { promises, exports, refusals } = parts;

  const open = (link: Link, number: number): LocalId => {
    counters.turn += 1;
    const id = makePromiseId(counters.turn, 0);
    promises.make({ id, owner: 0, kind: 'peer', data: NO_DATA, deadlineMs: undefined });
    exports.add({ link: link.row.id, kind: 'item', number }, id, false);
    return id;
  };

  // MUST NOT make the lane wait: what would give some up may wait behind it.
  const isBeyond = ({ row }: Link, { isAnswerWanted }: MessageItem): boolean =>
    isAnswerWanted && exports.isFull(row.id);

  return Object.freeze({
    open,
    isBeyond,
    hasRoom: ({ row }: Link) =>
      row.sending[1].next - row.sending[1].receipted < ANSWERS_WAITING_MAX,
    refuse(link: Link, number: number, item: MessageItem, code: ErrorCode) {
      const origin = { link: link.row.id, number };
      const hasAnswer = item.isAnswerWanted && !isBeyond(link, item);
      if (!hasAnswer) return refusals.refuse(origin, code, item.trace);
      refusals.note(origin, code, item.trace);
      promises.reject(open(link, number), codedFailure(code));
    },
  });
}
