// Forgery: boxes that are not what they say, and replies that are no receipts.

import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { PostResult } from '../../src/kernel/ports.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { honestWire, makeTestNet, type TestNet, type Wire } from './net.ts';
import { deliver, makeStranger, type Stranger } from './stranger.ts';
import { joinEnvelope, messageItem, NO_TAIL, redeemItem, splitEnvelope } from './wire.ts';

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

describe('forgery', () => {
  afterEach(closeTestVats);

  it('Q48 a box that is not from a peer to this vat, whole, changes nothing and tells nothing', async () => {
    const { net, vat, stranger, got } = await openScene();
    const sender = await openTestVat({ net });
    const other = await openTestVat({ net });
    const captured: Uint8Array[] = [];
    net.setWire(async ({ bytes, to }, forward) => {
      if (to === vat.id) captured.push(bytes);
      return forward(bytes);
    });
    await sender.queue(vat.ref('list'), 'real');
    await net.run();
    net.setWire(async () => ({ ok: false, reason: 'not now' }));
    await sender.queue(vat.ref('list'), 'next');
    await vat.queue(await sender.install('back', LIST), 'ours');
    await Promise.all([vat.run(), sender.run()]);
    await net.pass(5_000);
    const [real] = captured.slice(-1) as [Uint8Array];
    const ours = net.sent
      .filter(({ from, kind }) => from === vat.id && kind === 'box')
      .at(-1)!.bytes;
    const receipt = net.sent
      .filter(({ from, kind }) => from === vat.id && kind === 'receipt')
      .at(-1)!.bytes;
    const envelope = splitEnvelope(real);
    const forged = stranger.box(vat.id, {
      items: [redeemItem(vat.ref('list').qrid), messageItem(1, 'forged')],
    });
    const { nonce, boxed } = splitEnvelope(forged);
    const bad: [string, Uint8Array][] = [
      ['nothing', new Uint8Array(0)],
      ['noise', randomBytes(200)],
      ['noise with our version', Buffer.concat([Buffer.from([1]), randomBytes(300)])],
      ['zeros', new Uint8Array(500)],
      [
        'sealed by a stranger in the name of the peer',
        joinEnvelope({ from: sender.id, to: vat.id, nonce, boxed }),
      ],
      ['sealed for another vat', stranger.box(other.id, {})],
      [
        'sealed for another vat, addressed to this one',
        joinEnvelope({ ...splitEnvelope(stranger.box(other.id, {})), to: vat.id }),
      ],
      ['addressed to another vat', joinEnvelope({ ...envelope, to: other.id })],
      ['from another vat', joinEnvelope({ ...envelope, from: other.id })],
      ['from this vat to itself', joinEnvelope({ ...envelope, from: vat.id })],
      ['our own box, reflected', ours],
      [
        'our own box, with its names exchanged',
        joinEnvelope({ ...splitEnvelope(ours), from: sender.id, to: vat.id }),
      ],
      [
        'our own receipt, with its names exchanged',
        joinEnvelope({ ...splitEnvelope(receipt), from: sender.id, to: vat.id }),
      ],
      ['another nonce', joinEnvelope({ ...envelope, nonce: randomBytes(24) })],
      ['a byte more', Buffer.concat([real, Buffer.from([0])])],
      ['twice', Buffer.concat([real, real])],
      ...[1, 16, 32, real.length - 90, real.length - 1].map((cut): [string, Uint8Array] => [
        `cut by ${cut}`,
        real.subarray(0, real.length - cut),
      ]),
      ...range(real.length)
        .filter((at) => at < 90 || at % 7 === 0)
        .map((at): [string, Uint8Array] => {
          const bytes = Uint8Array.from(real);
          bytes[at] = bytes[at]! ^ (1 << (at % 8));
          return [`bit flipped in byte ${at}`, bytes];
        }),
    ];
    const before = [vat.snapshot(), sender.snapshot()];
    const replies = new Map<string, string>();
    for (const [name, bytes] of bad)
      replies.set(name, JSON.stringify(await vat.receive('box', bytes)));
    await vat.run();
    // One and the same small answer, whatever was wrong: nobody learns which.
    expect(new Set(replies.values())).toEqual(
      new Set([JSON.stringify({ ok: false, reason: 'HTTP 400 0' })]),
    );
    expect([vat.snapshot(), sender.snapshot()]).toEqual(before);
    expect(got()).toEqual(['real']);
    net.setWire(honestWire);
    await net.run();
    expect(got()).toEqual(['real', 'next']);
    expect(sender.memory('back')).toEqual({ got: ['ours'] });
  });

  it('Q48 a stranger without a right QRID gets no link, whatever it sends first', async () => {
    const { vat, stranger } = await openScene();
    const wrong = vat
      .ref('list')
      .qrid.replace(/\.[\w-]{43}/, `.${Buffer.alloc(32, 3).toString('base64url')}`);
    const before = vat.snapshot();
    const firsts = [
      [],
      [messageItem(1, 1)],
      [redeemItem(wrong), messageItem(1, 1)],
      [randomBytes(50)],
    ];
    for (const items of firsts) {
      for (const first of [1, 1_000_000]) {
        const result = await deliver(vat, stranger.box(vat.id, { first, items }));
        if (!result.ok) throw new Error(result.reason);
        const { lanes } = stranger.openReceipt(result.bytes);
        expect(lanes).toMatchObject([
          { next: 0, stop: 'unknown' },
          { next: 0, stop: 'unknown' },
        ]);
      }
    }
    expect(vat.snapshot()).toBe(before);
  });

  it('Q49 a 200 without the receipt for this very box clears nothing, and neither does another reply', async () => {
    const { net, vat, stranger, got } = await openScene();
    const sender = await openTestVat({ net });
    for (const n of [0, 1, 2]) {
      await sender.queue(vat.ref('list'), n);
      await net.run();
    }
    // Receipts of an older and of the newest state: valid once, each for another box.
    const [oldest, old] = [0, -1].map(
      (at) =>
        net.sent.filter(({ kind, from }) => kind === 'receipt' && from === vat.id).at(at)!.bytes,
    ) as [Uint8Array, Uint8Array];
    const ok = (bytes: Uint8Array): PostResult => ({ ok: true, bytes });
    const evil: [string, Wire][] = [
      ['nothing', async () => ok(new Uint8Array(0))],
      ['a page', async () => ok(Buffer.from('<html>OK</html>'))],
      ['noise', async () => ok(randomBytes(400))],
      ['the box itself', async ({ bytes }) => ok(bytes)],
      ['an older receipt', async () => ok(old)],
      ['the first receipt of all', async () => ok(oldest)],
      [
        'a receipt of a stranger',
        async ({ bytes }) =>
          ok(stranger.receipt(sender.id, splitEnvelope(bytes).nonce, { next: 7 })),
      ],
      [
        'a receipt of a stranger in the name of the peer',
        async ({ bytes }) => {
          const made = stranger.receipt(sender.id, splitEnvelope(bytes).nonce, {
            next: 7,
            tail: NO_TAIL,
          });
          return ok(joinEnvelope({ ...splitEnvelope(made), from: vat.id }));
        },
      ],
      ['a record', async () => vat.receive('contact', new Uint8Array(0))],
      ['an error', async () => ({ ok: false, reason: 'HTTP 500' })],
      ['silence', async () => ({ ok: false, reason: 'timeout' })],
    ];
    const spoilt: [string, (bytes: Uint8Array) => Uint8Array][] = [
      ['cut', (bytes) => bytes.subarray(0, bytes.length - 1)],
      ['longer', (bytes) => Buffer.concat([bytes, Buffer.from([0])])],
      [
        'flipped at the end',
        (bytes) => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
      ],
      ['flipped in the nonce', (bytes) => bytes.map((byte, at) => (at === 70 ? byte ^ 1 : byte))],
      [
        'with its names exchanged',
        (bytes) => joinEnvelope({ ...splitEnvelope(bytes), from: sender.id, to: vat.id }),
      ],
    ];
    // Here the items do arrive, and only the receipt is spoilt.
    for (const [name, spoil] of spoilt) {
      evil.push([
        name,
        async ({ bytes }, forward) => {
          const result = await forward(bytes);
          return result.ok ? ok(spoil(result.bytes)) : result;
        },
      ]);
    }
    const numbers = (): unknown[] => sender.rows('outbox').map(({ number }) => number);
    net.setWire(evil[0]![1]);
    for (const n of [3, 4, 5]) await sender.queue(vat.ref('list'), n);
    await sender.run();
    const waiting = numbers();
    expect(waiting).toHaveLength(3);
    for (const [name, wire] of evil) {
      let uses = 0;
      net.setWire(async (passage, forward) => {
        if (passage.from === sender.id) uses += 1;
        return wire(passage, forward);
      });
      while (uses < 2) await net.pass(30_000, 30_000);
      expect(numbers(), name).toEqual(waiting);
      expect((await sender.status()).links[0], name).toMatchObject({
        state: 'ok',
        lastError: expect.any(String),
      });
    }
    net.setWire(honestWire);
    await net.run();
    expect(numbers()).toEqual([]);
    expect(got()).toEqual(range(6));
  });
});
