// Strangers: what may be opened of those who are nobody yet, and who cannot be kept out by them.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CLAIMS_BURST,
  CLAIMS_PER_SECOND,
  PROVEN_ADDRESSES_MAX,
  REPEATS_BURST,
  RETRY_REFUSED_MS,
  STRANGERS_PER_ADDRESS_BURST,
  STRANGERS_PER_ADDRESS_SECOND,
  STRANGERS_PER_SECOND,
} from '../../src/core/flood-limits.ts';
import type { Qrid, VatId } from '../../src/core/ids.ts';
import { encodeEnvelope, parseEnvelope } from '../../src/core/wire.ts';
import { drop } from '../sim/keeper.ts';
import { honestWire } from '../sim/network.ts';
import { messageTo, redeemOf, type Stranger } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { isPicked, isThorough } from '../thorough.ts';

let world: World;
let vat: TestVat;
let qrid: Qrid;
let opened: number;

beforeEach(() => {
  world = makeWorld();
  vat = world.vat('vat');
  qrid = vat.install();
  opened = 0;
});
afterEach(() => world.close());

/** The status that a body gets which comes from there. */
function statusOf(bytes: Uint8Array, address: string): number {
  let status = 0;
  vat.setSpy((output) => {
    if (output.type === 'reply') status = output.status;
  });
  vat.receive(
    { type: 'box', bytes, address } as Parameters<TestVat['receive']>[0],
    () => undefined,
  );
  vat.settle();
  if (status !== 429) opened += 1;
  return status;
}

/** Some bytes under the name of a vat. */
const forge = (from: VatId): Uint8Array =>
  encodeEnvelope({ from, to: vat.id, nonce: new Uint8Array(24), boxed: new Uint8Array(16) });

/** How many of them are opened. */
function openedOf(tries: number, bytes: () => Uint8Array, address: (n: number) => string): number {
  const before = opened;
  for (let n = 0; n < tries; n += 1) statusOf(bytes(), address(n));
  return opened - before;
}

/** A box with a message, which is not sent again. */
function fresh(peer: Stranger): Uint8Array {
  const words = { one: [messageTo({ side: 'q', number: 1 })] };
  const bytes = peer.seal(vat, words);
  peer.advance(vat, words);
  return bytes;
}

function begin(peer: Stranger, address: string): void {
  const words = { one: [redeemOf(qrid)] };
  expect(statusOf(peer.seal(vat, words), address)).toBe(200);
  peer.advance(vat, words);
}

describe('strangers', () => {
  it('one address has its burst and its rate; nothing of what is refused is opened', () => {
    const stranger = world.stranger();
    const flood = (): number =>
      openedOf(
        200,
        () => forge(stranger.id),
        () => 'a',
      );
    expect(flood()).toBe(STRANGERS_PER_ADDRESS_BURST);
    world.stall(1_000);
    expect(flood()).toBe(STRANGERS_PER_ADDRESS_SECOND);
    expect(vat.status().links).toEqual([]);
  });

  it('all addresses together have no more than the rate of the vat', () => {
    const { id } = world.stranger();
    const flood = (): number =>
      openedOf(
        500,
        () => forge(id),
        (n) => `a${n}`,
      );
    expect(flood()).toBe(STRANGERS_PER_SECOND);
    world.stall(1_000);
    expect(flood()).toBe(STRANGERS_PER_SECOND);
  });

  it('one address alone leaves room for another', () => {
    const { id } = world.stranger();
    openedOf(
      500,
      () => forge(id),
      () => 'a',
    );
    begin(world.stranger(), 'b');
  });

  it('a peer is served while strangers flood from everywhere, also from its own address', () => {
    const [peer, stranger] = [world.stranger(), world.stranger()];
    begin(peer, 'home');
    openedOf(
      500,
      () => forge(stranger.id),
      (n) => (n % 2 === 0 ? 'home' : `a${n}`),
    );
    expect(
      openedOf(
        500,
        () => fresh(peer),
        () => 'home',
      ),
    ).toBe(500);
  });

  it('a vat that was dropped is a stranger again', () => {
    const peer = world.stranger();
    begin(peer, 'home');
    drop(vat, peer.id);
    expect(
      openedOf(
        500,
        () => forge(peer.id),
        () => 'a',
      ),
    ).toBe(STRANGERS_PER_ADDRESS_BURST);
  });
});

describe('who claims to be a peer', () => {
  it('pays with its address when it is not: the peer is served from all others', () => {
    const peer = world.stranger();
    begin(peer, 'home');
    const flood = (): number =>
      openedOf(
        500,
        () => forge(peer.id),
        () => 'a',
      );
    expect(flood()).toBe(CLAIMS_BURST);
    world.stall(1_000);
    expect(flood()).toBe(CLAIMS_PER_SECOND);
    expect(statusOf(fresh(peer), 'elsewhere')).toBe(200);
    expect(statusOf(fresh(peer), 'a')).toBe(429);
  });

  it('keeps nobody out at an address where that peer is proven, also by its name', () => {
    const [peer, other] = [world.stranger(), world.stranger()];
    begin(peer, 'home');
    begin(other, 'other');
    openedOf(
      500,
      () => forge(peer.id),
      () => 'home',
    );
    openedOf(
      500,
      () => forge(other.id),
      () => 'home',
    );
    expect(statusOf(forge(other.id), 'home')).toBe(429);
    expect(
      openedOf(
        100,
        () => fresh(peer),
        () => 'home',
      ),
    ).toBe(100);
  });

  it('a peer that comes to a new address pays nothing for what is new', () => {
    const peer = world.stranger();
    begin(peer, 'home');
    const many = 2 * CLAIMS_BURST;
    expect(
      openedOf(
        many,
        () => fresh(peer),
        (n) => `a${n % 9}`,
      ),
    ).toBe(many);
  });

  it('what was recorded proves nothing and is bounded where it comes from', () => {
    const peer = world.stranger();
    begin(peer, 'home');
    const recorded = fresh(peer);
    statusOf(recorded, 'home');
    expect(
      openedOf(
        500,
        () => recorded,
        () => 'a',
      ),
    ).toBe(CLAIMS_BURST);
    expect(
      openedOf(
        500,
        () => recorded,
        () => 'home',
      ),
    ).toBe(REPEATS_BURST);
    world.stall(1_000);
    expect(statusOf(fresh(peer), 'home')).toBe(200);
  });

  it.runIf(isThorough || isPicked(2, 3))(
    'is at as many addresses as are remembered, those used last',
    () => {
      const peer = world.stranger();
      begin(peer, 'home');
      for (let n = 1; n < PROVEN_ADDRESSES_MAX; n += 1) statusOf(fresh(peer), `a${n}`);
      openedOf(
        CLAIMS_BURST,
        () => forge(world.stranger().id),
        () => 'b',
      );
      openedOf(
        500,
        () => forge(peer.id),
        () => 'home',
      );
      expect(statusOf(fresh(peer), 'home')).toBe(200);
      statusOf(fresh(peer), 'one more');
      openedOf(
        500,
        () => forge(peer.id),
        () => 'a1',
      );
      expect(statusOf(fresh(peer), 'a1')).toBe(429);
    },
  );

  it('and sends back what the vat itself has sealed is refused like anything that does not open', () => {
    const peer = world.stranger();
    begin(peer, 'home');
    const sealed = peer.seal(vat);
    const { nonce, boxed } = parseEnvelope(sealed)!;
    const back = encodeEnvelope({ from: vat.id, to: peer.id, nonce, boxed });
    expect(statusOf(back, 'a')).toBe(400);
  });
});

describe('links by one QRID', () => {
  it('begin so many an hour, linksPerHour, then the receipt says busy and nothing is kept', () => {
    vat.setLimits({ linksPerHour: 5 });
    const say = (): readonly string[] | undefined =>
      world
        .stranger()
        .send(vat, { one: [redeemOf(qrid)] })
        ?.lanes.map(({ stop }) => stop);
    for (let n = 0; n < 5; n += 1) expect(say()).toEqual(['nothing', 'nothing']);
    expect(say()).toEqual(['busy', 'busy']);
    expect(vat.status().links).toHaveLength(5);
    const other = vat.install();
    const receipt = world.stranger().send(vat, { one: [redeemOf(other)] });
    expect(receipt?.lanes[0].stop).toBe('nothing');
    world.stall(3_600_000 / 5);
    expect(say()).toEqual(['nothing', 'nothing']);
    expect(say()).toEqual(['busy', 'busy']);
  });
});

describe('a sender that is told 429', () => {
  it('shows it, waits a second at least, and delivers when it is let in', () => {
    const one = world.vat('one');
    const atMs: number[] = [];
    world.setWire((bytes, passage) => {
      if (passage.from !== one.id || atMs.push(world.nowMs()) > 3)
        return honestWire(bytes, passage);
      return [{ type: 'answer', bytes, delayMs: 1, reason: 'HTTP 429' }];
    });
    one.send(qrid, [['note', 1]]);
    world.run(500);
    expect(one.status().links[0]).toMatchObject({ lastError: 'HTTP 429', outbox: { rows: 2 } });
    expect(world.run()).toBe(true);
    expect(notesOf(vat, qrid)).toEqual([1]);
    const pauses = atMs.slice(1, 4).map((at, index) => at - atMs[index]!);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(RETRY_REFUSED_MS);
  });
});
