// Rich node: a stopped node with many valid rows in every table, written through the real store.

import { formatContact, ITEM_KINDS } from '../../src/core/contact.ts';
import {
  type CodeHash,
  makeImportId,
  makeMemoryId,
  makeObjectId,
  makeVatId,
  type VatId,
} from '../../src/core/ids.ts';
import { encodeItem } from '../../src/core/item.ts';
import { extendTail, makeEmptyTail } from '../../src/core/lanes.ts';
import { systemEntropy } from '../../src/crypto/entropy.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { loadSealer } from '../../src/crypto/key-file.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import { makeSaltedSwissnum } from '../../src/kernel/qrids.ts';
import type { ContactRow, LinkRow, SendingLane } from '../../src/kernel/store-port.ts';
import { type BaseDir, layOut } from '../../src/node/base-dir.ts';
import { createNode } from '../../src/node/create.ts';
import { type OpenStore, openStore } from '../../src/store/open.ts';

export interface RichNode {
  readonly base: BaseDir;
  readonly vat: VatId;
}

const TRACE = '0123456789abcdef'.repeat(2);
const hash = (n: number): Uint8Array => sha256(Buffer.from(String(n)));

export interface RichNodeInput {
  /** In each table. */
  readonly rows: number;
  /** Rows with a signature, which takes its time. */
  readonly signed: number;
}

/** Makes node `dir`; every tenth body is larger than a page. */
export async function makeRichNode(dir: string, input: RichNodeInput): Promise<RichNode> {
  const { rows, signed } = input;
  const port = 7001;
  const { vat } = await createNode({ dir, host: '127.0.0.1', port, urls: undefined });
  const base = layOut(dir);
  const store = openStore({ path: base.database, vat });
  store.begin();
  const sealer = loadSealer({ path: base.key, entropy: systemEntropy });
  const swissOf = (salt: Uint8Array): Uint8Array =>
    sha256(Buffer.from(makeSaltedSwissnum({ sealer, sha256 }, salt)));
  fillObjects(store, rows);
  for (let n = 1; n <= signed; n += 1) {
    const salt = hash(n);
    const row = { salt, object: makeObjectId(n, 0), label: `label ${n}`, timeMs: n };
    store.insertSwissHash({ ...row, hash: swissOf(salt) });
    store.putContact(makeContact(n));
  }
  fillQueues(store, rows);
  fillLinks(store, rows);
  fillBooks(store, rows);
  const counters = store.readCounters();
  store.writeCounters({
    ...counters,
    ...{ turn: rows, turnsDone: rows, owner: rows, import: rows, inbox: rows, link: rows },
    ...{ log: rows, quarantine: rows },
  });
  store.commit();
  store.close();
  return { base, vat };
}

const bodyOf = (n: number): string =>
  JSON.stringify({ n, text: 'abc '.repeat(n % 10 === 0 ? 2_500 : 5) });

function fillObjects(store: OpenStore, rows: number): void {
  store.insertGrant('log');
  for (let n = 1; n <= rows; n += 1) {
    const [id, memory] = [makeObjectId(n, 0), makeMemoryId(n, 1)];
    const text = `() => ${n}${n % 10 === 0 ? ` // ${'x'.repeat(9_000)}` : ''}`;
    const code = Buffer.from(sha256(Buffer.from(text))).toString('hex') as CodeHash;
    store.insertOwner({ id: n, name: `owner-${n}.js`, timeMs: n });
    store.insertCode(code, text);
    const value = { body: `{"self":{"$":0},"n":${bodyOf(n)}}`, slots: [makeObjectId(1, 0)] };
    store.insertMemory({ id: memory, owner: n, value });
    const data = { body: bodyOf(n), slots: [] };
    const power = { data, natives: { log: 'log' as const }, memory };
    store.insertObject({ id, owner: n, code, power });
  }
}

function fillQueues(store: OpenStore, rows: number): void {
  for (let n = 1; n <= rows; n += 1) {
    const args = { body: bodyOf(n), slots: n % 7 === 0 ? [makeObjectId(2, 0)] : [] };
    const target = makeObjectId(n, 0);
    const common = { owner: n, target, args, trace: TRACE };
    store.insertInbox({
      ...{ ...common, seq: n, share: 'operator', attemptsLimit: 0, attemptsUnknown: 0 },
    });
    store.insertQuarantine({ ...common, id: n, cause: 'cpu', attempts: 2, timeMs: n });
  }
}

function fillLinks(store: OpenStore, rows: number): void {
  for (let n = 1; n <= rows; n += 1) {
    const lane = (): SendingLane => ({
      ...{ next: 1, tail: makeEmptyTail(), receipted: 1, receiptedTail: makeEmptyTail() },
    });
    const link: LinkRow = {
      ...{ id: n, vat: vatOf(n), state: 'ok', reason: '', petname: `peer-${n}` },
      ...{ isKnownToPeer: true, nextExport: 2, recordSent: n, gaps: n, refusals: 0 },
      ...{
        lastRefusal: '',
        openedBy: undefined,
        seenExport: 1,
        givenExport: 1,
        sending: [lane(), lane()],
      },
      receiving: [
        { next: 9, tail: hash(n) },
        { next: 1, tail: makeEmptyTail() },
      ],
    };
    const [sending] = link.sending;
    const items = n % 3 === 0 ? 2 : 1;
    store.insertLink(link);
    for (let number = 1; number <= items; number += 1) {
      const body = bodyOf(n);
      const target = { side: 'y', number: 1 } as const;
      const common = { target, slots: [], isAnswerWanted: false, hops: 0, trace: TRACE };
      const item = encodeItem({ kind: 'message', ...common, body });
      sending.tail = extendTail(sha256, { tail: sending.tail, number, item });
      sending.next = number + 1;
      const row = { link: n, lane: 1, number, item, tail: sending.tail } as const;
      store.insertOutbox({ ...row, share: `o${n}`, queuedMs: n });
    }
    store.updateLink(link);
    store.insertExport({ link: n, kind: 'export', number: 1, local: makeObjectId(n, 0) });
    const swissHash = hash(n);
    store.insertExport({ link: n, kind: 'item', number: 1, local: makeObjectId(1, 0), swissHash });
    const name = { link: n, kind: 'export', number: 1 } as const;
    store.insertImport({ id: makeImportId(n), ...name, isLive: true }, hash(n));
    store.insertForward({ link: n, number: 1, origin: { link: 1, number: n } });
  }
}

function fillBooks(store: OpenStore, rows: number): void {
  for (let n = 1; n <= rows; n += 1) {
    const known = { vat: vatOf(-n), serial: 0, record: '', urls: [], via: undefined };
    store.putContact({ ...known, hint: `http://hint-${n}:80` });
    store.insertLog({
      seq: n,
      owner: n,
      timeMs: n,
      level: 'log',
      source: `o${n}.0`,
      text: bodyOf(n),
    });
    store.insertRequest({ id: `request-${n}`, digest: hash(n), reply: bodyOf(n), timeMs: n });
  }
}

function makeContact(n: number): ContactRow {
  const urls = [`http://host-${n}:80`];
  const signer = makeSealer({ seed: hash(n), entropy: systemEntropy });
  const contact = { vat: signer.vat, urls, serial: n, kinds: ITEM_KINDS };
  const record = formatContact(contact, (bytes) => signer.sign(bytes));
  return { vat: signer.vat, serial: n, record, urls, hint: 'http://hint:80', via: undefined };
}

const vatOf = (n: number): VatId => makeVatId(hash(n));
