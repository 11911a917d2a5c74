// Checkpoints: the tail of lane 1 after each item that made a name, at both ends.
//
// By them two vats whose histories parted find how far they had been one, and so which names still
// mean the same to both. Both write one for the same items: each redeem, and each message that is
// the first in lane 1 to mention a thing by its number. Of old ones ever fewer are kept: what a lost
// one could have told apart are a few names made just before the histories parted, long ago.

import type { SendableItem } from '../core/item.ts';
import { thinnedBetween } from '../core/thinning.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import type { CheckpointRow } from './settle-store-port.ts';

type NamingItem = Extract<SendableItem, { kind: 'message' | 'give' }>;

export interface Checkpoints {
  /** An item was added to our lane 1, and the lane's row says so. */
  sent(link: Link, item: SendableItem): void;
  /** The same of an item of the peer; `hasNames` if it was a redeem, or the first mention of a thing. */
  received(link: Link, hasNames: boolean): void;
  /**
   * Our lane 1 has a receipt for all below `to`, or that of the peer was taken so far, where it was
   * `from` before: what lies far back is thinned. In the open transaction.
   */
  reached(link: Link, half: CheckpointRow['half'], span: { from: number; to: number }): void;
}

/** Above all numbers. */
const ALL = Number.MAX_SAFE_INTEGER;

export function makeCheckpoints({ store }: Pick<Island, 'store'>): Checkpoints {
  /** Things get their numbers in the order in which they are first mentioned. */
  const hasFirstMention = ({ row }: Link, { slots }: NamingItem): boolean => {
    const mentioned = slots.filter(({ side }) => side === 'x');
    if (mentioned.length === 0) return false;
    const last = store.checkpointUpTo({ link: row.id, half: 'sent', number: ALL });
    // MUST NOT compare with the next number: after a settling it is higher without a mention.
    return mentioned.some(({ number }) => number >= (last?.exports ?? 1));
  };

  return Object.freeze({
    sent(link: Link, item: SendableItem) {
      const isNaming = item.kind === 'message' || item.kind === 'give';
      if (isNaming ? !hasFirstMention(link, item) : item.kind !== 'redeem') return;
      const { id: of, nextExport: exports, sending } = link.row;
      const { next: number, tail } = sending[0];
      store.insertCheckpoint({ link: of, half: 'sent', number, tail, exports });
    },
    received(link: Link, hasNames: boolean) {
      if (!hasNames) return;
      const { id: of, receiving } = link.row;
      const { next: number, tail } = receiving[0];
      store.insertCheckpoint({ link: of, half: 'received', number, tail, exports: 0 });
    },
    reached(link: Link, half: CheckpointRow['half'], { from, to }: { from: number; to: number }) {
      for (const thinned of thinnedBetween(from, to)) {
        store.trimCheckpoints({ link: link.row.id, half, ...thinned });
      }
    },
  });
}
