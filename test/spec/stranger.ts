// Stranger: a vat that a test plays by hand. It makes any box and any receipt that its key allows.

import type { VatId } from '../../src/core/ids.ts';
import type { PostResult } from '../../src/kernel/ports.ts';
import type { TestVat } from './kit.ts';
import type { Station, TestNet } from './net.ts';
import * as wire from './wire.ts';

export interface Stranger extends Station {
  readonly keys: wire.Keys;
  /** A box of items for lane 1. */
  box(to: VatId, lane: Partial<wire.Lane>): Uint8Array;
  /** A receipt for the box with that nonce. */
  receipt(to: VatId, request: Uint8Array, lane: Partial<wire.ReceiptLane>): Uint8Array;
  openBox(bytes: Uint8Array): wire.Box;
  openReceipt(bytes: Uint8Array): wire.Receipt;
  /** Answers the boxes that vats send here; without, they are lost. */
  onBox(answer: (bytes: Uint8Array) => PostResult): void;
}

const LOST: PostResult = { ok: false, reason: 'lost' };
let ports = 30_000;

export function makeStranger(net: TestNet): Stranger {
  const keys = wire.makeKeys();
  const from = keys.id;
  ports += 1;
  const url = `http://127.0.0.1:${ports}`;
  const record = wire.contactText(keys, [url]);
  let answer: (bytes: Uint8Array) => PostResult = () => LOST;
  const open = (bytes: Uint8Array): Buffer => {
    const text = wire.open(keys, bytes);
    if (!text) throw new Error('it does not open');
    return text;
  };

  const stranger: Stranger = {
    id: from,
    url,
    keys,
    box: (to, lane) => wire.seal(keys, to, wire.boxText({ from, to, lane, contacts: [record] })),
    receipt: (to, request, lane) =>
      wire.seal(keys, to, wire.receiptText({ from, to, request, lane })),
    openBox: (bytes) => wire.readBox(open(bytes)),
    openReceipt: (bytes) => wire.readReceipt(open(bytes)),
    onBox: (next) => {
      answer = next;
    },
    status: () => Promise.resolve(undefined),
    receive: (kind, bytes) =>
      Promise.resolve(
        kind === 'contact' ? { ok: true, bytes: Buffer.from(record) } : answer(bytes),
      ),
    tick: () => undefined,
  };
  net.add(stranger);
  return stranger;
}

/** Posts bytes to a vat as they are, and lets it run. */
export async function deliver(vat: TestVat, bytes: Uint8Array): Promise<PostResult> {
  const result = await vat.receive('box', bytes);
  await vat.run();
  return result;
}
