// Names: translates references at the edge, between this vat's ids and a peer's c-list.
//
// What a peer calls a thing means something to that peer only. Own exports that come home become
// what they stood for; a thing of a third vat is exported as our own and forwarded.

import { isImportId, type LocalId, makeImportId, NOBODY } from '../core/ids.ts';
import type { WireName } from '../core/item.ts';
import type { Island } from './island.ts';
import type { Link, Links } from './links.ts';
import type { ImportRow } from './store-port.ts';

export interface Names {
  /** What a peer's name stands for; undefined when it was never given to that peer. */
  incoming(link: Link, name: WireName): LocalId | undefined;
  /** The name that a peer shall use for one of our ids; makes one when there is none. */
  outgoing(link: Link, id: LocalId): WireName;
  /** What stands for a thing of a peer; the import row. */
  importOf(id: LocalId): ImportRow | undefined;
  /** A new import named by our own lane 1 item `number` to that peer. */
  importRedeemed(link: Link, number: number, swissHash: Uint8Array): LocalId;
}

export function makeNames(island: Island, links: Links): Names {
  const { store, counters, transaction } = island;

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

  const ourExport = (link: Link, local: LocalId): WireName => {
    transaction.join(0);
    const found = store.exportNameOf(link.row.id, local);
    const name = found ?? ({ kind: 'export', number: link.row.nextExport } as const);
    if (!found) {
      link.row.nextExport += 1;
      links.touch(link);
      store.insertExport({ link: link.row.id, ...name, local });
    }
    // Also of a name that the peer made by a redeem: then it holds the thing by our word, too.
    store.countExportSent({ link: link.row.id, ...name });
    return { side: name.kind === 'item' ? 'p' : 'x', number: name.number };
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
    outgoing(link: Link, id: LocalId): WireName {
      const row = isImportId(id) ? store.importById(id) : undefined;
      if (!row) return ourExport(link, id);
      if (!row.isLive) return ourExport(link, NOBODY);
      if (row.link !== link.row.id) return ourExport(link, id);
      return { side: row.kind === 'export' ? 'y' : 'q', number: row.number };
    },
    importOf: (id: LocalId) => store.importById(id),
    importRedeemed: (link: Link, number: number, swissHash: Uint8Array) =>
      insertImport(link, { kind: 'item', number }, swissHash),
  });
}
