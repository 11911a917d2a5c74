// Delivery: many peers share what may be under way at once, and dead ones hold up nobody.

import { afterEach, describe, expect, it } from 'vitest';
import { makeSwissnum, type Qrid } from '../../src/core/ids.ts';
import { POSTS_IN_FLIGHT_MAX, RETRY_LAST_MS } from '../../src/core/limits.ts';
import { makeSealer } from '../../src/crypto/sealer.ts';
import { messageTo, redeemOf } from '../sim/stranger.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';
import { isPicked, isThorough } from '../thorough.ts';

describe('delivery', { timeout: 30_000 }, () => {
  let world: World;
  afterEach(() => world.close());

  it.runIf(isThorough || isPicked(0, 3))(
    'a peer is reached although many others are not, whichever was sent to first',
    () => {
      world = makeWorld();
      const one = world.vat('one');
      const two = world.vat('two');
      const ofTwo = two.install();
      // Nobody listens there, and every attempt lasts until its time is over.
      world.setWire(() => []);
      const entropy = (count: number): Uint8Array => new Uint8Array(count);
      for (let n = 0; n < POSTS_IN_FLIGHT_MAX * 2; n += 1) {
        const { vat } = makeSealer({ seed: new Uint8Array(32).fill(n + 1), entropy });
        const swissnum = makeSwissnum(new Uint8Array(32));
        one.send({ vat, swissnum, hint: `http://127.0.0.1:${40_000 + n}` } as Qrid);
      }
      world.setSilentUrls((url) => Number(new URL(url).port) >= 40_000);
      world.setWire((bytes) => [{ type: 'arrive', bytes, delayMs: 1 }]);
      world.run(60_000);
      one.send(ofTwo, [['note', 'reached']]);
      // At once: those that failed before hold half of the places at most.
      world.run(1_000);
      expect(notesOf(two, ofTwo)).toEqual(['reached']);
      const inFlight = one.status().links.filter(({ outbox }) => outbox.rows > 0);
      expect(inFlight).toHaveLength(POSTS_IN_FLIGHT_MAX * 2);
    },
  );

  it('waits grow up to the cap and are spread out', () => {
    world = makeWorld();
    const one = world.vat('one');
    const two = world.vat('two');
    const ofTwo = two.install();
    two.halt();
    one.send(ofTwo);
    const times: number[] = [];
    one.setSpy((output) => {
      if (output.type === 'fetch-contact') times.push(world.nowMs());
    });
    world.run(3_600_000);
    const gaps = times.slice(1).map((at, index) => at - times[index]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(RETRY_LAST_MS + 10);
    expect(Math.max(...gaps)).toBeGreaterThan(RETRY_LAST_MS / 2);
    expect(times.length).toBeGreaterThan(3_600_000 / RETRY_LAST_MS);
    expect(times.length).toBeLessThan((3_600_000 / RETRY_LAST_MS) * 4);
  });

  it('a peer that speaks all the time and receipts nothing is not sent a box each time', () => {
    world = makeWorld();
    const one = world.vat('one');
    const ofOne = one.install();
    const stranger = world.stranger();
    stranger.setReceipts(() => new Uint8Array(0));
    stranger.send(one, { one: [redeemOf(ofOne), messageTo({ side: 'q', number: 99 })] });
    const posts = (): number => one.outputs.filter(({ type }) => type === 'post').length;
    world.run(60_000);
    const before = posts();
    for (let n = 0; n < 500; n += 1) {
      stranger.send(one);
      world.run(20);
    }
    expect(posts() - before).toBeLessThan(20);
    expect(posts() - before).toBeGreaterThan(5);
  });
});
