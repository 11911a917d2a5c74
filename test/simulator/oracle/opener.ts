// Opener: what a vat put on the wire, opened with the vats' own keys and read as docs/wire.md says.

import ed2curve from 'ed2curve';
import nacl from 'tweetnacl';
import type { VatId } from '../../../src/core/ids.ts';
import {
  type Box,
  kindOf,
  makeKeys,
  type Receipt,
  readBox,
  readReceipt,
  splitEnvelope,
} from '../../spec/wire.ts';

/** What somebody said to somebody. */
export type Said = { readonly from: VatId; readonly to: VatId } & (
  | { readonly kind: 'box'; readonly box: Box }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  /** Something outside of the lanes. */
  | { readonly kind: 'other' }
);

export interface Opener {
  /** A vat's secret, by which everything that it sends can be read. */
  learn(vat: { readonly id: VatId; readonly seed: Uint8Array }): void;
  /** Undefined when it does not open, or comes from nobody that was learnt. */
  open(bytes: Uint8Array): Said | undefined;
}

/** What NaCl computes from two keys takes a millisecond, and is the same in all runs. */
const shared = new Map<string, Uint8Array>();
const boxSecrets = new Map<string, Uint8Array>();

export function makeOpener(): Opener {
  const secrets = new Map<string, Uint8Array>();

  const sharedKey = (from: VatId, to: VatId): Uint8Array | undefined => {
    const secret = secrets.get(from);
    const found = secret && shared.get(from + to);
    if (found) return found;
    const curve = secret && ed2curve.convertPublicKey(Buffer.from(to, 'base64url'));
    if (!secret || !curve) return undefined;
    const key = nacl.box.before(curve, secret);
    shared.set(from + to, key);
    return key;
  };

  return {
    learn({ id, seed }) {
      if (secrets.has(id)) return;
      const boxSecret = boxSecrets.get(id) ?? makeKeys(seed).boxSecret;
      boxSecrets.set(id, boxSecret);
      secrets.set(id, boxSecret);
    },
    open(bytes) {
      const { from, to, nonce, boxed } = splitEnvelope(bytes);
      const key = sharedKey(from, to);
      const opened = key && nacl.box.open.after(boxed, nonce, key);
      if (!opened) return undefined;
      const text = Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength);
      switch (kindOf(text)) {
        case 'box':
          return { from, to, kind: 'box', box: readBox(text) };
        case 'receipt':
          return { from, to, kind: 'receipt', receipt: readReceipt(text) };
        default:
          return { from, to, kind: 'other' };
      }
    },
  };
}
