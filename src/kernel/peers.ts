// Peers: the vats that this one has a link with, as the operator names, lists and drops them.

import { QrtError } from '../core/errors.ts';
import { findPeers, isPetname, isSamePetname } from '../core/peer-name.ts';
import type { DropLink } from './drop.ts';
import type { Island } from './island.ts';
import type {
  DropReply,
  KeepingRequest,
  ListedPeer,
  NameReply,
  PeerListReply,
} from './keeping-ports.ts';
import type { PeerCounts } from './keeping-store-port.ts';
import type { Link, Links } from './links.ts';

export interface Peers {
  list(): PeerListReply;
  /** Throws QRT_PEER_UNKNOWN, QRT_PEER_AMBIGUOUS, QRT_PETNAME_INVALID, QRT_PETNAME_TAKEN. */
  name(request: Extract<KeepingRequest, { type: 'peer-name' }>): NameReply;
  /** Throws QRT_PEER_UNKNOWN, QRT_PEER_AMBIGUOUS. */
  drop(request: Extract<KeepingRequest, { type: 'peer-drop' }>): DropReply;
}

export function makePeers(
  island: Island,
  parts: { readonly links: Links; readonly dropLink: DropLink },
): Peers {
  const { store, transaction } = island;
  const { links, dropLink } = parts;

  return Object.freeze({
    list(): PeerListReply {
      const counts = store.peerCounts();
      return { peers: links.all().map((link) => describe(island, link, counts.get(link.row.id))) };
    },
    name({ peer, name }: Extract<KeepingRequest, { type: 'peer-name' }>) {
      const link = findLink(links, peer);
      if (!isPetname(name)) throw new QrtError('QRT_PETNAME_INVALID', { name });
      const isTaken = ({ row }: Link): boolean =>
        row !== link.row && row.petname !== undefined && isSamePetname(row.petname, name);
      const holder = links.all().find(isTaken);
      if (holder) throw new QrtError('QRT_PETNAME_TAKEN', { name, vat: holder.row.vat });
      const before = link.row.petname;
      transaction.join(0);
      link.row.petname = name;
      links.touch(link);
      // MUST be written now: a name that goes from one peer to another may not stand at both, in
      // whichever order the rows of a transaction are written.
      store.updateLink(link.row);
      return { vat: link.row.vat, petname: name, ...(before === undefined ? {} : { before }) };
    },
    drop({ peer }: Extract<KeepingRequest, { type: 'peer-drop' }>) {
      const link = findLink(links, peer);
      const { vat, petname, state } = link.row;
      const who = petname === undefined ? { vat } : { vat, petname };
      if (state === 'dropped') return { ...who, wasDropped: true, rows: 0, bytes: 0, refused: 0 };
      return { ...who, wasDropped: false, ...dropLink(link) };
    },
  });
}

/** Throws QRT_PEER_UNKNOWN, QRT_PEER_AMBIGUOUS. */
export function findLink(links: Links, text: string): Link {
  const peers = links.all().map((link) => ({ link, vat: link.row.vat, petname: link.row.petname }));
  const [found, ...others] = findPeers(text, peers);
  if (!found) throw new QrtError('QRT_PEER_UNKNOWN', { peer: text });
  if (others.length > 0) throw new QrtError('QRT_PEER_AMBIGUOUS', { peer: text });
  return found.link;
}

const NOTHING = { rows: 0, bytes: 0 };

function describe(island: Island, { row, delivery }: Link, counts?: PeerCounts): ListedPeer {
  const { rows, bytes, oldestMs } = island.store.outboxOfLink(row.id);
  const { lastError } = delivery;
  return {
    vat: row.vat,
    ...(row.petname === undefined ? {} : { petname: row.petname }),
    state: row.state,
    ...(row.reason === '' ? {} : { reason: row.reason }),
    waiting: { rows, bytes },
    ...(oldestMs === undefined ? {} : { oldestMs: island.clock.nowMs() - oldestMs }),
    holds: { inbox: counts?.inbox ?? NOTHING, outbox: counts?.outbox ?? NOTHING },
    exports: counts?.exports ?? 0,
    imports: counts?.imports ?? 0,
    ...(lastError === undefined ? {} : { lastError }),
  };
}
