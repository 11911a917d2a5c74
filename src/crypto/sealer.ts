// Sealer: the keys of one vat at work; they never leave the closure made here.
//
// The Ed25519 key signs contact records; its Curve25519 form seals boxes, so a VatId alone is
// enough to seal for a vat and to open what it sealed. NaCl's key of two vats is the same in both
// directions and for `-A` as for `A`: who sent a box to whom MUST be repeated inside it.

import ed2curve from 'ed2curve';
import nacl from 'tweetnacl';
import { QrtError } from '../core/errors.ts';
import { makeVatId, parseKeyBytes } from '../core/ids.ts';
import { PEER_KEYS_MAX } from '../core/limits.ts';
import type { Entropy, Sealer } from '../kernel/ports.ts';
import { makeSharedKeys, parseBoxKey } from './shared-keys.ts';

const RANDOM_BYTES = 16;
const COUNTER_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** What a sealer is made of. `seed` is the 32 bytes of an Ed25519 secret key. */
export interface SealerParts {
  readonly seed: Uint8Array;
  readonly entropy: Entropy;
}

/** The sealer of one key. `seal` throws QRT_VAT_UNSEALABLE for an id that is no usable key. */
export function makeSealer({ seed, entropy }: SealerParts): Sealer {
  const signing = nacl.sign.keyPair.fromSeed(seed);
  const boxSecret = ed2curve.convertSecretKey(signing.secretKey);
  const sharedKeys = makeSharedKeys({ boxSecret, keysMax: PEER_KEYS_MAX });

  return Object.freeze<Sealer>({
    vat: makeVatId(signing.publicKey),
    seal({ to, counter, plaintext }) {
      const key = sharedKeys.find(to);
      if (key === undefined) throw new QrtError('QRT_VAT_UNSEALABLE', { vat: to });
      sharedKeys.keep(to, key);
      const nonce = makeNonce({ entropy, counter });
      return { nonce, boxed: nacl.box.after(plaintext, nonce, key) };
    },
    open({ from, nonce, boxed, isPeer = false }) {
      if (nonce.length !== nacl.box.nonceLength) return undefined;
      const key = sharedKeys.find(from);
      // Who forges boxes of peers makes us compute the key of each once, and not each time.
      if (key && isPeer) sharedKeys.keep(from, key);
      const plaintext = key && nacl.box.open.after(boxed, nonce, key);
      if (!key || !plaintext) return undefined;
      // Only now: a flood of boxes from invented vats must not push out the keys of real peers.
      sharedKeys.keep(from, key);
      return plaintext;
    },
    sign: (bytes) => nacl.sign.detached(bytes, signing.secretKey),
    verify({ vat, bytes, signature }) {
      const publicKey = parseKeyBytes(vat);
      if (signature.length !== SIGNATURE_BYTES || publicKey === undefined) return false;
      if (parseBoxKey(vat) === undefined) return false;
      return nacl.sign.detached.verify(bytes, signature, publicKey);
    },
  });
}

/**
 * A fresh nonce. Its first part MUST be drawn anew for every box, also for the same counter: the
 * counter of a restored backup repeats itself, the operating system's generator does not.
 */
function makeNonce({ entropy, counter }: { entropy: Entropy; counter: number }): Uint8Array {
  if (!Number.isSafeInteger(counter) || counter < 0) {
    throw new QrtError('QRT_INVARIANT_BROKEN', { reason: `a counter of ${counter}` });
  }
  const nonce = new Uint8Array(RANDOM_BYTES + COUNTER_BYTES);
  nonce.set(entropy(RANDOM_BYTES));
  new DataView(nonce.buffer).setBigUint64(RANDOM_BYTES, BigInt(counter));
  return nonce;
}
