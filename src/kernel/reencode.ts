// Re-encode: the names in an item that is held, as they are after its link was numbered anew.
//
// What the peer does not know any more is named anew, and what the peer itself has forgotten is dead.

import type { LocalId } from '../core/ids.ts';
import { NOBODY } from '../core/ids.ts';
import type { Item, WireName } from '../core/item.ts';
import type { Facts } from '../core/statement.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import type { Names } from './names.ts';
import type { AsideName } from './settle-store-port.ts';

type MessageItem = Extract<Item, { kind: 'message' }>;

/** What stays as it was: our numbers below these mean the same on both sides. */
export interface Kept {
  readonly lane: number;
  readonly exports: number;
}

export interface Reencoder {
  /** A redeem that was held has this number now. */
  redeemed(from: number, to: number): void;
  /** The message with its new names; undefined when nothing is behind its target any more. */
  message(item: MessageItem): MessageItem | undefined;
}

export function makeReencoder(
  { store }: Island,
  input: {
    readonly link: Link;
    readonly names: Names;
    readonly kept: Kept;
    /** What the peer says; of its names and of ours it knows no others than these allow. */
    readonly peer: Facts;
  },
): Reencoder {
  const { link, names, kept, peer } = input;
  const { id } = link.row;
  const exports = new Map<number, number>();
  const redeems = new Map<number, number>();

  const countSent = (number: number, isGiven: boolean): WireName => {
    store.countExportSent({ link: id, kind: 'export', number, isGiven });
    return { side: 'x', number };
  };

  const moveExport = (number: number, { isGiven }: Pick<AsideName, 'isGiven'>): WireName => {
    const known = exports.get(number);
    const to = known ?? link.row.nextExport;
    if (known === undefined) {
      link.row.nextExport += 1;
      store.updateExportNumber({ link: id, from: number, to });
      exports.set(number, to);
    }
    return countSent(to, isGiven);
  };

  /** A thing of ours that the peer had redeemed, and forgot: it needs a name of ours. */
  const nameAnew = (aside: AsideName): WireName => {
    const number = store.asideExportOf(id, aside.local);
    if (number !== undefined) return moveExport(number, aside);
    return names.again(link, aside.local, aside.isGiven ? undefined : aside.swissHash);
  };

  const own = (name: WireName): WireName => {
    const kind = name.side === 'x' ? 'export' : 'item';
    const at = { link: id, kind, number: name.number } as const;
    if (kind === 'export' && name.number < kept.exports) return name;
    if (kind === 'item' && name.number < peer.common) return name;
    const known = kind === 'export' ? exports.get(name.number) : undefined;
    if (known !== undefined) {
      const right = store.exportRight({ link: id, kind, number: known })!;
      return countSent(known, right.isGiven);
    }
    const aside = store.asideName(at);
    if (!aside) return nobody();
    return kind === 'export' ? moveExport(name.number, aside) : nameAnew(aside);
  };

  const nobody = (): WireName => names.outgoing(link, NOBODY as LocalId);

  /** The name of a thing of the peer; undefined when it is dead. */
  const theirs = (name: WireName): WireName | undefined => {
    const { side, number } = name;
    if (side === 'y') return number < peer.exports.kept ? name : undefined;
    if (number < kept.lane) return name;
    const to = redeems.get(number);
    return to === undefined ? undefined : { side, number: to };
  };

  const isOwn = ({ side }: WireName): boolean => side === 'x' || side === 'p';

  return {
    redeemed(from: number, to: number) {
      redeems.set(from, to);
      store.updateImportNumber({ link: id, from, to });
    },
    message(item: MessageItem) {
      const target = theirs(item.target);
      if (!target) return undefined;
      const slots = item.slots.map((slot) =>
        isOwn(slot) ? own(slot) : (theirs(slot) ?? nobody()),
      );
      return { ...item, target, slots };
    },
  };
}
