// Peers: names, lists and drops the vats that a node has links with.

import { QrtError } from '../core/errors.ts';
import { isPetname } from '../core/peer-name.ts';
import type { DropReply, ListedPeer, NameReply, PeerListReply } from '../kernel/keeping-ports.ts';
import { askNode } from './ask.ts';
import { openBaseDir } from './base-dir.ts';
import { makeRequestId } from './request-id.ts';

/** One peer in the list. */
export type Peer = ListedPeer;

/** What a drop did. */
export type Dropped = DropReply;

/** What a peer is called now. */
export type Named = NameReply;

/** The peers of a node, the one it knows longest first. */
export async function listPeers(dir: string): Promise<readonly Peer[]> {
  const base = openBaseDir(dir);
  return (await askNode<PeerListReply>(base, { type: 'peer-list' })).value.peers;
}

/** A peer as an operator names it. */
export interface PeerInput {
  readonly dir: string;
  /** Petname, vat id, or the first characters of one. */
  readonly peer: string;
}

/** Gives a peer a petname. */
export async function namePeer({
  dir,
  peer,
  name,
}: PeerInput & { readonly name: string }): Promise<Named> {
  const base = openBaseDir(dir);
  if (!isPetname(name)) throw new QrtError('QRT_PETNAME_INVALID', { name });
  const request = { type: 'peer-name', id: makeRequestId(), peer: checkPeer(peer), name } as const;
  return (await askNode<Named>(base, request)).value;
}

/** Ends for good what a node has to do with a peer. */
export async function dropPeer({ dir, peer }: PeerInput): Promise<Dropped> {
  const base = openBaseDir(dir);
  const request = { type: 'peer-drop', id: makeRequestId(), peer: checkPeer(peer) } as const;
  return (await askNode<Dropped>(base, request)).value;
}

const PEER_CHARACTERS_MAX = 100;

/** What no peer can be called does not have to be asked for. */
export function checkPeer(text: string): string {
  if (text.length <= PEER_CHARACTERS_MAX) return text;
  throw new QrtError('QRT_PEER_UNKNOWN', { peer: `${text.slice(0, PEER_CHARACTERS_MAX)}…` });
}
