// Peer room: whether what a peer sends finds room here, and what becomes of it if only promises could
// make some.
//
// What is sent to a pending promise waits in the share of its sender. It MUST NOT take all of it for
// good: what settles the promise may come behind it in the same lane. So what settles one needs no
// room; where nothing but promises holds up a share, one message at a time still gets its turn; and
// what would wait for yet another promise is refused, after a while in which others may settle some.

import { PROMISES_FULL_MS_MAX } from '../core/answer-limits.ts';
import { isObjectId, isPromiseId, isResolverId, type LocalId } from '../core/ids.ts';
import { endOf } from './combine.ts';
import { singleReference } from './compose.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { PeerAnswers } from './peer-answers.ts';
import type { PromiseRows } from './promise-rows.ts';
import type { PromiseRow } from './promise-store-port.ts';

export interface PeerRoom {
  /** Whether a message for a thing of this vat can be taken now. */
  judge(link: Link, message: { readonly target: LocalId; readonly bytes: number }): Verdict;
  /** Whether there is room for an item of that peer that is for this vat itself. */
  has(link: Link): boolean;
  /** Whether the peer can be told of one more thing. */
  hasToAnswer(link: Link): boolean;
}

type Verdict = 'room' | 'busy' | 'refused';

export function makePeerRoom(
  { inboxUsage, clock }: Pick<Island, 'inboxUsage' | 'clock'>,
  parts: {
    readonly links: Links;
    readonly rows: PromiseRows;
    readonly answers: Pick<PeerAnswers, 'hasRoom'>;
  },
): PeerRoom {
  const { links, rows, answers } = parts;
  /** Since when shares have lacked room that only promises could make. */
  const since = new Map<string, number>();

  const fits = (share: string, bytes: number): boolean => {
    const room = inboxUsage.roomFor(share);
    return room.rows >= 1 && room.bytes >= bytes;
  };
  /** Whether all that a share holds waits for promises, so that no turn will make room. */
  const isHeldUp = (share: string): boolean => {
    const held = inboxUsage.rowsOf(share);
    return held > 0 && held === rows.waitingOf(share);
  };
  const wasHeldUpLong = (share: string): boolean => {
    const now = clock.monotonicMs();
    if (!since.has(share)) since.set(share, now);
    return now - since.get(share)! >= PROMISES_FULL_MS_MAX;
  };

  return Object.freeze({
    judge(link: Link, { target, bytes }: { readonly target: LocalId; readonly bytes: number }) {
      if (!answers.hasRoom(link)) return 'busy';
      if (isResolverId(target)) return 'room';
      const share = links.shareOf(link);
      if (fits(share, bytes)) {
        since.delete(share);
        return 'room';
      }
      if (!isHeldUp(share)) return 'busy';
      const row = isPromiseId(target) ? rows.get(target) : undefined;
      if (!row || !mayWait(rows, row)) return 'room';
      // Whoever has what it is for may be away for as long as it takes.
      if (row.decider || row.state !== 'pending') return 'busy';
      return wasHeldUpLong(share) ? 'refused' : 'busy';
    },
    has(link: Link) {
      const share = links.shareOf(link);
      return answers.hasRoom(link) && (fits(share, 0) || isHeldUp(share));
    },
    hasToAnswer: answers.hasRoom,
  });
}

/** Whether a message to it may have to wait: for its end, behind others, or for room in the outbox. */
function mayWait(rows: PromiseRows, row: PromiseRow): boolean {
  const end = endOf(rows, row);
  if (!end || rows.hasPending(row.id)) return true;
  const became = end.state === 'fulfilled' ? singleReference(end.data) : undefined;
  return became !== undefined && !isObjectId(became);
}
