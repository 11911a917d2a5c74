// Communication: what stays until it is receipted, how often it is tried, and under which nonce.

import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { closeTestVats, openTestVat, serve, type TestVat } from './kit.ts';
import { cutWire, honestWire, makeTestNet, type Sent } from './net.ts';
import { open, readBox, readReceipt, splitEnvelope } from './wire.ts';

const LIST =
  '(args, power) => { (power.memory.got ??= []).push(args); if (args.to) args.to.sendOnly({ n: args.n }); }';
const range = (to: number): number[] => Array.from({ length: to }, (_, n) => n);
const day = 24 * 3_600_000;

const gotBy = (vat: TestVat): unknown[] => (vat.memory('list') as { got?: unknown[] }).got ?? [];

describe('communication', () => {
  afterEach(closeTestVats);

  it('Q43 an item stays on disk until its boxed receipt is there, and is gone after it', async () => {
    const net = makeTestNet();
    const one = await openTestVat({ net });
    const two = await openTestVat({ net, objects: { list: LIST } });
    net.setWire(cutWire);
    await one.queue(two.ref('list'), { n: 1 });
    const numbers = (): unknown[] => one.rows('outbox').map(({ number }) => number);
    // The redemption of the QRID and the message.
    expect(numbers()).toEqual([1, 2]);
    await net.pass(60_000, 10_000);
    await one.crash();
    expect(numbers()).toEqual([1, 2]);
    // Received, run and committed there; only the receipt is missing here.
    let held = false;
    net.setWire(async ({ bytes }, forward) => {
      await forward(bytes);
      await two.run();
      held = true;
      return { ok: false, reason: 'the receipt was lost' };
    });
    while (!held) await net.pass(5_000);
    expect(gotBy(two)).toEqual([{ n: 1 }]);
    expect(numbers()).toEqual([1, 2]);
    await one.crash();
    expect(numbers()).toEqual([1, 2]);
    net.setWire(honestWire);
    await net.run();
    expect(numbers()).toEqual([]);
    expect(gotBy(two)).toEqual([{ n: 1 }]);
    expect((await one.status()).links[0]).toMatchObject({
      outbox: { rows: 0 },
      sent: [2, 0],
      receipted: [2, 0],
    });
  });

  it('Q44 a message for a vat that is down for days, from one that restarts, arrives once', async () => {
    const net = makeTestNet();
    const one = await openTestVat({ net });
    const two = await openTestVat({ net, objects: { list: LIST } });
    const target = two.ref('list');
    await two.halt();
    for (const n of range(3)) await one.queue(target, { n });
    for (let restarts = 0; restarts < 4; restarts += 1) {
      const before = net.attempts.length;
      await net.pass(2 * day, day / 8);
      // It never gives up, however long it was.
      expect(net.attempts.length - before).toBeGreaterThan(8);
      await one.queue(target, { n: 3 + restarts });
      await one.crash();
    }
    await net.pass(day, day / 8);
    expect((await one.status()).links[0]).toMatchObject({
      outbox: { rows: 8 },
      lastError: expect.any(String),
    });
    expect((await one.status()).links[0]?.oldestMs).toBeGreaterThan(7 * day);
    await two.start();
    await net.pass(40_000);
    await net.run();
    expect(gotBy(two)).toEqual(range(7).map((n) => ({ n })));
    await one.crash();
    await net.run();
    expect(gotBy(two)).toHaveLength(7);
  });

  it('Q44 the pauses between attempts grow up to a bound, differ, and start anew for a peer that lives', async () => {
    const net = makeTestNet();
    const one = await openTestVat({ net });
    const two = await openTestVat({ net, objects: { list: LIST } });
    await one.queue(two.ref('list'), { n: 0 });
    await net.run();
    net.setWire(cutWire);
    const begin = net.attempts.length;
    await one.queue(two.ref('list'), { n: 1 });
    await net.pass(15 * 60_000, 500);
    const times = net.attempts.slice(begin).map(({ atMs }) => atMs);
    const pauses = times.slice(1).map((at, index) => at - times[index]!);
    expect(Math.max(...pauses)).toBeLessThan(35_000);
    expect(pauses.length).toBeGreaterThan(25);
    expect(pauses.length).toBeLessThan(200);
    const late = pauses.slice(12);
    expect(late.reduce((sum, each) => sum + each, 0) / late.length).toBeGreaterThan(5_000);
    expect(Math.max(...pauses.slice(0, 3))).toBeLessThan(4_000);
    // With jitter: many senders do not come back at one moment.
    expect(new Set(late.map((each) => Math.round(each / 500))).size).toBeGreaterThan(5);
    // It goes on in this way for as long as it takes.
    await net.pass(60 * 60_000, 2_000);
    expect(net.clock.monotonicMs() - net.attempts.at(-1)!.atMs).toBeLessThan(40_000);
    net.setWire(honestWire);
    await two.queue(await one.install('back', LIST), { n: 'hello' });
    // Anything that comes from the peer is a reason to try at once.
    await net.pass(3_000, 500);
    expect(gotBy(two)).toEqual([{ n: 0 }, { n: 1 }]);
  });

  it('Q45 no nonce comes twice, whatever is lost, killed, restored or cloned', async () => {
    const net = makeTestNet();
    const one = await openTestVat({ net, objects: { list: LIST } });
    const two = await openTestVat({ net, objects: { list: LIST } });
    const talk = async (n: number): Promise<void> => {
      await one.queue(two.ref('list'), { n, to: one.ref('list') });
      await two.queue(one.ref('list'), { n: 1_000 + n, to: two.ref('list') });
    };
    let posts = 0;
    net.setWire(async ({ bytes }, forward) => {
      posts += 1;
      if (posts % 3 === 1) return { ok: false, reason: 'lost' };
      const result = await forward(bytes);
      return posts % 3 === 2 ? { ok: false, reason: 'the receipt was lost' } : result;
    });
    for (const n of range(12)) {
      await talk(n);
      await net.run();
      if (n % 4 === 3) await one.crash();
    }
    assertNumbers(net.sent, one, two);

    // The same history goes on three times: here, from a copy put back, and in a clone.
    await one.halt();
    const copy = join(one.dir, '..', 'copy');
    const clone = join(one.dir, '..', 'clone');
    for (const to of [copy, clone]) cpSync(one.dir, to, { recursive: true });
    await one.start();
    await talk(100);
    await net.run();
    await one.halt();
    cpSync(copy, one.dir, { recursive: true });
    await one.start();
    await one.queue(two.ref('list'), { n: 200 });
    await net.pass(5_000);
    const otherNet = makeTestNet();
    const there = {
      id: two.id,
      url: two.url,
      status: async () => undefined,
      tick: () => undefined,
    };
    otherNet.add({
      ...there,
      receive: async (kind, bytes) =>
        kind === 'contact' ? two.receive(kind, bytes) : { ok: false, reason: 'lost' },
    });
    const cloned = await serve(clone, one.url, { net: otherNet });
    await cloned.queue(two.ref('list'), { n: 300 });
    await otherNet.pass(5_000);
    const before = otherNet.sent.length;
    await cloned.close();

    expect(before).toBeGreaterThan(1);
    const all = [...net.sent, ...otherNet.sent];
    expect(all.length).toBeGreaterThan(60);
    for (const vat of [one, two]) {
      const nonces = all
        .filter(({ from }) => from === vat.id)
        .map(({ bytes }) => Buffer.from(splitEnvelope(bytes).nonce));
      expect(new Set(nonces.map((nonce) => nonce.toString('hex'))).size).toBe(nonces.length);
      // Already the random part is never the same, and looks like what it says.
      const random = nonces.map((nonce) => nonce.subarray(0, 16));
      expect(new Set(random.map((part) => part.toString('hex'))).size).toBe(nonces.length);
      const ones = Buffer.concat(random).reduce(
        (sum, byte) => sum + byte.toString(2).replaceAll('0', '').length,
        0,
      );
      expect(ones / (nonces.length * 128)).toBeGreaterThan(0.4);
      expect(ones / (nonces.length * 128)).toBeLessThan(0.6);
    }
    // The numbers did repeat: the copy and the clone sent other items under them.
    const seen = new Map<number, Set<string>>();
    for (const { bytes, kind, from } of all) {
      if (kind !== 'box' || from !== one.id) continue;
      const text = open(two.keys, bytes)!;
      // What two vats in doubt tell each other holds no items, and is one line.
      if (!text.includes('\n')) continue;
      const [lane] = readBox(text).lanes;
      for (const [offset, item] of lane.items.entries()) {
        const number = lane.first + offset;
        seen.set(
          number,
          (seen.get(number) ?? new Set()).add(createHash('sha256').update(item).digest('hex')),
        );
      }
    }
    expect(Math.max(...[...seen.values()].map(({ size }) => size))).toBeGreaterThan(1);
  });
});

/** Every item has one number for good, and every nonce ends in the number that belongs there. */
function assertNumbers(sent: readonly Sent[], one: TestVat, two: TestVat): void {
  const items = new Map<string, string>();
  const boxes = new Map<string, bigint>();
  for (const { bytes, kind, from } of sent) {
    const nonce = Buffer.from(splitEnvelope(bytes).nonce);
    const counter = nonce.readBigUInt64BE(16);
    const text = open(one.keys, bytes)!;
    if (kind === 'receipt') {
      const { request } = readReceipt(text);
      expect(counter).toBe(boxes.get(Buffer.from(request).toString('hex')));
      continue;
    }
    const { lanes } = readBox(text);
    const [first] = lanes.filter((lane) => lane.items.length > 0);
    expect(counter).toBe(BigInt(first?.first ?? 0));
    boxes.set(nonce.toString('hex'), counter);
    for (const [index, lane] of lanes.entries()) {
      for (const [offset, item] of lane.items.entries()) {
        const name = `${from} ${index} ${lane.first + offset}`;
        const hash = createHash('sha256').update(item).digest('hex');
        expect(items.get(name) ?? hash).toBe(hash);
        items.set(name, hash);
      }
    }
  }
  for (const vat of [one, two]) {
    const numbers = [...items.keys()]
      .filter((name) => name.startsWith(`${vat.id} 0`))
      .map((name) => Number(name.split(' ')[2]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(range(numbers.length).map((n) => n + 1));
    expect(numbers.length).toBeGreaterThan(12);
  }
}
