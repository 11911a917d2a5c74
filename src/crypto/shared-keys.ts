// Shared keys: what NaCl computes once for two vats, and both seal and open with from then on.
//
// Computing one takes 2 ms, sealing 100 bytes with it 10 µs (measured), so the keys of the peers
// used last are kept, in memory only. Ids whose key would be anyone's are refused here.

import ed2curve from 'ed2curve';
import nacl from 'tweetnacl';
import { parseKeyBytes, type VatId } from '../core/ids.ts';

/** The shared keys of one vat. */
export interface SharedKeys {
  /** The key shared with a vat; undefined when its id is no usable key. */
  find(vat: VatId): Uint8Array | undefined;
  /** Remembers it as the one used last, and forgets the one not used for longest. */
  keep(vat: VatId, key: Uint8Array): void;
}

/** Shared keys of the vat with that Curve25519 secret, of which at most `keysMax` are kept. */
export function makeSharedKeys({
  boxSecret,
  keysMax,
}: {
  boxSecret: Uint8Array;
  keysMax: number;
}): SharedKeys {
  const keys = new Map<VatId, Uint8Array>();

  return Object.freeze<SharedKeys>({
    find(vat) {
      const known = keys.get(vat);
      if (known !== undefined) return known;
      const boxKey = parseBoxKey(vat);
      return boxKey && nacl.box.before(boxKey, boxSecret);
    },
    keep(vat, key) {
      keys.delete(vat);
      keys.set(vat, key);
      if (keys.size <= keysMax) return;
      const [oldest] = keys.keys();
      if (oldest !== undefined) keys.delete(oldest);
    },
  });
}

/** The Curve25519 form of an id; undefined when it is no point, or one of small order. */
export function parseBoxKey(vat: VatId): Uint8Array | undefined {
  const publicKey = parseKeyBytes(vat);
  const boxKey = publicKey && ed2curve.convertPublicKey(publicKey);
  if (!boxKey) return undefined;
  return SMALL_ORDER.has(Buffer.from(boxKey).toString('hex')) ? undefined : boxKey;
}

/**
 * The points with which every secret key shares the same key (little endian): whoever used one as
 * an id could be impersonated by anyone, and its signatures forged.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
]);
