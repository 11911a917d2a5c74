// Boxes from a peer that keeps to no rule: what does not fit has no effect and tells nothing.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { makeEmptyTail } from '../../src/core/lanes.ts';
import { ANSWERS_WAITING_MAX, ARGS_BYTES_MAX, WIRE_NUMBER_MAX } from '../../src/core/limits.ts';
import { type Box, ENVELOPE_BYTES, parseEnvelope } from '../../src/core/wire.ts';
import { messageTo, redeemOf, type Stranger } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let vat: TestVat;
let object: Qrid;
let stranger: Stranger;

beforeEach(() => {
  world = makeWorld();
  vat = world.vat('one');
  object = vat.install();
  stranger = world.stranger();
});
afterEach(() => world.close());

const note = (value: unknown) =>
  messageTo({ side: 'q', number: 1 }, { body: JSON.stringify([['note', value]]) });

/** Posts bytes; returns the HTTP status of the reply and its body. */
function post(bytes: Uint8Array): { status: number; bytes: Uint8Array } | undefined {
  const before = vat.outputs.length;
  stranger.deliver(vat, bytes);
  const reply = vat.outputs.slice(before).find(({ type }) => type === 'reply');
  return reply?.type === 'reply' ? { status: reply.status, bytes: reply.bytes } : undefined;
}

const stateOf = (): unknown => ({
  links: vat.status().links,
  notes: notesOf(vat, object),
  commits: vat.status().commits,
  log: vat.log(),
});

describe('boxes', () => {
  it('Q41 Q45 a box and its receipt are sealed, have a nonce each, and the receipt names the box', () => {
    const bytes = stranger.seal(vat, { one: [redeemOf(object)] });
    const reply = post(bytes);
    const [box, receipt] = [parseEnvelope(bytes)!, parseEnvelope(reply!.bytes)!];
    expect(Buffer.compare(box.nonce, receipt.nonce)).not.toBe(0);
    expect(Buffer.from(receipt.nonce.subarray(16))).toEqual(Buffer.from(box.nonce.subarray(16)));
  });

  it('Q46 an old box is receipted again and not run again', () => {
    const bytes = stranger.seal(vat, { one: [redeemOf(object), note('once')] });
    const first = stranger.deliver(vat, bytes);
    world.run();
    const again = stranger.deliver(vat, bytes);
    world.run();
    expect(again?.lanes[0]).toEqual(first?.lanes[0]);
    expect(again?.lanes[0]).toMatchObject({ next: 3, stop: 'nothing' });
    expect(notesOf(vat, object)).toEqual(['once']);
  });

  it('Q47 a box that begins too high is receipted with the number expected, and shown', () => {
    stranger.send(vat, { one: [redeemOf(object)] });
    const skip = (box: Box): Box => ({
      ...box,
      lanes: [{ ...box.lanes[0], first: 7 }, box.lanes[1]],
    });
    const bytes = stranger.seal(vat, { one: [note('early')], change: skip });
    const receipt = stranger.deliver(vat, bytes);
    expect(receipt?.lanes[0]).toMatchObject({ next: 2, stop: 'gap' });
    expect(vat.status().links).toMatchObject([{ gaps: 1, received: [1, 0], state: 'ok' }]);
    stranger.send(vat, { one: [note('in time')] });
    world.run(1_000);
    expect(notesOf(vat, object)).toEqual(['in time']);
  });

  it('Q48 a box with any bit flipped has no effect, and every such reply is the same', () => {
    const bytes = stranger.seal(vat, { one: [redeemOf(object), note(1)] });
    const before = stateOf();
    const replies = new Set<string>();
    // The clear part byte by byte, of the sealed part some: NaCl takes or refuses it as one.
    for (let at = 0; at < bytes.length; at += at < ENVELOPE_BYTES ? 1 : 9) {
      const flipped = Uint8Array.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      const reply = post(flipped);
      replies.add(`${reply?.status} ${Buffer.from(reply?.bytes ?? []).toString('hex')}`);
    }
    expect([...replies]).toEqual(['400 ']);
    expect(stateOf()).toEqual(before);
  });

  it('Q48 a box cut at any byte has no effect', () => {
    const bytes = stranger.seal(vat, { one: [redeemOf(object), note(1)] });
    const before = stateOf();
    for (let length = 0; length < bytes.length; length += length < ENVELOPE_BYTES ? 1 : 9) {
      expect(post(bytes.subarray(0, length))).toMatchObject({ status: 400 });
    }
    expect(stateOf()).toEqual(before);
  });

  it('Q48 a box for another vat, and a box of our own that comes back, have no effect', () => {
    const two = world.vat('two');
    vat.send(two.install());
    world.run();
    const before = stateOf();
    const ours = world.sent.filter((bytes) => parseEnvelope(bytes)?.from === vat.id);
    expect(ours.length).toBeGreaterThan(0);
    const theirs = stranger.seal(two, { one: [redeemOf(object)] });
    for (const bytes of [...ours, theirs]) expect(post(bytes)).toMatchObject({ status: 400 });
    // With sender and receiver exchanged NaCl's key is the same, and the box opens.
    for (const bytes of ours) {
      const reflected = Buffer.from(bytes);
      reflected.set(bytes.subarray(1, 33), 33);
      reflected.set(bytes.subarray(33, 65), 1);
      expect(post(reflected)).toMatchObject({ status: 400 });
    }
    expect(stateOf()).toEqual(before);
  });

  it('Q48 a receipt that is posted as a box has no effect', () => {
    const two = world.vat('two');
    two.send(object);
    world.run();
    const before = stateOf();
    for (const bytes of world.sent) expect(post(bytes)?.status).toBeOneOf([200, 400]);
    const { log, notes } = stateOf() as { log: unknown; notes: unknown };
    expect({ log, notes }).toEqual({
      log: (before as { log: unknown }).log,
      notes: (before as { notes: unknown }).notes,
    });
  });

  it('a lane cannot begin so high that its numbers would repeat', () => {
    const high = (first: number) => ({
      one: [redeemOf(object), redeemOf(object), redeemOf(object), note('high')],
      change: (box: Box): Box => ({
        ...box,
        lanes: [{ ...box.lanes[0], first }, box.lanes[1]] as const,
      }),
    });
    expect(post(stranger.seal(vat, high(Number.MAX_SAFE_INTEGER)))).toMatchObject({ status: 400 });
    expect(vat.status().links).toEqual([]);
    const receipt = stranger.deliver(vat, stranger.seal(vat, high(WIRE_NUMBER_MAX)));
    expect(receipt?.lanes[0].next).toBe(WIRE_NUMBER_MAX + 4);
  });

  it('an item that cannot be used is consumed, refused and shown, and the lane goes on', () => {
    const garbage = Buffer.from('["dance"]');
    stranger.send(vat, { one: [redeemOf(object), garbage, note('after')] });
    world.run();
    expect(notesOf(vat, object)).toEqual(['after']);
    expect(stranger.got).toMatchObject([
      { kind: 'resolve', of: { side: 'p', number: 2 }, code: 'QRT_ITEM_MALFORMED' },
    ]);
    expect(vat.status().links).toMatchObject([
      { refusals: 1, lastRefusal: 'QRT_ITEM_MALFORMED', received: [3, 0] },
    ]);
    expect(vat.log().at(-1)?.text).toContain('refused item 2 of this peer: QRT_ITEM_MALFORMED');
  });

  it('what a message names wrongly is refused with its code', () => {
    const theirs = { side: 'x', number: 1 } as const;
    const never = { side: 'q', number: 99 } as const;
    const ours = { side: 'q', number: 1 } as const;
    stranger.send(vat, {
      one: [
        redeemOf(object),
        messageTo(never),
        messageTo(theirs),
        messageTo(ours, { slots: [never] }),
        messageTo(ours, { body: 'x'.repeat(ARGS_BYTES_MAX + 1) }),
        messageTo(ours, { slots: [theirs, ours], body: '[["note","fits"]]' }),
      ],
    });
    world.run();
    expect(
      stranger.got.map((item) => (item.kind === 'resolve' ? [item.of.number, item.code] : item)),
    ).toEqual([
      [2, 'QRT_NO_OBJECT'],
      [3, 'QRT_NO_OBJECT'],
      [4, 'QRT_NAME_UNKNOWN'],
      [5, 'QRT_DATA_OVERSIZE'],
    ]);
    expect(notesOf(vat, object)).toEqual(['fits']);
  });

  it('Q50 names that one peer was given open nothing to another', () => {
    const other = world.stranger();
    const second = vat.install();
    stranger.send(vat, { one: [redeemOf(object), redeemOf(object)] });
    other.send(vat, { one: [redeemOf(second)] });
    // Vat gives the first stranger its object under a number too.
    const yours = { side: 'y', number: 1 } as const;
    other.send(vat, {
      one: [
        messageTo({ side: 'q', number: 2 }, { body: '[["note","stolen"]]' }),
        messageTo(yours, { body: '[["note","stolen"]]' }),
        messageTo({ side: 'q', number: 1 }, { slots: [{ side: 'q', number: 2 }] }),
      ],
    });
    world.run();
    expect(notesOf(vat, object)).toEqual([]);
    expect(other.got).toMatchObject([
      { of: { side: 'p', number: 2 }, code: 'QRT_NO_OBJECT' },
      { of: { side: 'p', number: 3 }, code: 'QRT_NO_OBJECT' },
      { of: { side: 'p', number: 4 }, code: 'QRT_NAME_UNKNOWN' },
    ]);
  });

  it('a forged record of another vat beside the items changes nothing', () => {
    const two = world.vat('two');
    two.send(object);
    world.run();
    const before = vat.store().contact(two.id);
    const forged = JSON.stringify({
      record: JSON.parse(before!.record).record.replace('10001', '10009'),
      signature: JSON.parse(before!.record).signature,
    });
    const contacts = [forged, before!.record.replace('1', '2'), 'x'];
    stranger.send(vat, { one: [redeemOf(object)], change: (box) => ({ ...box, contacts }) });
    expect(vat.store().contact(two.id)).toEqual(before);
    expect(vat.store().contact(stranger.id)).toBeUndefined();
  });

  it(`with ${ANSWERS_WAITING_MAX} answers unreceipted the peer's messages have to wait`, () => {
    world.setWire(() => []);
    stranger.send(vat, { one: [redeemOf(object)] });
    const wrong = Array(1_000).fill(messageTo({ side: 'q', number: 99 }));
    for (let n = 0; n < ANSWERS_WAITING_MAX; n += wrong.length) {
      expect(stranger.send(vat, { one: wrong })?.lanes[0].stop).toBe('nothing');
    }
    const receipt = stranger.deliver(vat, stranger.seal(vat, { one: [note('waits')] }));
    expect(receipt?.lanes[0]).toMatchObject({ stop: 'busy', next: ANSWERS_WAITING_MAX + 2 });
    // The other lane does not wait.
    expect(receipt?.lanes[1].stop).toBe('nothing');
  });

  it('Q43 Q49 a 200 without a valid receipt for this very box clears nothing', () => {
    const two = world.vat('two');
    const target = two.install();
    for (const value of ['first', 'more']) {
      vat.send(target, [['note', value]]);
      world.run();
    }
    const receipts = world.sent.filter((bytes) => parseEnvelope(bytes)?.to === vat.id);
    const replies = [...receipts, new Uint8Array(0), Buffer.from('ok'), new Uint8Array(200)];
    vat.send(target, [['note', 'second']]);
    for (const bytes of replies) {
      world.setWire(() => [{ type: 'answer', bytes, delayMs: 1 }]);
      world.run(60_000);
      expect(vat.status().outbox.rows).toBe(1);
      expect(vat.status().links[0]).toMatchObject({
        state: 'ok',
        receipted: [3, 0],
        lastError: 'the reply is no valid receipt',
      });
    }
    world.setWire((bytes) => [{ type: 'arrive', bytes, delayMs: 1 }]);
    world.run();
    expect(notesOf(two, target)).toEqual(['first', 'more', 'second']);
    expect(vat.status().outbox.rows).toBe(0);
  });

  it('a refusal of an item that was never sent is a lie, and changes nothing', () => {
    const refusal = {
      kind: 'resolve',
      of: { side: 'p', number: 7 },
      code: 'QRT_NO_OBJECT',
      trace: '0'.repeat(32),
      slots: [],
      body: '',
    } as const;
    stranger.send(vat, { one: [redeemOf(object)], two: [refusal] });
    world.run();
    expect(vat.status().links[0]).toMatchObject({ received: [1, 1], refusals: 0 });
    expect(vat.log()).toEqual([]);
  });

  it('Q50 guessed swissnums and empty tails open nothing, in the same bytes', () => {
    const sizes = new Set<number>();
    const stops = new Set<string>();
    for (let guess = 0; guess < 200; guess += 1) {
      const swissnum = Buffer.alloc(32, guess).toString('base64url') as Qrid['swissnum'];
      const bytes = stranger.seal(vat, { one: [redeemOf({ ...object, swissnum }), note('no')] });
      const reply = post(bytes)!;
      sizes.add(reply.bytes.length);
      stops.add(JSON.stringify(stranger.deliver(vat, bytes)?.lanes.map(({ stop }) => stop)));
    }
    expect([...sizes]).toHaveLength(1);
    expect([...stops]).toEqual(['["unknown","unknown"]']);
    expect(vat.status().links).toEqual([]);
    expect(makeEmptyTail()).toHaveLength(32);
  });
});
