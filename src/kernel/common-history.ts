// Common history: how far our lane 1 and what the peer knows of it are one, where they do not fit.
//
// We state some of our checkpoints, the peer says which of them it has as well, and we ask again
// between the highest of those and the lowest that it does not have. As with the common ancestor
// of two copies of a log, what is the same at one moment was the same at all moments before.

import { makeEmptyTail } from '../core/lanes.ts';
import { CHECKPOINTS_ASKED_MAX } from '../core/limits.ts';
import type { Checkpoint, Match, Statement } from '../core/statement.ts';
import { blockOf } from '../core/thinning.ts';
import { pairedStatement } from './fit.ts';
import type { Island } from './island.ts';
import type { Link, Search } from './links.ts';
import type { CheckpointRow } from './settle-store-port.ts';

export interface CommonHistory {
  /** Items of our lane 1 below are the same to both, as far as is known. */
  below(link: Link): number;
  /** What is to be asked next; none when all is known. */
  ask(link: Link): readonly Checkpoint[];
  /** What the peer says of what was asked. */
  learn(link: Link, match: Match): void;
  /** What we say of the checkpoints in a statement of the peer; undefined if there are none. */
  matchOf(link: Link, said: Pick<Statement, 'checkpoints'>): Match | undefined;
}

export function makeCommonHistory({ store }: Pick<Island, 'store'>): CommonHistory {
  const upTo = (link: Link, half: CheckpointRow['half'], number: number): Checkpoint | undefined =>
    store.checkpointUpTo({ link: link.row.id, half, number });

  const has = (link: Link, half: CheckpointRow['half'], { number, tail }: Checkpoint): boolean => {
    const found = upTo(link, half, number);
    return found?.number === number && Buffer.compare(found.tail, tail) === 0;
  };

  const searchOf = ({ settling }: Link): Search => settling.search ?? { low: 0, high: ABOVE_ALL };

  return Object.freeze({
    below: (link: Link) => Math.min(Math.max(1, searchOf(link).low), link.row.sending[0].receipted),
    ask(link: Link) {
      const { low, high } = searchOf(link);
      const { receipted } = link.row.sending[0];
      const taken = pairedStatement(link)?.facts?.lanes[0].receivedNext;
      if (taken === undefined) return [];
      // What is not receipted is held: it is numbered anew, or discarded.
      const top = Math.min(high - 1, taken, receipted);
      const asked = new Map<number, Checkpoint>();
      for (let part = CHECKPOINTS_ASKED_MAX; part > 0; part -= 1) {
        const share = Math.ceil(((top - low) * part) / CHECKPOINTS_ASKED_MAX);
        // MUST be one that the peer keeps too, or what it lacks would say that we had parted.
        const [first, last] = blockOf(low + share, Math.max(taken, receipted));
        const found = upTo(link, 'sent', last > top ? first - 1 : last);
        if (!found || found.number <= low) break;
        asked.set(found.number, { number: found.number, tail: found.tail });
      }
      return [...asked.values()].reverse();
    },
    learn(link: Link, match: Match) {
      const { low, high } = searchOf(link);
      // The peer shows its own tail: only if that is ours, we were one there.
      const isCommon = match.number > low && has(link, 'sent', match);
      const above = match.above === 0 ? ABOVE_ALL : match.above;
      link.settling.search = { low: isCommon ? match.number : low, high: Math.min(high, above) };
    },
    matchOf(link: Link, { checkpoints }: Pick<Statement, 'checkpoints'>) {
      if (checkpoints.length === 0) return undefined;
      let found: Checkpoint = { number: 0, tail: makeEmptyTail() };
      const missed: number[] = [];
      for (const each of checkpoints) {
        if (!has(link, 'received', each)) missed.push(each.number);
        else if (each.number > found.number) found = each;
      }
      const above = missed.filter((number) => number > found.number);
      return { ...found, above: above.length > 0 ? Math.min(...above) : 0 };
    },
  });
}

const ABOVE_ALL = Number.MAX_SAFE_INTEGER;
