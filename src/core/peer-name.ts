// Peer names: what an operator may call a peer, and which peer a text of the operator means.
//
// A petname is the operator's own and is known on this node only, so it wins over everything that a
// stranger could choose: the beginning of a vat id can be made to look like anything.

/** What of a peer can be named. */
export interface NamedPeer {
  readonly vat: string;
  readonly petname?: string | undefined;
}

const PETNAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const VAT_ID_LOOK = /^[A-Za-z0-9_-]{43}$/;
const PREFIX_CHARACTERS_MIN = 6;

/** Whether a text can be a petname; nothing that looks like a vat id can. */
export function isPetname(text: string): boolean {
  return PETNAME.test(text) && !VAT_ID_LOOK.test(text);
}

/** Whether two petnames are too much alike to stand beside each other. */
export function isSamePetname(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The peers that a petname, a vat id or its first characters fits: one, none, or too many. */
export function findPeers<Peer extends NamedPeer>(
  text: string,
  peers: readonly Peer[],
): readonly Peer[] {
  // A petname in any capitals, as it is unique in any: else it would fall through to a stranger.
  const named = peers.find(({ petname }) => petname !== undefined && isSamePetname(petname, text));
  const exact = named ?? peers.find(({ vat }) => vat === text);
  if (exact) return [exact];
  if (text.length < PREFIX_CHARACTERS_MIN) return [];
  return peers.filter(({ vat }) => vat.startsWith(text));
}
