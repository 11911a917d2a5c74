// Peer label: how a peer is shown to people, by its petname if it has one.

/** What stands in help for an argument that is a peer. */
export const PEER_WORDS = 'petname, vat id, or at least 6 first characters of one';

/** The petname with the vat id after it, or the vat id alone. */
export function labelPeer({ vat, petname }: { vat: string; petname?: string | undefined }): string {
  return petname === undefined ? vat : `${petname} (${vat})`;
}
