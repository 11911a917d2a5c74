// Drops: tells peers which of their promises this vat needs no more, and asks what became of others.
//
// A `drop` goes in lane 2, so that one that frees room never waits behind a message that needs it. It
// MUST NOT overtake what we sent to that promise in lane 1: it waits until all of that was receipted.

import { NAMES_PER_ITEM_MAX } from '../core/answer-limits.ts';
import type { LocalId } from '../core/ids.ts';
import type { DroppedName, WireName } from '../core/item.ts';
import type { Link, Links } from './links.ts';
import type { Outbox } from './outbox.ts';
import type { Decider } from './promise-store-port.ts';

export interface Drops {
  /** Whether the peer can be told already; if not, `takeReady` returns the promise once it can. */
  isReady(promise: LocalId, decider: Decider): boolean;
  takeReady(): readonly LocalId[];
  /** The promise was forgotten. */
  add(decider: Decider): void;
  /** What became of the promise may have been told before, to nobody: the peer is asked for it. */
  want(decider: Decider): void;
  /** Puts what was added into the lanes. */
  send(): void;
}

const NO_TRACE = '0'.repeat(32);

/** Promises that wait for receipts, and how far those had come. */
interface Waiting {
  readonly receipted: number;
  readonly promises: Set<LocalId>;
}

export function makeDrops({
  links,
  outbox,
}: {
  readonly links: Links;
  readonly outbox: Outbox;
}): Drops {
  const waiting = new Map<Link, Waiting>();
  const gone = new Map<Link, DroppedName[]>();
  const wanted = new Map<Link, Set<Decider>>();

  const linkOf = ({ link: id }: Decider): Link | undefined => {
    const link = links.byId(id);
    return link?.row.state === 'dropped' ? undefined : link;
  };
  const ask = (link: Link, deciders: Decider[]): void => {
    while (deciders.length > 0) {
      const some = deciders.splice(0, NAMES_PER_ITEM_MAX);
      const item = { kind: 'want', names: some.map(nameOf), trace: NO_TRACE } as const;
      const number = outbox.add(link, item, links.shareOf(link));
      // MUST NOT be given up before it is asked for: the peer would not know it then.
      for (const decider of some) decider.last = number;
    }
  };

  return Object.freeze({
    isReady(promise: LocalId, { link: id, kind, number, last }: Decider) {
      const link = links.byId(id);
      if (!link || link.row.state === 'dropped') return true;
      // One that lane 1 is still to name would be made once more by that.
      if (kind === 'export' && number > link.row.givenExport) return false;
      const { receipted } = link.row.sending[0];
      if (last < receipted) return true;
      const wait = waiting.get(link) ?? { receipted, promises: new Set() };
      wait.promises.add(promise);
      waiting.set(link, wait);
      return false;
    },
    takeReady() {
      const ready: LocalId[] = [];
      for (const [link, { receipted, promises }] of waiting) {
        if (link.row.sending[0].receipted === receipted && link.row.state !== 'dropped') continue;
        ready.push(...promises);
        waiting.delete(link);
      }
      return ready;
    },
    add(decider: Decider) {
      const link = linkOf(decider);
      if (!link) return;
      wanted.get(link)?.delete(decider);
      // No mention has come since both ends began to count: one that is on its way is told of then.
      if (decider.received === 0) return;
      const names = gone.get(link) ?? [];
      names.push({ name: nameOf(decider), received: decider.received });
      gone.set(link, names);
    },
    want(decider: Decider) {
      const link = linkOf(decider);
      if (!link) return;
      const deciders = wanted.get(link) ?? new Set();
      wanted.set(link, deciders.add(decider));
    },
    send() {
      for (const [link, names] of gone) {
        while (names.length > 0) {
          const some = names.splice(0, NAMES_PER_ITEM_MAX);
          const item = { kind: 'drop', names: some, trace: NO_TRACE } as const;
          outbox.add(link, item, links.shareOf(link));
        }
      }
      gone.clear();
      for (const [link, deciders] of wanted) ask(link, [...deciders]);
      wanted.clear();
    },
  });
}

/** What the peer calls its promise, from here. */
const nameOf = ({ kind, number }: Decider): WireName => ({
  side: kind === 'export' ? 'y' : 'q',
  number,
});
