// Numbers: boxes that come again, and boxes that come too early.

import { afterEach, describe, expect, it } from 'vitest';
import type { PostResult } from '../../src/kernel/ports.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { honestWire, makeTestNet, type TestNet } from './net.ts';
import { deliver, makeStranger, type Stranger } from './stranger.ts';
import { messageItem, redeemItem, splitEnvelope, tailsOf } from './wire.ts';

const LIST = '(args, power) => { (power.memory.got ??= []).push(args); }';

const range = (to: number): number[] => Array.from({ length: to }, (_, n) => n);

interface Scene {
  readonly net: TestNet;
  readonly vat: TestVat;
  readonly stranger: Stranger;
  readonly got: () => unknown;
}

async function openScene(): Promise<Scene> {
  const net = makeTestNet();
  const vat = await openTestVat({ net, objects: { list: LIST } });
  const got = (): unknown => (vat.memory('list') as { got?: unknown }).got;
  return { net, vat, stranger: makeStranger(net), got };
}

describe('numbers', () => {
  afterEach(closeTestVats);

  it('Q46 an old box is receipted again each time and never run again', async () => {
    const { net, vat, got } = await openScene();
    const sender = await openTestVat({ net });
    const first: Uint8Array[] = [];
    net.setWire(async ({ bytes, to }, forward) => {
      if (to === vat.id) first.push(bytes);
      return forward(bytes);
    });
    for (const n of range(5)) {
      await sender.queue(vat.ref('list'), n);
      await net.run();
    }
    expect(got()).toEqual(range(5));
    const { received } = (await vat.status()).links[0]!;
    for (const times of [1, 2]) {
      for (const bytes of first) {
        const result = await deliver(vat, bytes);
        expect(result.ok, `time ${times}`).toBe(true);
      }
      await vat.crash();
    }
    expect(got()).toEqual(range(5));
    expect((await vat.status()).links[0]).toMatchObject({ received, state: 'ok' });
    // The link is as good as before.
    await sender.queue(vat.ref('list'), 'after');
    await net.run();
    expect(got()).toEqual([...range(5), 'after']);
  });

  it('Q46 after a lost receipt the same items come in a new box and take effect once', async () => {
    const { net, vat, got } = await openScene();
    const sender = await openTestVat({ net });
    let losses = 4;
    net.setWire(async ({ bytes }, forward) => {
      const result = await forward(bytes);
      losses -= 1;
      return losses >= 0 ? { ok: false, reason: 'the receipt was lost' } : result;
    });
    for (const n of range(3)) await sender.queue(vat.ref('list'), n);
    await net.run();
    expect(losses).toBeLessThan(0);
    expect(got()).toEqual(range(3));
    expect(sender.rows('outbox')).toEqual([]);
  });

  it('Q46 an old box with new items behind the old ones: only the new ones run', async () => {
    const { vat, stranger, got } = await openScene();
    const items = [redeemItem(vat.ref('list').qrid), ...range(4).map((n) => messageItem(1, n))];
    const tails = tailsOf(items);
    const send = (from: number, to: number): Promise<PostResult> =>
      deliver(
        vat,
        stranger.box(vat.id, { first: from + 1, tail: tails[from]!, items: items.slice(from, to) }),
      );
    for (const [from, to] of [
      [0, 2],
      [0, 4],
      [1, 3],
      [0, 1],
      [3, 5],
      [0, 5],
    ] as const) {
      const result = await send(from, to);
      if (!result.ok) throw new Error(result.reason);
      const [lane] = stranger.openReceipt(result.bytes).lanes;
      expect(lane.stop).toBe('nothing');
      expect(Buffer.compare(lane.tail, tails[lane.next - 1]!)).toBe(0);
    }
    expect(got()).toEqual(range(4));
  });

  it('Q47 an early box is not run, is receipted with the number expected, and shows in status', async () => {
    const { vat, stranger, got } = await openScene();
    const items = [redeemItem(vat.ref('list').qrid), ...range(6).map((n) => messageItem(1, n))];
    const tails = tailsOf(items);
    const box = (from: number): Uint8Array =>
      stranger.box(vat.id, { first: from + 1, tail: tails[from]!, items: items.slice(from) });
    await deliver(vat, stranger.box(vat.id, { items: items.slice(0, 2) }));
    for (const gaps of [1, 2]) {
      const before = vat.tables();
      const result = await deliver(vat, box(4));
      if (!result.ok) throw new Error(result.reason);
      const [lane] = stranger.openReceipt(result.bytes).lanes;
      expect(lane).toMatchObject({ next: 3, stop: 'gap' });
      expect(Buffer.compare(lane.tail, tails[2]!)).toBe(0);
      expect(got()).toEqual([0]);
      expect(vat.tables()['inbox']).toEqual(before['inbox']);
      expect((await vat.status()).links[0]).toMatchObject({ gaps, received: [2, 0], state: 'ok' });
    }
    // What comes from the number expected on is taken.
    await deliver(vat, box(2));
    expect(got()).toEqual(range(6));
  });

  it('Q47 a sender that is told a number goes on from there', async () => {
    const { net, vat, stranger } = await openScene();
    const firsts: number[] = [];
    let taken = 0;
    stranger.onBox((bytes) => {
      const { nonce } = splitEnvelope(bytes);
      const [lane] = stranger.openBox(bytes).lanes;
      if (lane.items.length === 0) return { ok: false, reason: 'not now' };
      firsts.push(lane.first);
      // One more item each time, and then a gap is claimed.
      taken = Math.max(taken, lane.first);
      const { items } = lane;
      const tail = lane.first === 1 ? tailsOf(items) : undefined;
      tails = tail ?? tails;
      return {
        ok: true,
        bytes: stranger.receipt(vat.id, nonce, {
          next: taken + 1,
          tail: tails[taken]!,
          stop: 'gap',
        }),
      };
    });
    let tails: readonly Uint8Array[] = [];
    net.setWire(async () => ({ ok: false, reason: 'not yet' }));
    const qrid = `qrt:${stranger.id}.${Buffer.alloc(32, 7).toString('base64url')}@${stranger.url}`;
    const to = { qrid } as Parameters<TestVat['queue']>[0];
    for (const n of range(5)) await vat.queue(to, n);
    net.setWire(honestWire);
    await net.run();
    expect(firsts).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await vat.status()).links[0]).toMatchObject({
      state: 'ok',
      sent: [6, 0],
      receipted: [6, 0],
    });
  });
});
