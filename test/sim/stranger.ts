// Stranger: a peer with a valid key that keeps to no rule but what a test tells it.

import { formatContact, ITEM_KINDS } from '../../src/core/contact.ts';
import type { Qrid, VatId } from '../../src/core/ids.ts';
import { encodeItem, type Item, parseItem, type WireName } from '../../src/core/item.ts';
import { extendTail, makeEmptyTail } from '../../src/core/lanes.ts';
import {
  type Box,
  encodeBox,
  encodeEnvelope,
  encodeReceipt,
  parseBox,
  parseEnvelope,
  parseReceipt,
  type Receipt,
  type ReceiptLane,
} from '../../src/core/wire.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import type { Entropy } from '../../src/kernel/ports.ts';
import type { Station } from './network.ts';
import type { TestVat } from './test-vat.ts';

type SendableItem = Exclude<Item, { kind: 'malformed' }>;

/** What a box says; what is left out is right. */
interface BoxWords {
  readonly one?: readonly (SendableItem | Uint8Array)[];
  readonly two?: readonly (SendableItem | Uint8Array)[];
  readonly change?: (box: Box) => Box;
}

export interface Stranger extends Station {
  /** Items that vats sent to it, in order. */
  readonly got: Item[];
  /** A sealed box with these items next in their lanes. */
  seal(vat: TestVat, words?: BoxWords): Uint8Array;
  /** Any text in an envelope of its own. */
  sealText(to: VatId, text: Uint8Array): Uint8Array;
  /** Delivers a box and returns the receipt in the reply; undefined when there is none. */
  deliver(vat: TestVat, bytes: Uint8Array): Receipt | undefined;
  /** Seals, delivers and goes on from there. */
  send(vat: TestVat, words?: BoxWords): Receipt | undefined;
  /** How it answers a box; the default is what an honest vat answers. */
  setReceipts(answer: (right: Receipt, box: Box) => Receipt | Uint8Array | undefined): void;
}

const TRACE = '0'.repeat(32);

export const redeemOf = (qrid: Qrid): SendableItem => ({
  kind: 'redeem',
  swissnum: qrid.swissnum,
  trace: TRACE,
});

export const messageTo = (
  target: WireName,
  more: Partial<Extract<SendableItem, { kind: 'message' }>> = {},
): SendableItem => ({
  kind: 'message',
  target,
  slots: [],
  isAnswerWanted: false,
  hops: 0,
  trace: TRACE,
  body: '[]',
  ...more,
});

interface LaneEnd {
  next: number;
  tail: Uint8Array;
}

const makeEnds = (): [LaneEnd, LaneEnd] => [
  { next: 1, tail: makeEmptyTail() },
  { next: 1, tail: makeEmptyTail() },
];

/** A stranger that listens at `url`. */
export function makeStranger(input: {
  readonly url: string;
  readonly seed: Uint8Array;
  readonly entropy: Entropy;
  readonly serial: number;
}): Stranger {
  const { url, entropy, serial } = input;
  const sealer = makeSealer({ seed: input.seed, entropy });
  const id = sealer.vat as VatId;
  const sending = new Map<VatId, [LaneEnd, LaneEnd]>();
  const receiving = makeEnds();
  const got: Item[] = [];
  let answer: (right: Receipt, box: Box) => Receipt | Uint8Array | undefined = (right) => right;
  const contact = { vat: id, urls: [url], serial, kinds: ITEM_KINDS };
  const record = formatContact(contact, (bytes) => sealer.sign(bytes));

  const endsOf = (vat: TestVat): [LaneEnd, LaneEnd] => {
    const ends = sending.get(vat.id) ?? makeEnds();
    sending.set(vat.id, ends);
    return ends;
  };
  const bytesOf = (item: SendableItem | Uint8Array): Uint8Array =>
    item instanceof Uint8Array ? item : encodeItem(item);
  const extend = (end: LaneEnd, item: Uint8Array): void => {
    end.tail = extendTail(sha256, { tail: end.tail, number: end.next, item });
    end.next += 1;
  };
  const sealFor = (to: VatId, plaintext: Uint8Array): Uint8Array =>
    encodeEnvelope({ from: id, to, ...sealer.seal({ to, counter: 0, plaintext }) });

  const seal = (vat: TestVat, words: BoxWords = {}): Uint8Array => {
    const [one, two] = endsOf(vat);
    const lane = (end: LaneEnd, items: BoxWords['one'] = []): Box['lanes'][0] => ({
      first: end.next,
      tail: end.tail,
      items: items.map(bytesOf),
    });
    const lanes = [lane(one, words.one), lane(two, words.two)] as const;
    const box: Box = { from: id, to: vat.id, isLinked: false, lanes, contacts: [record] };
    return sealFor(vat.id, encodeBox(words.change?.(box) ?? box));
  };

  const deliver = (vat: TestVat, bytes: Uint8Array): Receipt | undefined => {
    let reply: Uint8Array | undefined;
    vat.receive({ type: 'box', bytes }, (body) => {
      reply = body;
    });
    vat.settle();
    const envelope = reply && parseEnvelope(reply);
    const plaintext = envelope && sealer.open(envelope);
    return plaintext && parseReceipt(plaintext);
  };

  const takeBox = (box: Box): [ReceiptLane, ReceiptLane] => {
    for (const index of [0, 1] as const) {
      const end = receiving[index];
      const { first, tail, items } = box.lanes[index];
      if (end.next < first) Object.assign(end, { next: first, tail });
      for (const bytes of items.slice(end.next - first)) {
        got.push(parseItem(bytes));
        extend(end, bytes);
      }
    }
    const lane = ({ next, tail }: LaneEnd): ReceiptLane => ({ next, tail, stop: 'nothing' });
    return [lane(receiving[0]), lane(receiving[1])];
  };

  return {
    id,
    url,
    got,
    seal,
    sealText: sealFor,
    deliver,
    isUp: () => true,
    send(vat, words = {}) {
      const receipt = deliver(vat, seal(vat, words));
      const [one, two] = endsOf(vat);
      for (const item of words.one ?? []) extend(one, bytesOf(item));
      for (const item of words.two ?? []) extend(two, bytesOf(item));
      return receipt;
    },
    setReceipts: (next) => {
      answer = next;
    },
    receive(next, end) {
      if (next.type === 'contact') return end(Buffer.from(record));
      const envelope = parseEnvelope(next.bytes);
      const plaintext = envelope && sealer.open(envelope);
      const box = plaintext && parseBox(plaintext);
      if (!envelope || !box) return end(undefined);
      const lanes = takeBox(box);
      const right = { from: id, to: box.from, request: envelope.nonce, lanes, contacts: [] };
      const given = answer(right, box);
      if (!given || given instanceof Uint8Array) return end(given);
      end(sealFor(box.from, encodeReceipt(given)));
    },
  };
}
