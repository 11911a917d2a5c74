// Revoke: withdraws a QRID, and if asked what peers got by it.
//
// From then on it is refused like one that never was. Names that objects handed on by themselves
// stay: that was their right, and not the QRID's.

import { QrtError } from '../core/errors.ts';
import type { DropLink } from './drop.ts';
import type { Island } from './island.ts';
import type { KeepingRequest, RevokeReply } from './keeping-ports.ts';
import type { Link, Links } from './links.ts';
import type { Qrids } from './qrids.ts';

type RevokeRequest = Extract<KeepingRequest, { type: 'qrid-revoke' }>;

const HASH_DIGITS = 64;

export function makeRevoke(
  island: Island,
  parts: { readonly links: Links; readonly qrids: Qrids; readonly dropLink: DropLink },
): (request: RevokeRequest) => RevokeReply {
  const { store, clock, transaction } = island;
  const { links, qrids, dropLink } = parts;

  const withdraw = (hash: Uint8Array): NonNullable<RevokeReply['links']> => {
    const { withdrawn, kept } = store.killExports(hash);
    const opened = links.all().filter((link) => isOpenedBy(link, hash));
    for (const link of opened) dropLink(link);
    return { withdrawn, kept, dropped: opened.map(({ row }) => row.vat) };
  };

  return ({ hash: digits, withLinks }) => {
    const hash = findHash(island, digits);
    const row = store.swissnum(hash)!;
    const wasRevoked = row.revokedMs !== undefined;
    transaction.join(0);
    if (!wasRevoked) store.updateSwissRevoked(hash, clock.nowMs());
    return {
      hash: qrids.shorten(Buffer.from(hash).toString('hex')),
      object: row.object,
      wasRevoked,
      ...(withLinks ? { links: withdraw(hash) } : {}),
    };
  };
}

function isOpenedBy({ row }: Link, hash: Uint8Array): boolean {
  if (row.state === 'dropped' || row.openedBy === undefined) return false;
  return Buffer.compare(row.openedBy, hash) === 0;
}

/** The one hash that begins with these hexadecimal digits. Throws QRT_QRID_UNKNOWN, _AMBIGUOUS. */
function findHash({ store }: Island, digits: string): Uint8Array {
  const low = Buffer.from(digits.padEnd(HASH_DIGITS, '0'), 'hex');
  const high = Buffer.from(digits.padEnd(HASH_DIGITS, 'f'), 'hex');
  const [found, other] = store.swissHashesBetween(low, high, 2);
  if (!found) throw new QrtError('QRT_QRID_UNKNOWN', { hash: digits });
  if (other) throw new QrtError('QRT_QRID_AMBIGUOUS', { hash: digits });
  return found;
}
