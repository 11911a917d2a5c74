// Box maker: one sealed box of what is committed for a peer and not yet receipted.
//
// Outbox rows are stored unboxed and sealed anew for each attempt, so that no nonce is used twice.

import { BOX_BYTES_MAX, BOX_ITEMS_MAX } from '../core/limits.ts';
import {
  type Above,
  type BoxLane,
  ENVELOPE_BYTES,
  encodeBox,
  encodeEnvelope,
} from '../core/wire.ts';
import type { AddressBook } from './address-book.ts';
import type { Gossip } from './gossip.ts';
import type { Island } from './island.ts';
import type { Attempt, Link } from './links.ts';
import type { Outbox } from './outbox.ts';
import type { Standstill } from './standstill.ts';

/** Room in a box for its envelope, its head and contact records: ours, and 8 KiB of others. */
const HEAD_BYTES = 24 * 1024;
const ITEMS_BYTES_MAX = BOX_BYTES_MAX - ENVELOPE_BYTES - HEAD_BYTES;

/** A box and what its receipt is compared with. */
type SealedBox = Pick<Attempt, 'nonce' | 'isKnown' | 'items' | 'messages' | 'serial'> & {
  readonly bytes: Uint8Array;
};

export interface BoxMaker {
  /** A box of the oldest items of both lanes; it may be empty. */
  make(link: Link): SealedBox;
  /** Our own record, when the peer has not receipted this serial. */
  recordFor(link: Link): readonly string[];
  /** With it those of third vats that the peer is told now. */
  recordsFor(link: Link): readonly string[];
}

export function makeBoxMaker(
  island: Island,
  parts: {
    readonly outbox: Outbox;
    readonly book: AddressBook;
    readonly gossip: Gossip;
    readonly standstill: Standstill;
  },
): BoxMaker {
  const { store, sealer } = island;
  const { outbox, book, gossip, standstill } = parts;

  const readLane = (
    link: Link,
    lane: 1 | 2,
    bounds: { readonly bytesMax: number; readonly rowsMax: number },
  ): BoxLane => {
    const from = link.row.sending[lane - 1]!.receipted;
    // MUST not pass what is committed: nothing leaves before it is on disk.
    // Nor may an item leave before the peer has shown that it means the same history.
    const below = link.row.state === 'ok' ? link.committed[lane - 1]! : from;
    const at = { link: link.row.id, lane, from, below, ...bounds };
    const items = from < below ? store.outboxRows(at).map((row) => row.item) : [];
    return { first: from, tail: outbox.tailBefore(link, lane, from)!, items };
  };

  const recordFor = (link: Link): readonly string[] => {
    const own = book.own();
    return own.serial > link.row.recordSent ? [own.record] : [];
  };
  const recordsFor = (link: Link) => [...recordFor(link), ...gossip.next(link)];

  /** Where the lanes of a peer are to begin that has lost the link. */
  const aboveOf = ({ row, settling }: Link): { above?: Above } => {
    if (settling.row?.stage !== 'reset' || row.isKnownToPeer) return {};
    const [one, two] = row.receiving;
    return { above: { lanes: [one, two], exports: row.seenExport + 1 } };
  };

  return Object.freeze({
    recordFor,
    recordsFor,
    make(link: Link): SealedBox {
      // Answers first, at most half: they free what both sides hold.
      const half = { bytesMax: ITEMS_BYTES_MAX / 2, rowsMax: BOX_ITEMS_MAX / 2 };
      const answers = readLane(link, 2, half);
      const used = answers.items.reduce((sum, item) => sum + item.length, 0);
      const rowsMax = BOX_ITEMS_MAX - answers.items.length;
      const messages = readLane(link, 1, { bytesMax: ITEMS_BYTES_MAX - used, rowsMax });
      const left = messages.first + messages.items.length;
      link.settling.left = Math.max(link.settling.left, left);
      const { length: own } = recordFor(link);
      const contacts = recordsFor(link);
      const from = sealer.vat;
      const to = link.row.vat;
      const isLinked = link.row.isKnownToPeer;
      const lanes = [messages, answers] as const;
      const above = aboveOf(link);
      const stuck = standstill.isFound() ? ({ isStuck: true } as const) : {};
      const plaintext = encodeBox({ from, to, isLinked, lanes, contacts, ...above, ...stuck });
      const sealed = sealer.seal({ to, counter: counterOf(messages, answers), plaintext });
      return {
        bytes: encodeEnvelope({ from, to, ...sealed }),
        nonce: sealed.nonce,
        // It receipted a box, or sent one: either way it has a row for us.
        isKnown: isLinked || (link.row.receiving[0].next !== 0 && !above.above),
        items: messages.items.length + answers.items.length,
        messages: messages.items.length,
        serial: own > 0 ? book.own().serial : 0,
      };
    },
  });
}

/** The pairwise number in a box's nonce. */
function counterOf(messages: BoxLane, answers: BoxLane): number {
  if (messages.items.length > 0) return messages.first;
  return answers.items.length > 0 ? answers.first : 0;
}
