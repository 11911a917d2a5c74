// Promise partings: what becomes of promises between two vats when their link is dropped, or begins anew.
//
// A promise that a peer decides is never left pending in silence: it is rejected by a name, or the
// peer is asked what became of it.

import type { ErrorCode } from '../core/errors.ts';
import { rejection } from './combine.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import { type PromiseBook, settleOpen } from './promise-ends.ts';
import type { Decider, PromiseRow } from './promise-store-port.ts';

/** From where on what of a link means the same to both, and where our items went. */
interface Renumbered {
  /** Our items of lane 1 below mean the same to the peer. */
  readonly common: number;
  /** So do the numbers of the peer's exports below this. */
  readonly theirs: number;
  /** The number of the oldest item that was held. */
  readonly held: number;
  /** What became of items that were held: a new number, or the reason why they ended. */
  readonly moved: ReadonlyMap<number, number | ErrorCode>;
}

export interface PromisePartings {
  /** Nothing more is heard of the peer. */
  dropped(link: Link): void;
  /** What goes on is asked for, if it is open. */
  renumbered(link: Link, how: Renumbered): void;
  /** Names of ours are about to be deleted that are aside. */
  forgetAside(link: Link): void;
  /** Promises of ours that nothing names to the peer since it knows nothing of the link. */
  forgetUnsent(link: Link): void;
  /** All names of the link are as they will be. */
  renamed(): void;
}

export function makePromisePartings(
  { store }: Pick<Island, 'store'>,
  book: PromiseBook,
): PromisePartings {
  const { rows, exports } = book;

  const end = (row: PromiseRow, code: ErrorCode): void => {
    rows.decide(row, undefined);
    settleOpen(book, row.id, rejection(code));
    // If it was settled before, messages that waited for room go to what it became.
    if (rows.hasPending(row.id) && row.state !== 'pending') book.due.add(row.id);
  };

  /** All promises that the peer decides. */
  function* decidedBy(link: Link): Iterable<readonly [PromiseRow, Decider]> {
    rows.flush();
    for (const id of store.promisesOfPeers(link.row.id)) {
      const row = rows.get(id);
      if (row?.decider) yield [row, row.decider];
    }
  }

  /** The name under which a promise goes on, or why it does not. */
  const goOn = (
    { kind, number }: Decider,
    { common, theirs, moved }: Renumbered,
  ): number | ErrorCode => {
    if (kind === 'export') return number < theirs ? number : 'QRT_ANSWER_LOST';
    if (number < common) return number;
    return moved.get(number) ?? 'QRT_ANSWER_LOST';
  };

  const renamed = (): void => {
    rows.flush();
    exports.reload();
  };

  return Object.freeze({
    dropped(link: Link) {
      for (const [row] of decidedBy(link)) end(row, 'QRT_LINK_DROPPED');
      for (const promise of store.deletePromiseExports(link.row.id)) rows.loosen(promise);
      renamed();
    },
    renumbered(link: Link, how: Renumbered) {
      for (const [row, decider] of decidedBy(link)) {
        const number = goOn(decider, how);
        if (typeof number !== 'number') {
          end(row, number);
          continue;
        }
        // Whatever named it among what was held has another number now.
        const last = decider.last >= how.held ? link.row.sending[0].next - 1 : decider.last;
        const isKept = number === decider.number;
        // Both ends count anew: of what is sent again the item is a mention.
        rows.decide(row, { ...decider, number, last, received: isKept ? 0 : 1 });
        if (row.state === 'pending' && isKept) rows.want(row);
      }
    },
    forgetAside(link: Link) {
      for (const promise of store.asidePromises(link.row.id)) rows.loosen(promise);
    },
    forgetUnsent(link: Link) {
      for (const name of store.unsentExports(link.row.id)) {
        exports.remove(name);
        rows.loosen(name.local);
      }
    },
    renamed,
  });
}
