// Standstill: vats that forward for each other, each of which waits for room at the next.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSwissnum } from '../../src/core/ids.ts';
import { STANDSTILL_PART, WAITS_MAX } from '../../src/core/standstill-limits.ts';
import { disagreements } from '../sim/checks.ts';
import { makeRing, makeWay } from '../sim/forwarders.ts';
import { runProgram } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';
import { isPicked, isThorough } from '../thorough.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const COUNT = 20;
/** A share of so many rows has room for half of them. */
const ROWS = 12;
const LENT_ROWS = Math.ceil(ROWS / STANDSTILL_PART);

let world: World;

beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.close());

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const ALL = upTo(COUNT);
const refusalsAt = (vats: readonly TestVat[]): string[] =>
  vats.flatMap((vat) => vat.log().map(({ text }) => text)).filter((text) => /refused/.test(text));

describe('vats that forward for each other in a ring', () => {
  it.each([
    { size: 2, hops: 2 },
    { size: 3, hops: 8 },
    { size: 5, hops: 4 },
  ])('of $size go on by themselves when all are full, through $hops of them', (shape) => {
    const ring = makeRing(world, { ...shape, limits: { outboxRows: ROWS } });
    ring.fill(ALL);
    expect(ring.notes()).toEqual(ring.vats.map(() => []));
    expect(world.run(HOUR_MS)).toBe(true);
    expect(ring.notes()).toEqual(ring.vats.map(() => ALL));
    expect(disagreements(world)).toEqual([]);
  });

  it.runIf(isThorough || isPicked(0, 4))('go on when it is bytes that they lack', () => {
    const ring = makeRing(world, { size: 3, hops: 3, limits: { outboxBytes: 20_000 } });
    const long = ALL.map((n) => `${n}${'.'.repeat(1_500)}`);
    ring.fill(long);
    world.run(1_000);
    expect(ring.notes()).toEqual([[], [], []]);
    expect(world.run(HOUR_MS)).toBe(true);
    expect(ring.notes()).toEqual(ring.vats.map(() => long));
  });

  it.runIf(isThorough || isPicked(1, 4))(
    'go on after each of them was killed while it counted',
    () => {
      const ring = makeRing(world, { size: 3, hops: 3, limits: { outboxRows: ROWS } });
      ring.fill(ALL);
      for (let n = 0; n < 30; n += 1) {
        world.run(7_000);
        ring.vats[n % 3]!.crash();
      }
      expect(world.run(HOUR_MS)).toBe(true);
      expect(ring.notes()).toEqual(ring.vats.map(() => ALL));
      expect(disagreements(world)).toEqual([]);
    },
  );

  it.runIf(isThorough || isPicked(2, 4))(
    'go on when each has an address where it is no more',
    () => {
      const ring = makeRing(world, { size: 3, hops: 3, limits: { outboxRows: ROWS } });
      const objects = ring.vats.map((vat) => vat.install());
      for (const [at, vat] of ring.vats.entries()) {
        vat.halt();
        vat.revive(`http://127.0.0.1:${15_000 + at}`);
        world.run(MINUTE_MS);
      }
      // The QRIDs say where the vats were.
      for (const [at, vat] of ring.vats.entries()) vat.send(objects[(at + 1) % 3]!);
      world.run(MINUTE_MS);
      ring.fill(ALL);
      expect(world.run(HOUR_MS)).toBe(true);
      expect(ring.notes()).toEqual(ring.vats.map(() => ALL));
    },
  );

  it.runIf(isThorough || isPicked(3, 4))(
    'go on while they have other traffic, with vats that take what they are sent',
    () => {
      const ring = makeRing(world, { size: 3, hops: 3, limits: { outboxRows: ROWS } });
      const other = world.vat('other');
      const object = other.install();
      ring.fill(ALL);
      for (let n = 1; n <= 300; n += 1) {
        for (const vat of ring.vats) vat.send(object, [['note', n]]);
        world.run(5_000);
      }
      expect(ring.notes()).toEqual(ring.vats.map(() => ALL));
    },
  );

  it('are refused what there is no room for at all, and only that: QRT_NO_ROOM', () => {
    const ring = makeRing(world, { size: 3, hops: 3, limits: { outboxRows: 2 * ROWS } });
    ring.fill(ALL);
    // What waits is now more than the whole of an outbox and all that can be lent.
    for (const vat of ring.vats) vat.setLimits({ outboxRows: 8 });
    expect(world.run(12 * HOUR_MS)).toBe(true);
    for (const [at, notes] of ring.notes().entries()) {
      const refused = refusalsAt([ring.senders[at]!]);
      expect(notes).toEqual(ALL.filter((n) => notes.includes(n)));
      expect(refused.filter((text) => text.includes('QRT_NO_ROOM'))).toHaveLength(refused.length);
      expect(notes.length + refused.length).toBe(COUNT);
    }
    expect(ring.notes().flat().length).toBeGreaterThan(2 * COUNT);
    expect(refusalsAt(ring.senders).length).toBeGreaterThan(0);
    expect(disagreements(world)).toEqual([]);
  });
});

describe('vats that wait for one which is away', () => {
  it('wait, refuse nothing and keep to their shares, in a ring or not, until it is back', () => {
    const ring = makeRing(world, { size: 3, hops: 3, limits: { outboxRows: ROWS } });
    const away = world.vat('away');
    const object = away.install();
    const ways = ring.vats.map((vat, at) =>
      makeWay(world, [ring.senders[at]!, ring.vats[(at + 2) % 3]!, vat], object),
    );
    away.halt();
    for (const send of ways) send('first');
    world.run(MINUTE_MS);
    ring.fill(ALL);
    for (const send of ways) for (const n of ALL) send(n);
    for (let n = 0; n < 6; n += 1) {
      world.run(HOUR_MS / 6);
      for (const vat of ring.vats) expect(vat.status().outbox.rows).toBeLessThanOrEqual(ROWS / 2);
    }
    away.revive();
    expect(world.run(HOUR_MS)).toBe(true);
    expect(ring.notes()).toEqual(ring.vats.map(() => ALL));
    expect(notesOf(away, object)).toHaveLength(3 * (COUNT + 1));
    expect(refusalsAt(world.vats())).toEqual([]);
    expect(disagreements(world)).toEqual([]);
  }, 60_000);
});

describe('a peer that lies about its room', () => {
  it('is refused what is for itself, and nobody else lacks room or loses anything', () => {
    const [sender, one, two, end] = ['sender', 'one', 'two', 'end'].map((name) => world.vat(name));
    const liar = world.stranger();
    const swissnum = makeSwissnum(new Uint8Array(32).fill(1));
    const toLiar = makeWay(world, [sender!, one!, two!], {
      vat: liar.id,
      swissnum,
      hint: liar.url,
    });
    const object = end!.install();
    const toEnd = makeWay(world, [sender!, one!, two!], object);
    const own = two!.install();
    for (const vat of [one!, two!]) vat.setLimits({ outboxRows: ROWS });
    liar.setReceipts((right, { lanes: [{ first, tail }] }) => {
      const lanes = [{ next: first, tail, stop: 'busy' as const }, right.lanes[1]] as const;
      return { ...right, lanes, waits: WAITS_MAX };
    });
    const rooms: number[] = [];
    two!.setScript((turn, tell) => {
      if (turn.target === localIdOf(two!, own)) rooms.push(turn.readings.outbox.rows);
      return runProgram(turn, tell);
    });
    for (let round = 1; round <= COUNT; round += 1) {
      toLiar(round);
      toLiar(round);
      toEnd(round);
      two!.send(own, [['send', 0, [['note', 'own']]]], { slots: [object] });
      world.run(HOUR_MS / 4);
      expect(two!.status().outbox.rows).toBeLessThanOrEqual(ROWS / 2 + LENT_ROWS);
    }
    // As much as a newcomer has beside one share that is full.
    expect(Math.min(...rooms)).toBeGreaterThanOrEqual(Math.floor(ROWS / 4));
    // Some wait behind messages for the liar, where they waited without its lies as well.
    const came = (): unknown[] => notesOf(end!, object).filter((note) => note !== 'own');
    expect(came().length).toBeGreaterThan(COUNT / 2);
    expect(notesOf(end!, object)).toHaveLength(came().length + COUNT);
    liar.setReceipts((right) => right);
    expect(world.run(HOUR_MS)).toBe(true);
    expect(came()).toEqual(ALL);
    const refused = refusalsAt([sender!]);
    expect(refused.filter((text) => text.includes('QRT_NO_ROOM'))).toHaveLength(refused.length);
    const messages = liar.got.filter(({ kind }) => kind === 'message');
    expect(messages.length + refused.length).toBe(2 * COUNT);
  });
});
