// Decisions: what the operator wants to become of the items of a link in doubt.

import { QrtError } from '../core/errors.ts';
import type { Doubts } from './doubts.ts';
import { peerStatement } from './fit.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import { findLink } from './peers.ts';
import type { SettleReply, SettleRequest } from './settle-ports.ts';
import type { Settler } from './settler.ts';

export interface Decisions {
  /**
   * Throws QRT_PEER_UNKNOWN, QRT_PEER_AMBIGUOUS, QRT_LINK_UNDOUBTED, QRT_LINK_DECIDED,
   * QRT_RESET_REFUSED before anything changes.
   */
  settle(request: Extract<SettleRequest, { type: 'settle' }>): SettleReply;
}

export function makeDecisions(
  island: Island,
  parts: { readonly links: Links; readonly doubts: Doubts; readonly settler: Settler },
): Decisions {
  const { store, transaction } = island;
  const { links, doubts, settler } = parts;

  const check = (link: Link, isReset: boolean): void => {
    const { vat, state } = link.row;
    const { row } = link.settling;
    if (state !== 'doubt' || !row) throw new QrtError('QRT_LINK_UNDOUBTED', { vat });
    if (row.stage !== 'doubt') throw new QrtError('QRT_LINK_DECIDED', { vat });
    const isLost = peerStatement(row)?.stage === 'unknown';
    if (isReset && !isLost) throw new QrtError('QRT_RESET_REFUSED', { vat });
  };

  return Object.freeze({
    settle(request: Extract<SettleRequest, { type: 'settle' }>): SettleReply {
      const link = findLink(links, request.peer);
      check(link, request.reset === true);
      const row = link.settling.row!;
      const range = doubts.rangeOf(link);
      transaction.join(0);
      let decided = 0;
      for (const { from, to, choice } of request.choices) {
        const part = { from: Math.max(from, range.from), below: Math.min(to + 1, range.below) };
        decided += store.putChoices({ ...range, ...part }, choice);
      }
      if (request.rest !== undefined) row.rest = request.rest;
      const { undecided } = store.countHeld(range);
      const left = row.rest === undefined ? undecided : 0;
      if (request.rest !== undefined) decided += undecided;
      row.isDecided = left === 0;
      links.touchSettling(link);
      if (request.reset) settler.reset(link);
      else if (row.isDecided) settler.decided(link);
      const { vat, petname, state } = link.row;
      const who = petname === undefined ? { vat } : { vat, petname };
      return { ...who, decided, left, state: state as SettleReply['state'] };
    },
  });
}
