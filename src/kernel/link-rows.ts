// Link rows: how a link begins, and how a doubt about it does.

import type { VatId } from '../core/ids.ts';
import { makeEmptyTail } from '../core/lanes.ts';
import type { SettlingRow } from './settle-store-port.ts';
import type { LinkRow, ReceivingLane, SendingLane } from './store-port.ts';

/** Bytes of a mark. */
export const MARK_BYTES = 16;

/** A doubt that nobody has said anything about; items of lane 1 from `fresh` on never left. */
export function makeSettlingRow(link: number, fresh: number, mark: Uint8Array): SettlingRow {
  return {
    link,
    stage: 'doubt',
    mark,
    peerMark: undefined,
    final: undefined,
    peer: undefined,
    fresh,
    isDecided: false,
    rest: undefined,
  };
}

/** A link on which nothing was sent yet. */
export function makeLinkRow(id: number, vat: VatId, openedBy: Uint8Array | undefined): LinkRow {
  const sending = (): SendingLane => ({
    next: 1,
    tail: makeEmptyTail(),
    receipted: 1,
    receiptedTail: makeEmptyTail(),
  });
  // 0: the peer's first accepted box says where its lane begins.
  const receiving = (): ReceivingLane => ({ next: 0, tail: makeEmptyTail() });
  return {
    id,
    vat,
    state: 'ok',
    reason: '',
    petname: undefined,
    isKnownToPeer: false,
    nextExport: 1,
    recordSent: 0,
    gaps: 0,
    refusals: 0,
    lastRefusal: '',
    openedBy,
    seenExport: 0,
    givenExport: 0,
    sending: [sending(), sending()],
    receiving: [receiving(), receiving()],
  };
}
