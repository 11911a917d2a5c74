// Identity: a vat is its key; who it is and where needs nobody's word but its own.

import nacl from 'tweetnacl';
import { afterEach, describe, expect, it } from 'vitest';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { makeTestNet } from './net.ts';
import { makeStranger } from './stranger.ts';
import {
  boxText,
  contactText,
  kindOf,
  open,
  readBox,
  readReceipt,
  redeemItem,
  seal,
  splitEnvelope,
} from './wire.ts';

const LIST =
  '(args, power) => { (power.memory.got ??= []).push(args); if (args.to) args.to.sendOnly({ n: args.n }); }';
const day = 24 * 3_600_000;

describe('identity', () => {
  afterEach(closeTestVats);

  it('Q41 a vat is its public key, and boxes and receipts open for the two vats alone', async () => {
    const net = makeTestNet();
    const one = await openTestVat({ net, objects: { list: LIST } });
    const two = await openTestVat({ net, objects: { list: LIST } });
    const three = await openTestVat({ net });
    const secret = 'a text that nobody else reads';
    await one.queue(two.ref('list'), { n: secret, to: one.ref('list') });
    await net.run();
    const kinds = { box: 0, receipt: 0 };
    for (const { bytes, kind, from, to } of net.sent) {
      const clear = Buffer.from(bytes).toString('latin1');
      for (const hidden of [
        secret,
        'message',
        'redeem',
        'tail',
        one.ref('list').qrid.slice(48, 91),
      ]) {
        expect(clear).not.toContain(hidden);
      }
      const texts = [one, two, three].map((vat) => open(vat.keys, bytes));
      expect(texts.map((text) => text !== undefined)).toEqual([true, true, false]);
      expect(texts[0]).toEqual(texts[1]);
      // Inside it says again what it is, from whom and to whom.
      const text = texts[0]!;
      expect(kindOf(text)).toBe(kind);
      const said = kind === 'box' ? readBox(text) : readReceipt(text);
      const { version, ...envelope } = splitEnvelope(bytes);
      expect([version, envelope.from, envelope.to]).toEqual([1, from, to]);
      expect([said.from, said.to]).toEqual([from, to]);
      kinds[kind] += 1;
    }
    expect(Math.min(kinds.box, kinds.receipt)).toBeGreaterThan(1);
    // The id is the key that signs the vat's record: nothing else has to be believed.
    const answer = await one.receive('contact', new Uint8Array(0));
    const { record, signature } = JSON.parse(
      answer.ok ? Buffer.from(answer.bytes).toString() : '',
    ) as Record<string, string>;
    const [text, signed] = [
      Buffer.from(`qrt contact 1\n${record}`),
      Buffer.from(signature ?? '', 'base64url'),
    ];
    const verify = (vat: TestVat): boolean =>
      nacl.sign.detached.verify(text, signed, Buffer.from(vat.id, 'base64url'));
    expect([verify(one), verify(two)]).toEqual([true, false]);
    expect(JSON.parse(record ?? '')).toMatchObject({ vat: one.id, urls: [one.url] });
  });

  it('Q3 a record counts only as its vat signed it, the newest one, and never from far ahead', async () => {
    const net = makeTestNet();
    const one = await openTestVat({ net, objects: { list: LIST } });
    const two = await openTestVat({ net });
    const stranger = makeStranger(net);
    const evil = ['http://127.0.0.1:1'];
    const learn = async (...records: string[]): Promise<unknown> => {
      const reply = await one.ask({ type: 'learn', records });
      return reply.ok ? reply.value : reply.code;
    };
    const knownOf = (id: string): unknown =>
      one.tables()['contact']?.find((row) => row['vat'] === id)?.['urls'];
    const now = Date.now();
    const forged = contactText(stranger.keys, evil, now + 1_000).replaceAll(stranger.id, two.id);
    const real = contactText(two.keys, ['http://127.0.0.1:2'], now + 2_000);
    const older = contactText(two.keys, evil, now + 1_000);
    const ahead = contactText(two.keys, evil, now + 2 * day);
    const changed = real.replace('127.0.0.1:2', '127.0.0.1:3');
    expect(await learn(forged, '{}', 'no record', changed)).toEqual({
      learnt: 0,
      known: 0,
      refused: 4,
    });
    expect(knownOf(two.id)).toBe(undefined);
    expect(await learn(real)).toEqual({ learnt: 1, known: 0, refused: 0 });
    expect(await learn(real, older, ahead, forged)).toMatchObject({ learnt: 0 });
    // A peer speaks for itself, and of others only in their own signed words.
    const items = [redeemItem(one.ref('list').qrid)];
    const contacts = [
      contactText(stranger.keys, [stranger.url]),
      contactText(two.keys, ['http://127.0.0.1:4'], now + 3_000),
      contactText(stranger.keys, evil, now + 5_000).replaceAll(stranger.id, two.id),
      older,
    ];
    const box = boxText({ from: stranger.id, to: one.id, lane: { items }, contacts });
    expect((await one.receive('box', seal(stranger.keys, one.id, box))).ok).toBe(true);
    expect(knownOf(stranger.id)).toBe(JSON.stringify([stranger.url]));
    expect(knownOf(two.id)).toBe('["http://127.0.0.1:4"]');
  });
});
