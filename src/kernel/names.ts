// Names: translates references at the edge, between this vat's ids and a peer's c-list.
//
// What a peer calls a thing means something to that peer only. Own exports that come home become
// what they stood for; a thing of a third vat is exported as our own and forwarded.

import { isImportId, type LocalId, makeImportId, NOBODY } from '../core/ids.ts';
import type { WireName } from '../core/item.ts';
import { NAMES_SKIPPED_MAX } from '../core/limits.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { ImportRow } from './store-port.ts';

export interface Names {
  /** What a peer's name stands for; undefined when it was never given to that peer. */
  incoming(link: Link, name: WireName): LocalId | undefined;
  /** The name that a peer shall use for one of our ids; makes one when there is none. */
  outgoing(link: Link, id: LocalId): WireName;
  /**
   * The same for a thing that a peer passes on to another one by a name of its own, without an
   * object of ours. What stands on a QRID alone there stands on it here: a revoke ends both.
   */
  passedOn(to: Link, id: LocalId, by: { readonly link: Link; readonly name: WireName }): WireName;
  /** Leaves out numbers of ours, so that no other history of this vat gives the next one as well. */
  skip(link: Link): void;
  /** Names a thing of ours once more that the peer forgot, by the right by which it had it. */
  again(link: Link, id: LocalId, swissHash: Uint8Array | undefined): WireName;
  /** What stands for a thing of a peer; the import row. */
  importOf(id: LocalId): ImportRow | undefined;
  /** A new import named by our own lane 1 item `number` to that peer. */
  importRedeemed(link: Link, number: number, swissHash: Uint8Array): LocalId;
}

export function makeNames(island: Island, links: Links): Names {
  const { store, counters, transaction } = island;
  const numbers = makeNumbers(island, links);

  const insertImport = (
    link: Link,
    name: Pick<ImportRow, 'kind' | 'number'>,
    swissHash: Uint8Array | undefined,
  ): LocalId => {
    counters.import += 1;
    const id = makeImportId(counters.import);
    store.insertImport({ id, link: link.row.id, ...name, isLive: true }, swissHash);
    return id;
  };

  const theirExport = (link: Link, number: number): LocalId => {
    transaction.join(0);
    const found = store.importOf({ link: link.row.id, kind: 'export', number });
    const id = found?.id ?? insertImport(link, { kind: 'export', number }, undefined);
    store.countImportReceived(id);
    return id;
  };

  /** The swissnum without which a peer would not have a name for a thing of ours. */
  const soleRight = (link: Link, { side, number }: WireName): Uint8Array | undefined => {
    if (side !== 'y' && side !== 'q') return undefined;
    const kind = side === 'y' ? 'export' : 'item';
    const right = store.exportRight({ link: link.row.id, kind, number });
    return right?.isGiven === false ? right.swissHash : undefined;
  };

  /** `swissHash` is all that the name is given for; undefined: an object of ours hands it on. */
  const ourExport = (link: Link, local: LocalId, swissHash?: Uint8Array): WireName => {
    transaction.join(0);
    const found = store.exportNameOf(link.row.id, local);
    const name = found ?? ({ kind: 'export', number: numbers.next(link) } as const);
    if (!found) {
      const right = swissHash === undefined ? {} : { swissHash };
      store.insertExport({ link: link.row.id, ...name, local, ...right });
    }
    // Also of a name that the peer made by a redeem: if it is given, it holds the thing by our word, too.
    const isGiven = swissHash === undefined;
    store.countExportSent({ link: link.row.id, ...name, isGiven });
    return { side: name.kind === 'item' ? 'p' : 'x', number: name.number };
  };

  const outgoing = (link: Link, id: LocalId, swissHash?: Uint8Array): WireName => {
    const row = isImportId(id) ? store.importById(id) : undefined;
    if (!row) return ourExport(link, id, swissHash);
    if (!row.isLive) return ourExport(link, NOBODY);
    if (row.link !== link.row.id) return ourExport(link, id);
    return { side: row.kind === 'export' ? 'y' : 'q', number: row.number };
  };

  return Object.freeze({
    incoming(link: Link, name: WireName) {
      const at = { link: link.row.id, number: name.number };
      switch (name.side) {
        case 'x':
          return theirExport(link, name.number);
        case 'y':
          return store.exported({ ...at, kind: 'export' });
        case 'q':
          return store.exported({ ...at, kind: 'item' });
        case 'p':
          return store.importOf({ ...at, kind: 'item' })?.id;
      }
    },
    outgoing: (link: Link, id: LocalId) => outgoing(link, id),
    passedOn: (to: Link, id: LocalId, by: { readonly link: Link; readonly name: WireName }) =>
      outgoing(to, id, soleRight(by.link, by.name)),
    skip: numbers.skip,
    again: (link: Link, id: LocalId, swissHash: Uint8Array | undefined) =>
      ourExport(link, id, swissHash),
    importOf: (id: LocalId) => store.importById(id),
    importRedeemed: (link: Link, number: number, swissHash: Uint8Array) =>
      insertImport(link, { kind: 'item', number }, swissHash),
  });
}

/** Numbers of exports. */
function makeNumbers({ entropy }: Island, links: Links) {
  /** Links on which this life of the vat has left out some. */
  const skipped = new Set<Link>();
  const skip = (link: Link): void => {
    skipped.add(link);
    link.row.nextExport += Buffer.from(entropy(4)).readUInt32BE(0) % NAMES_SKIPPED_MAX;
    links.touch(link);
  };
  const next = (link: Link): number => {
    // A turn that is run again after a rollback may say the very same bytes of another thing.
    if (!skipped.has(link)) skip(link);
    const number = link.row.nextExport;
    link.row.nextExport += 1;
    links.touch(link);
    return number;
  };
  return { skip, next };
}
