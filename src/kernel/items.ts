// Items: what one accepted item of a peer does to this vat.

import { type LocalId, NOBODY } from '../core/ids.ts';
import type { Item } from '../core/item.ts';
import { QRID_USED_STEP_MS } from '../core/limits.ts';
import type { Consumption } from './forwarding.ts';
import type { IncomingMessages } from './incoming.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { PeerRoom } from './peer-room.ts';
import type { PromiseItems } from './promise-items.ts';
import type { Refusals } from './refusals.ts';

/** Stands in a refusal for the trace of an item that could not be read. */
const NO_TRACE = '0'.repeat(32);

/** An object by the hash of one of its swissnums. */
interface Redeemed {
  readonly object: LocalId;
  readonly swissHash: Uint8Array;
}

export interface Items {
  /** Item `number` of lane 1, which is next. Nothing is changed when it is busy. */
  consumeMessage(link: Link, number: number, item: Item): Consumption;
  /** Item of lane 2, which is next. */
  consumeAnswer(link: Link, item: Item): void;
  /** What a swissnum names here; undefined when it is unknown, revoked, or its object deleted. */
  findRedeemed(swissnum: string): Redeemed | undefined;
}

export function makeItems(
  island: Island,
  parts: {
    readonly links: Links;
    readonly refusals: Refusals;
    readonly incoming: IncomingMessages;
    readonly promised: PromiseItems;
    readonly room: PeerRoom;
  },
): Items {
  const { store, transaction, sha256, clock } = island;
  const { links, refusals, incoming, promised, room } = parts;

  const findRedeemed = (swissnum: string): Redeemed | undefined => {
    const swissHash = sha256(Buffer.from(swissnum));
    const object = store.objectOfSwissHash(swissHash);
    return object && { object, swissHash };
  };

  const redeem = (link: Link, number: number, item: Extract<Item, { kind: 'redeem' }>): void => {
    const found = findRedeemed(item.swissnum);
    const name = { link: link.row.id, kind: 'item', number } as const;
    transaction.join(0);
    if (!found) {
      store.insertExport({ ...name, local: NOBODY });
      refusals.refuse({ link: link.row.id, number }, 'QRT_NO_OBJECT', item.trace);
      return;
    }
    const { object, swissHash } = found;
    store.insertExport({ ...name, local: object, swissHash });
    const timeMs = clock.nowMs();
    store.updateSwissUsed({ hash: swissHash, timeMs, stepMs: QRID_USED_STEP_MS });
  };

  return Object.freeze({
    findRedeemed,
    consumeMessage(link: Link, number: number, item: Item): Consumption {
      const origin = { link: link.row.id, number };
      switch (item.kind) {
        case 'message':
          return incoming.consume(link, number, item);
        case 'redeem':
          if (!room.has(link)) return 'busy';
          redeem(link, number, item);
          return 'consumed';
        case 'give':
          // What nobody needs of it is given up at once, and that has to be told.
          if (!room.hasToAnswer(link)) return 'busy';
          promised.give(link, item);
          return 'consumed';
        case 'want':
          if (!room.has(link)) return 'busy';
          promised.want(link, item);
          return 'consumed';
        case 'resolve':
        case 'drop':
        case 'malformed':
          if (!room.has(link)) return 'busy';
          refusals.refuse(origin, 'QRT_ITEM_MALFORMED', NO_TRACE);
          return 'consumed';
      }
    },
    consumeAnswer(link: Link, item: Item): void {
      if (item.kind === 'resolve') return promised.resolve(link, item);
      if (item.kind === 'drop') return promised.drop(link, item);
      link.row.refusals += 1;
      link.row.lastRefusal = 'QRT_ITEM_MALFORMED';
      links.touch(link);
    },
  });
}
