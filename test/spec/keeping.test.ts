// Keeping: who has a way to an object, and how it is taken from them again.

import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { makeTestNet, type TestNet } from './net.ts';
import { deliver, makeStranger } from './stranger.ts';
import { messageItem, NO_TAIL, redeemItem } from './wire.ts';

const LIST = '(args, power) => { (power.memory.got ??= []).push(args); }';
const GUESSES = 10_000;
const BOX_ITEMS = 1_000;

const ask = async (vat: TestVat, request: Record<string, unknown>): Promise<unknown> => {
  const reply = await vat.ask(request as never);
  if (!reply.ok) throw new Error(reply.code);
  return reply.value;
};
const newQrid = async (vat: TestVat, name: string, id: string): Promise<string> => {
  const object = vat.ref(name).id;
  return ((await ask(vat, { type: 'qrid-new', id, object })) as { qrid: string }).qrid;
};
const hashes = async (vat: TestVat): Promise<readonly string[]> => {
  const { qrids } = (await ask(vat, { type: 'qrid-list' })) as { qrids: { hash: string }[] };
  return qrids.map(({ hash }) => hash);
};

/** What a new stranger is told who redeems: all of the receipt but the nonce of its own box. */
async function firstContact(net: TestNet, vat: TestVat, qrid: string): Promise<unknown> {
  const stranger = makeStranger(net);
  const items = [redeemItem(qrid), messageItem(1, 'in')];
  const result = await deliver(vat, stranger.box(vat.id, { items }));
  if (!result.ok) throw new Error(result.reason);
  const { lanes } = stranger.openReceipt(result.bytes);
  return { lanes, bytes: result.bytes.length };
}

const bytesOf = (value: unknown): Buffer =>
  Buffer.isBuffer(value) ? value : Buffer.from(String(value));

const guess = (n: number, qrid: string): string => {
  const swissnum = Buffer.alloc(32, n % 251);
  swissnum.writeUInt32BE(n);
  return qrid.replace(/\.[\w-]{43}/, `.${swissnum.toString('base64url')}`);
};

describe('keeping', () => {
  afterEach(closeTestVats);

  it('Q50 a guess, a revoked QRID and one of a deleted object are the same to a stranger', async () => {
    const net = makeTestNet();
    const vat = await openTestVat({ net, objects: { list: LIST, other: LIST } });
    const { qrid } = vat.ref('list');
    const [revoked, gone] = [await newQrid(vat, 'list', 'r'), vat.ref('other').qrid];
    const found = await hashes(vat);
    const all = await Promise.all(
      found.map((hash, n) =>
        ask(vat, { type: 'qrid-revoke', id: `t${n}`, hash, withLinks: false }).then(() => hash),
      ),
    );
    expect(all).toHaveLength(3);
    await ask(vat, { type: 'delete', id: 'd', object: vat.ref('other').id });
    const live = await newQrid(vat, 'list', 'live');
    const unknown = await firstContact(net, vat, guess(1, qrid));
    for (const each of [qrid, revoked, gone, guess(2, qrid)]) {
      expect(await firstContact(net, vat, each)).toEqual(unknown);
    }
    expect((await vat.status()).links).toEqual([]);
    expect(await firstContact(net, vat, live)).not.toEqual(unknown);
    expect(vat.memory('list')).toEqual({ got: ['in'] });
  });

  it('Q50 an object is looked up by the hash of its swissnum, and only that is on disk', async () => {
    const net = makeTestNet();
    const vat = await openTestVat({ net, objects: { list: LIST } });
    const [, text = ''] = /\.([\w-]{43})/.exec(vat.ref('list').qrid) ?? [];
    const swissnum = Buffer.from(text, 'base64url');
    const [row] = vat.tables()['swissnum'] ?? [];
    const hash = createHash('sha256').update(text).digest();
    expect(Object.values(row ?? {}).filter((value) => hash.equals(bytesOf(value)))).toHaveLength(1);
    for (const found of vat.tables()['swissnum'] ?? []) {
      expect(
        Object.values(found).filter((value) =>
          [text, swissnum].some((each) => bytesOf(value).includes(each)),
        ),
      ).toEqual([]);
    }
    // Whoever has read the disk has a hash, and with it as a swissnum no right.
    const stolen = vat.ref('list').qrid.replace(text, hash.toString('base64url'));
    expect(await firstContact(net, vat, stolen)).toEqual(
      await firstContact(net, vat, guess(1, vat.ref('list').qrid)),
    );
    expect(vat.memory('list')).toEqual({});
  });

  it(`Q50 ${GUESSES} guesses of two peers with a link open nothing, and each is refused`, async () => {
    const net = makeTestNet();
    const vat = await openTestVat({ net, objects: { list: LIST, secret: LIST } });
    const { qrid } = vat.ref('secret');
    for (const peer of [0, 1]) {
      const stranger = makeStranger(net);
      let first = 1;
      let tail: Uint8Array = NO_TAIL;
      const post = async (items: readonly Uint8Array[]): Promise<void> => {
        const result = await deliver(vat, stranger.box(vat.id, { first, tail, items }));
        if (!result.ok) throw new Error(result.reason);
        const [lane] = stranger.openReceipt(result.bytes).lanes;
        first += items.length;
        expect(lane).toMatchObject({ next: first, stop: 'nothing' });
        tail = lane.tail;
      };
      await post([redeemItem(vat.ref('list').qrid)]);
      for (let n = 0; n < GUESSES / 2; n += BOX_ITEMS) {
        const guessOf = (_: unknown, k: number): string => guess(peer * GUESSES + n + k, qrid);
        await post(Array.from({ length: BOX_ITEMS }, guessOf).map(redeemItem));
      }
      // Every name that a guess made is nobody's.
      await post([2, GUESSES / 4, GUESSES / 2].map((number) => messageItem(number, 'in')));
    }
    expect(vat.memory('secret')).toEqual({});
    const { links } = await vat.status();
    expect(links.map(({ refusals }) => refusals)).toEqual(Array(2).fill(GUESSES / 2 + 3));
  });
});
