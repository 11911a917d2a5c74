// Makes the test vectors of the wire from fixed keys; each file is one part of the format.

import ed2curve from 'ed2curve';
import nacl from 'tweetnacl';
import { formatContact, ITEM_KINDS } from '../../src/core/contact.ts';
import { formatQrid } from '../../src/core/ids.ts';
import { encodeItem } from '../../src/core/item.ts';
import { extendTail, makeEmptyTail } from '../../src/core/lanes.ts';
import {
  type Box,
  encodeBox,
  encodeEnvelope,
  encodeReceipt,
  type Receipt,
} from '../../src/core/wire.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import { ITEMS, swissnum, TRACE } from './items.ts';
import { makeStatements } from './make-statements.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
/** In place of chance: a real nonce begins with 16 bytes of the operating system's generator. */
const entropy = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, n) => n + 1);

const makeParty = (name: string, digit: number) => {
  const seed = new Uint8Array(32).fill(digit);
  const pair = nacl.sign.keyPair.fromSeed(seed);
  const sealer = makeSealer({ seed, entropy });
  const boxSecret = ed2curve.convertSecretKey(pair.secretKey);
  const boxPublic = ed2curve.convertPublicKey(pair.publicKey)!;
  return { name, seed, sealer, publicKey: pair.publicKey, boxSecret, boxPublic };
};
const alice = makeParty('alice', 1);
const bob = makeParty('bob', 2);

function makeKeys() {
  const parties = [alice, bob].map((party) => ({
    name: party.name,
    seed: hex(party.seed),
    publicKey: hex(party.publicKey),
    vat: party.sealer.vat,
    boxSecret: hex(party.boxSecret),
    boxPublic: hex(party.boxPublic),
  }));
  return { parties, shared: hex(nacl.box.before(bob.boxPublic, alice.boxSecret)) };
}

function makeItems() {
  const valid = Object.entries(ITEMS).map(([name, item]) => ({
    name,
    item,
    bytes: utf8(encodeItem(item)),
  }));
  const message = (head: unknown[]): string => `${JSON.stringify(head)}\n{}`;
  const invalid = [
    { name: 'an unknown kind', bytes: '["dance"]' },
    { name: 'no JSON', bytes: 'redeem' },
    { name: 'no array', bytes: '{"kind":"redeem"}' },
    { name: 'a swissnum of 31 bytes', bytes: JSON.stringify(['redeem', 'A'.repeat(42), TRACE]) },
    { name: 'a trace in capitals', bytes: JSON.stringify(['redeem', swissnum, 'A'.repeat(32)]) },
    { name: 'a message without a body', bytes: JSON.stringify(['message', 'q1', [], 0, 0, TRACE]) },
    { name: 'a name from 0', bytes: message(['message', 'q0', [], 0, 0, TRACE]) },
    { name: 'a name with a leading zero', bytes: message(['message', 'q01', [], 0, 0, TRACE]) },
    { name: 'a name of no side', bytes: message(['message', 'z1', [], 0, 0, TRACE]) },
    { name: 'a number too high', bytes: message(['message', 'q281474976710657', [], 0, 0, TRACE]) },
    { name: 'an answer wanted by words', bytes: message(['message', 'q1', [], true, 0, TRACE]) },
    { name: 'too many hops', bytes: message(['message', 'q1', [], 0, 17, TRACE]) },
    { name: 'a promise of the receiver', bytes: message(['message', 'q1', ['y2?'], 0, 0, TRACE]) },
    { name: 'a value without a body', bytes: JSON.stringify(['resolve', 2, '', TRACE, []]) },
    { name: 'a value without slots', bytes: `${JSON.stringify(['resolve', 2, '', TRACE])}\n{}` },
    {
      name: "what became of the receiver's own",
      bytes: `${JSON.stringify(['resolve', 'y2', '', TRACE, []])}\n{}`,
    },
    { name: 'a drop without a count', bytes: JSON.stringify(['drop', ['q3'], TRACE]) },
    { name: 'a code in small letters', bytes: JSON.stringify(['resolve', 2, 'no', TRACE]) },
  ];
  return { valid, invalid };
}

/** Lane 1 of the example: a redeem and a message. */
const LANE = [encodeItem(ITEMS['redeem']!), encodeItem(ITEMS['message']!)];

function makeTails() {
  let tail = makeEmptyTail();
  return LANE.map((item, index) => {
    const number = index + 1;
    const before = hex(tail);
    tail = extendTail(sha256, { tail, number, item });
    return { before, number, item: utf8(item), after: hex(tail) };
  });
}

const tailAfterLane = (): Uint8Array => Buffer.from(makeTails().at(-1)!.after, 'hex');
const emptyLane = { first: 1, tail: makeEmptyTail(), items: [] };

function makeRecord(): string {
  const contact = {
    vat: alice.sealer.vat,
    urls: ['http://127.0.0.1:8000'],
    serial: 1_800_000_000_000,
  };
  return formatContact({ ...contact, kinds: ITEM_KINDS }, (bytes) => alice.sealer.sign(bytes));
}

const exampleBox = (): Box => ({
  from: alice.sealer.vat,
  to: bob.sealer.vat,
  isLinked: false,
  lanes: [{ ...emptyLane, items: LANE }, emptyLane],
  contacts: [makeRecord()],
});

function makeBoxes() {
  const plaintext = utf8(encodeBox(exampleBox()));
  const [head = '', ...rest] = plaintext.split('\n');
  const body = rest.join('\n');
  const change = (more: object): string =>
    `${JSON.stringify({ ...(JSON.parse(head) as object), ...more })}\n${body}`;
  const tail = (JSON.parse(head) as { lanes: [number, string, number[]][] }).lanes[0]![1];
  const first = (...lane: unknown[]): string => change({ lanes: [lane, [1, tail, []]] });
  const invalid = [
    { name: 'a receipt', plaintext: change({ kind: 'receipt' }) },
    { name: 'without a word on the link', plaintext: change({ linked: 'no' }) },
    { name: 'one lane', plaintext: change({ lanes: [[1, tail, []]] }) },
    { name: 'a lane from 0', plaintext: first(0, tail, []) },
    { name: 'a tail of 31 bytes', plaintext: first(1, tail.slice(1), []) },
    { name: 'lengths that end too early', plaintext: first(1, tail, [3]) },
    { name: 'lengths beyond the end', plaintext: first(1, tail, [9e6]) },
    { name: 'records that are no texts', plaintext: change({ contacts: [1] }) },
    { name: 'stuck or not', plaintext: change({ stuck: false }) },
    { name: 'no line of JSON', plaintext: head },
  ];
  const stuck = utf8(encodeBox({ ...exampleBox(), isLinked: true, isStuck: true }));
  const valid = [
    { name: 'a first contact', plaintext },
    { name: 'of a vat that stands still', plaintext: stuck },
  ];
  return { valid, invalid };
}

function sealed(plaintext: Uint8Array, counter: number) {
  const { nonce, boxed } = alice.sealer.seal({ to: bob.sealer.vat, counter, plaintext });
  const bytes = encodeEnvelope({ from: alice.sealer.vat, to: bob.sealer.vat, nonce, boxed });
  return { nonce, bytes };
}

function makeEnvelopes() {
  const plaintext = encodeBox(exampleBox());
  const { nonce, bytes } = sealed(plaintext, 1);
  const reflected = Buffer.from(bytes);
  reflected.set(bytes.subarray(1, 33), 33);
  reflected.set(bytes.subarray(33, 65), 1);
  const flipped = Buffer.from(bytes);
  flipped[flipped.length - 1]! ^= 1;
  const another = Buffer.from(bytes);
  another[0] = 2;
  const valid = [
    { name: 'a box', nonce: hex(nonce), plaintext: utf8(plaintext), bytes: hex(bytes) },
  ];
  const invalid = [
    { name: 'another version', bytes: hex(another) },
    { name: 'cut short', bytes: hex(bytes.subarray(0, bytes.length - 1)) },
    { name: 'no room for a sealed text', bytes: hex(bytes.subarray(0, 104)) },
    { name: 'one bit flipped', bytes: hex(flipped) },
    { name: 'reflected: it opens, but names others inside', bytes: hex(reflected) },
  ];
  return { valid, invalid };
}

function makeReceipts() {
  const request = Buffer.from(makeEnvelopes().valid[0]!.nonce, 'hex');
  const receipt: Receipt = {
    from: bob.sealer.vat,
    to: alice.sealer.vat,
    request,
    lanes: [
      { next: 3, tail: tailAfterLane(), stop: 'nothing' },
      { next: 1, tail: makeEmptyTail(), stop: 'nothing' },
    ],
    contacts: [],
  };
  const unknown: Receipt = {
    ...receipt,
    lanes: [
      { next: 0, tail: makeEmptyTail(), stop: 'unknown' },
      { next: 0, tail: makeEmptyTail(), stop: 'unknown' },
    ],
  };
  const full: Receipt = {
    ...receipt,
    lanes: [{ ...receipt.lanes[0], stop: 'busy' }, receipt.lanes[1]],
    waits: 3,
  };
  const plaintext = utf8(encodeReceipt(receipt));
  const change = (more: object): string =>
    JSON.stringify({ ...(JSON.parse(plaintext) as object), ...more });
  return {
    valid: [
      { name: 'both items of the box are stored', plaintext },
      { name: 'the QRID names nothing', plaintext: utf8(encodeReceipt(unknown)) },
      { name: 'there is no room to forward the next', plaintext: utf8(encodeReceipt(full)) },
    ],
    invalid: [
      { name: 'a distance too great', plaintext: change({ waits: 33 }) },
      { name: 'a distance below 0', plaintext: change({ waits: -1 }) },
      { name: 'no distance', plaintext: change({ waits: null }) },
      { name: 'a request that is no nonce', plaintext: change({ request: 'AAAA' }) },
      { name: 'an unknown reason', plaintext: plaintext.replace('"nothing"', '"tired"') },
      { name: 'a lane below 0', plaintext: plaintext.replace('[3,', '[-1,') },
      { name: 'a box', plaintext: change({ kind: 'box' }) },
    ],
  };
}

function makeContacts() {
  const record = makeRecord();
  const { record: signed, signature } = JSON.parse(record) as { record: string; signature: string };
  const change = (from: string, to: string): string =>
    JSON.stringify({ record: signed.replace(from, to), signature });
  return {
    valid: [{ name: "alice's", record, signedBytes: hex(Buffer.from(`qrt contact 1\n${signed}`)) }],
    unsigned: [{ name: 'another port', record: change('8000', '8001') }],
    invalid: [
      { name: 'a URL with a query', record: change('8000', '8000/?a') },
      { name: 'a serial that is no whole number', record: change('1800000000000', '1.5') },
      { name: 'a short signature', record: JSON.stringify({ record: signed, signature: 'AAAA' }) },
    ],
  };
}

function makeSwissnums() {
  const qrid = { vat: bob.sealer.vat, swissnum };
  return {
    valid: [
      {
        swissnum,
        hash: hex(sha256(Buffer.from(swissnum))),
        qrid: formatQrid(qrid),
        withHint: formatQrid({ ...qrid, hint: 'http://127.0.0.1:8000' }),
        withLongHint: formatQrid({ ...qrid, hint: 'https://[2001:db8::1]:8000/a' }),
      },
    ],
    invalid: [
      formatQrid(qrid).slice(0, -1),
      `${formatQrid(qrid)}@`,
      `${formatQrid(qrid)}@ftp://127.0.0.1`,
      `${formatQrid(qrid)}@http://[::g]`,
      `${formatQrid(qrid).slice(0, -1)}d`,
      formatQrid(qrid).replace('qrt:', 'QRT:'),
      `${formatQrid(qrid)} `,
    ],
  };
}

/** Every file of vectors by its name. */
export function makeVectors(): Record<string, unknown> {
  return {
    keys: makeKeys(),
    items: makeItems(),
    tails: makeTails(),
    boxes: makeBoxes(),
    envelopes: makeEnvelopes(),
    receipts: makeReceipts(),
    contacts: makeContacts(),
    swissnums: makeSwissnums(),
    statements: makeStatements(alice.sealer.vat, bob.sealer.vat),
  };
}
