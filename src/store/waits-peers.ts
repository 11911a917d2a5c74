// Waits peers: how a promise's row says that a peer decides it.

import type { Decider } from '../core/waits.ts';

/** What a query of table `promise` asks for, where it joins table `link`. */
export const PEER_COLUMNS = 'link.vat, link.petname, promise.name, promise.number';

/** What the columns give. */
export interface PeerColumns {
  readonly vat: string | null;
  readonly petname: string | null;
  readonly name: 'item' | 'export' | null;
  readonly number: number | null;
}

/** The peer that decides it, if one does. */
export function readPeer({ vat, petname, name, number }: PeerColumns): Decider | undefined {
  if (vat === null || name === null || number === null) return undefined;
  return { by: 'peer', vat, ...(petname === null ? {} : { petname }), name, number };
}
