// Facts: what this vat states about a link in doubt, and whether it needs its operator for that.

import { parseItem } from '../core/item.ts';
import type { Facts, LaneFacts } from '../core/statement.ts';
import { fitOf, pairedStatement } from './fit.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import type { Outbox } from './outbox.ts';

export interface OwnFacts {
  /** What is known now; `isFinal` to look at every item that is held. */
  of(link: Link, isFinal: boolean): Facts;
  /** Whether the peer has taken of both of our lanes what we know, as far as it got. */
  areFit(link: Link): boolean;
}

/** Items read at once. */
const BLOCK_ROWS = 256;
const BLOCK_BYTES = 4 * 1024 * 1024;

export function makeOwnFacts(island: Island, outbox: Outbox): OwnFacts {
  const { store } = island;

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

  /** The lowest export that was mentioned in no item below `from`. */
  const keptExports = (link: Link, from: number): number => {
    const mentions = new Map<number, number>();
    for (const item of heldItems(link, from)) {
      if (item.kind !== 'message') continue;
      for (const { side, number } of item.slots) {
        if (side === 'x') mentions.set(number, (mentions.get(number) ?? 0) + 1);
      }
    }
    let kept = link.row.nextExport;
    for (const [number, count] of mentions) {
      const isFirst = store.exportSent({ link: link.row.id, number }) <= count;
      if (isFirst && number < kept) kept = number;
    }
    return kept;
  };

  function* heldItems(link: Link, first: number) {
    const below = link.row.sending[0].next;
    const bounds = { rowsMax: BLOCK_ROWS, bytesMax: BLOCK_BYTES };
    let from = first;
    for (;;) {
      const rows = store.outboxRows({ link: link.row.id, lane: 1, from, below, ...bounds });
      for (const row of rows) yield parseItem(row.item);
      if (rows.length === 0) return;
      from = rows.at(-1)!.number + 1;
    }
  }

  return Object.freeze({
    of(link: Link, isFinal: boolean): Facts {
      const one = laneOf(link, 0);
      const next = link.row.nextExport;
      const kept = isFinal ? keptExports(link, one.kept) : next;
      const seen = store.highestImport(link.row.id);
      return { lanes: [one, laneOf(link, 1)], exports: { kept, next, seen } };
    },
    areFit: (link: Link) => upTo(link, 1) !== undefined && upTo(link, 2) !== undefined,
  });
}
