// Re-encode: the names in an item that is held, as they are after its link was numbered anew.
//
// What the peer does not know any more is named anew, and what the peer itself has forgotten is dead.
// What keeps the books of names, `give`, `want` and `drop`, is not for it: that is made anew as well.

import { isPromiseId, type LocalId, NOBODY } from '../core/ids.ts';
import type { Item, SendableItem, WireName } from '../core/item.ts';
import type { Facts } from '../core/statement.ts';
import type { Island } from './island.ts';
import type { Link } from './links.ts';
import type { Names } from './names.ts';
import type { AsideName } from './settle-store-port.ts';

type ItemOf<Kind extends Item['kind']> = Extract<Item, { kind: Kind }>;

/** What stays as it was: our numbers below these mean the same on both sides. */
interface Kept {
  readonly lane: number;
  readonly exports: number;
}

interface Input {
  readonly link: Link;
  readonly names: Names;
  readonly kept: Kept;
  /** What the peer says; of its names and of ours it knows no others than these allow. */
  readonly peer: Facts;
}

export interface Reencoder {
  /** An item of lane 1 that was held has this number now, and so has what it makes. */
  moved(item: Item, from: number, to: number): void;
  /** An item of lane 1 with its new names; undefined when nothing is behind its target any more. */
  item(item: SendableItem): SendableItem | undefined;
  /** The same of lane 2; undefined when the peer knows nothing of what it is about. */
  answer(item: ItemOf<'resolve'>): ItemOf<'resolve'> | undefined;
}

export function makeReencoder(island: Island, input: Input): Reencoder {
  const { store } = island;
  const { link, kept, peer } = input;
  const { id } = link.row;
  const redeems = new Map<number, number>();
  const { own, movedTo, nobody } = makeOwnNames(island, input);

  /** The name of a thing of the peer; undefined when it is dead. */
  const theirs = (name: WireName): WireName | undefined => {
    const { side, number } = name;
    if (side === 'y') return number < peer.exports.kept ? name : undefined;
    if (number < kept.lane) return name;
    const to = redeems.get(number);
    return to === undefined ? undefined : { side, number: to };
  };

  const isOwn = ({ side }: WireName): boolean => side === 'x' || side === 'p';
  const again = (slots: readonly WireName[]): readonly WireName[] =>
    slots.map((slot) => (isOwn(slot) ? own(slot) : (theirs(slot) ?? nobody())));

  return {
    moved(item: Item, from: number, to: number) {
      redeems.set(from, to);
      if (item.kind === 'redeem') store.updateImportNumber({ link: id, from, to });
    },
    item(item: SendableItem) {
      if (item.kind !== 'message') return item;
      const target = theirs(item.target);
      return target && { ...item, target, slots: again(item.slots) };
    },
    answer(item: ItemOf<'resolve'>) {
      const { side, number } = item.of;
      const isKept = number < (side === 'p' ? peer.common : kept.exports);
      const of = isKept ? item.of : side === 'x' ? movedTo(number) : undefined;
      return of && { ...item, of, slots: again(item.slots) };
    },
  };
}

/** Names of things of ours: what the peer does not know gets new numbers. */
function makeOwnNames({ store }: Island, { link, names, kept, peer }: Input) {
  const { id } = link.row;
  const exports = new Map<number, number>();

  const nameOf = (number: number): WireName => {
    const local = store.exported({ link: id, kind: 'export', number });
    const isPromise = local !== undefined && isPromiseId(local);
    return { side: 'x', number, ...(isPromise ? { isPromise } : {}) };
  };
  const sent = (number: number, isGiven: boolean): WireName => {
    store.countExportSent({ link: id, kind: 'export', number, isGiven });
    return nameOf(number);
  };

  const moveExport = (number: number, isGiven: boolean): WireName => {
    const known = exports.get(number);
    const to = known ?? link.row.nextExport;
    if (known === undefined) {
      link.row.nextExport += 1;
      store.updateExportNumber({ link: id, from: number, to });
      exports.set(number, to);
    }
    return sent(to, isGiven);
  };

  /** A thing of ours that the peer had redeemed, and forgot: it needs a name of ours. */
  const nameAnew = (aside: AsideName): WireName => {
    const number = store.asideExportOf(id, aside.local);
    if (number !== undefined) return moveExport(number, aside.isGiven);
    return names.again(link, aside.local, aside.isGiven ? undefined : aside.swissHash);
  };

  const own = (name: WireName): WireName => {
    const kind = name.side === 'x' ? 'export' : 'item';
    const at = { link: id, kind, number: name.number } as const;
    if (name.number < (kind === 'export' ? kept.exports : peer.common)) {
      // It is given already, by whatever right: only promises are counted anew.
      if (name.isPromise) store.countExportSent({ ...at, isGiven: false });
      return name;
    }
    const known = kind === 'export' ? exports.get(name.number) : undefined;
    if (known !== undefined) {
      const right = store.exportRight({ link: id, kind, number: known })!;
      return sent(known, right.isGiven);
    }
    const aside = store.asideName(at);
    if (!aside) return nobody();
    return kind === 'export' ? moveExport(name.number, aside.isGiven) : nameAnew(aside);
  };

  const nobody = (): WireName => names.outgoing(link, NOBODY as LocalId);
  /** The new number of a name that was moved. */
  const movedTo = (number: number): WireName | undefined => {
    const to = exports.get(number);
    return to === undefined ? undefined : nameOf(to);
  };
  return { own, movedTo, nobody };
}
