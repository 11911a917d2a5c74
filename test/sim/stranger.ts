// Stranger: a peer with a valid key that keeps to no rule but what a test tells it.

import { type Contact, formatContact, ITEM_KINDS } from '../../src/core/contact.ts';
import type { Qrid, VatId } from '../../src/core/ids.ts';
import {
  encodeItem,
  type Item,
  parseItem,
  type SendableItem,
  type WireName,
} from '../../src/core/item.ts';
import { extendTail, makeEmptyTail } from '../../src/core/lanes.ts';
import {
  encodeStatement,
  parseStatement,
  readStatement,
  type Statement,
} from '../../src/core/statement.ts';
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
import type { Entropy } from '../../src/kernel/ports.ts';
import { makeKnownSealer } from './known-keys.ts';
import type { Station } from './network.ts';
import type { TestVat } from './test-vat.ts';

/** What a box says; what is left out is right. */
interface BoxWords {
  readonly one?: readonly (SendableItem | Uint8Array)[];
  readonly two?: readonly (SendableItem | Uint8Array)[];
  readonly change?: (box: Box) => Box;
}

export interface Stranger extends Station {
  /** A record that it signs, right but for what is changed. */
  record(change?: Partial<Contact>): string;
  /** Items that vats sent to it, in order. */
  readonly got: Item[];
  /** A sealed box with these items next in their lanes. */
  seal(vat: TestVat, words?: BoxWords): Uint8Array;
  /** Any text in an envelope of its own. */
  sealText(to: VatId, text: Uint8Array): Uint8Array;
  /** Delivers a box and returns the receipt in the reply; undefined when there is none. */
  deliver(vat: TestVat, bytes: Uint8Array): Receipt | undefined;
  /** Delivers a statement; what it is answered, if anything. */
  tell(vat: TestVat, said: Statement): Statement | undefined;
  /** Goes on from there: the next box has what comes behind these items. */
  advance(vat: TestVat, words: BoxWords): void;
  /** Seals, delivers and goes on from there. */
  send(vat: TestVat, words?: BoxWords): Receipt | undefined;
  /** How it answers a box; the default is what an honest vat answers. */
  setReceipts(answer: (right: Receipt, box: Box) => Receipt | Uint8Array | undefined): void;
  /** The text with which it answers a statement, of that nonce; none unless a test has one. */
  setWords(answer: (said: Statement, nonce: Uint8Array) => Uint8Array | undefined): void;
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
  const sealer = makeKnownSealer({ seed: input.seed, entropy });
  const id = sealer.vat as VatId;
  const sending = new Map<VatId, [LaneEnd, LaneEnd]>();
  const receiving = makeEnds();
  const got: Item[] = [];
  let answer: (right: Receipt, box: Box) => Receipt | Uint8Array | undefined = (right) => right;
  let speak: (said: Statement, nonce: Uint8Array) => Uint8Array | undefined = () => undefined;
  const contact = { vat: id, urls: [url], serial, kinds: ITEM_KINDS };
  const recordOf = (change: Partial<Contact> = {}): string =>
    formatContact({ ...contact, ...change }, (bytes) => sealer.sign(bytes));
  const record = recordOf();

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

  const advance = (vat: TestVat, words: BoxWords): void => {
    const [one, two] = endsOf(vat);
    for (const item of words.one ?? []) extend(one, bytesOf(item));
    for (const item of words.two ?? []) extend(two, bytesOf(item));
  };

  const ask = (vat: TestVat, bytes: Uint8Array): Uint8Array | undefined => {
    let reply: Uint8Array | undefined;
    vat.receive({ type: 'box', bytes }, (body) => {
      reply = body;
    });
    vat.settle();
    const envelope = reply && parseEnvelope(reply);
    return envelope && sealer.open(envelope);
  };
  const deliver = (vat: TestVat, bytes: Uint8Array): Receipt | undefined => {
    const plaintext = ask(vat, bytes);
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
    record: recordOf,
    got,
    seal,
    sealText: sealFor,
    deliver,
    isUp: () => true,
    tell(vat, said) {
      const plaintext = ask(vat, sealFor(vat.id, encodeStatement(said)));
      return plaintext && readStatement(plaintext);
    },
    advance,
    send(vat, words = {}) {
      const receipt = deliver(vat, seal(vat, words));
      advance(vat, words);
      return receipt;
    },
    setReceipts: (next) => {
      answer = next;
    },
    setWords: (next) => {
      speak = next;
    },
    receive(next, end) {
      if (next.type === 'contact') return end(Buffer.from(record));
      const envelope = parseEnvelope(next.bytes);
      const plaintext = envelope && sealer.open(envelope);
      const said = plaintext && parseStatement(plaintext);
      if (said) {
        const words = speak(said, envelope.nonce);
        return end(words && sealFor(said.from, words));
      }
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
