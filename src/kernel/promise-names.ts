// Promise names: promises that peers decide, by what those peers call them.

import { type LocalId, makePromiseId } from '../core/ids.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import { NO_DATA } from './promise-ends.ts';
import type { PromiseRows } from './promise-rows.ts';
import type { PromiseName } from './promise-store-port.ts';

/** Where a peer says a name. */
export interface Mention {
  readonly lane: 1 | 2;
  /** Whose a promise of the peer is that it names for the first time. */
  readonly owner: number;
  /**
   * `slot`: among what a message or an answer holds. `give`: to be known. `of`: as that of which an
   * item tells, which both ends leave uncounted.
   */
  readonly place: 'slot' | 'give' | 'of';
}

/** A name of a promise, when it is new here. */
interface NewName extends Pick<PromiseName, 'kind' | 'number'> {
  /** Whose the promise is. */
  readonly owner: number;
  /** Whether it may have been named, and given up, before: then the peer is asked what it became. */
  readonly isWanted: boolean;
  readonly isCounted: boolean;
}

export interface FarPromises {
  /** A promise of the peer that it names for the first time. */
  make(link: Link, name: NewName): LocalId;
  /** The promise that the peer gave us under its number, if it did, named once more. */
  given(link: Link, number: number, isCounted: boolean): LocalId | undefined;
  /** The peer's answer to our lane 1 item of that number; undefined if there was none. */
  answer(link: Link, number: number, at: Pick<Mention, 'owner' | 'place'>): LocalId | undefined;
  /** The peer gives a promise once more that is not here any more: it is told so at once. */
  giveUp(link: Link, name: Pick<PromiseName, 'kind' | 'number'>): undefined;
  /** Our lane 1 item of that number names the promise to its peer; 0 for an item of lane 2. */
  mention(id: LocalId, item: number): void;
}

export function makeFarPromises(island: Island, rows: PromiseRows): FarPromises {
  const { counters, clock, transaction } = island;

  const make = (link: Link, { kind, number, owner, isWanted, isCounted }: NewName): LocalId => {
    counters.turn += 1;
    const id = makePromiseId(counters.turn, 0);
    // It counts for nobody: else a peer could use up what an installation may have.
    const open = { kind: 'peer', state: 'pending', data: NO_DATA, follows: undefined } as const;
    const decider = { link: link.row.id, kind, number, received: isCounted ? 1 : 0, last: 0 };
    const madeMs = clock.nowMs();
    rows.make({ id, owner, ...open, left: 0, madeMs, deadlineMs: undefined, decider });
    const row = rows.get(id);
    if (isWanted && row) rows.want(row);
    return id;
  };

  /** The peer has named it, or spoken of it, once more. */
  const named = (name: PromiseName, isCounted: boolean): LocalId | undefined => {
    const row = rows.decidedBy(name);
    if (!row?.decider) return undefined;
    if (isCounted) row.decider.received += 1;
    rows.touch(row);
    return row.id;
  };

  // Nothing of ours can wait for it or name it: then it would be here.
  const giveUp = (link: Link, name: Pick<PromiseName, 'kind' | 'number'>): undefined => {
    transaction.join(0);
    rows.refuse({ link: link.row.id, ...name });
    return undefined;
  };

  return Object.freeze({
    make,
    giveUp,
    given: (link: Link, number: number, isCounted: boolean) =>
      named({ link: link.row.id, kind: 'export', number }, isCounted),
    answer(link: Link, number: number, { owner, place }: Pick<Mention, 'owner' | 'place'>) {
      if (number >= link.row.sending[0].next) return undefined;
      const known = named({ link: link.row.id, kind: 'item', number }, true);
      if (!known && place === 'give') return giveUp(link, { kind: 'item', number });
      return known ?? make(link, { kind: 'item', number, owner, isWanted: true, isCounted: true });
    },
    mention(id: LocalId, item: number) {
      const row = rows.get(id);
      if (!row?.decider || item <= row.decider.last) return;
      row.decider.last = item;
      rows.touch(row);
    },
  });
}
