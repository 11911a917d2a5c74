// Facts: what this vat states about a link in doubt, and whether it needs its operator for that.

import type { Checkpoint, Facts, LaneFacts } from '../core/statement.ts';
import type { CommonHistory } from './common-history.ts';
import { fitOf, pairedStatement } from './fit.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import type { Outbox } from './outbox.ts';

export interface OwnFacts {
  /** What is known now; before it `isFinal`, nothing is said of what is common. */
  of(link: Link, isFinal: boolean): Facts;
  /** Whether the peer has taken of both of our lanes what we know, as far as it got. */
  areFit(link: Link): boolean;
  /** Checkpoints of which the peer is still to say whether it has them. */
  ask(link: Link): readonly Checkpoint[];
}

export function makeOwnFacts(
  { store }: Pick<Island, 'store'>,
  { outbox, common }: { readonly outbox: Outbox; readonly common: CommonHistory },
): OwnFacts {
  const upTo = (link: Link, lane: 1 | 2): number | undefined => {
    const facts = pairedStatement(link)?.facts;
    return facts && fitOf(outbox, link, { lane, facts });
  };

  const laneOf = (link: Link, index: 0 | 1): LaneFacts => {
    const { next, receipted } = link.row.sending[index];
    const { next: receivedNext, tail: receivedTail } = link.row.receiving[index];
    const kept = upTo(link, index === 0 ? 1 : 2) ?? receipted;
    return { kept, next, receivedNext, receivedTail };
  };

  return Object.freeze({
    of(link: Link, isFinal: boolean): Facts {
      const { id, nextExport: next, seenExport: seen } = link.row;
      const number = isFinal ? (upTo(link, 1) ?? common.below(link)) : 1;
      // What was first mentioned by an item that is not common means nothing for certain.
      const kept = store.checkpointUpTo({ link: id, half: 'sent', number })?.exports ?? 1;
      const lanes = [laneOf(link, 0), laneOf(link, 1)] as const;
      return { lanes, exports: { kept, next, seen }, common: number };
    },
    areFit: (link: Link) => upTo(link, 1) !== undefined && upTo(link, 2) !== undefined,
    ask: (link: Link) => (upTo(link, 1) === undefined ? common.ask(link) : []),
  });
}
