// Back-pressure: a vat whose queue is full says so, its peers keep what they have, and all recovers.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalId, Qrid } from '../../src/core/ids.ts';
import { ARGS_BYTES_MAX } from '../../src/core/limits.ts';
import { OPERATOR_SHARE, STRANGERS_SHARE } from '../../src/kernel/island.ts';
import { openStore } from '../../src/store/open.ts';
import { disagreements } from '../sim/checks.ts';
import { remove } from '../sim/keeper.ts';
import { done, runProgram, type Script } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

/** Less than by default, so that it is soon full. */
const INBOX_BYTES = 32 * 1024 * 1024;

let world: World;
let one: TestVat;
let two: TestVat;
let object: Qrid;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  one.setLimits({ inboxBytes: INBOX_BYTES });
  object = one.install();
});
afterEach(() => world.close());

/** As if that share had filled its part of the inbox, all but `rest` bytes. */
function fillInbox(vat: TestVat, share: string, rest: number): void {
  const target = localIdOf(vat, object);
  const owner = vat.store().objectOwner(target)!;
  vat.halt();
  const store = openStore({ path: vat.path, vat: vat.id });
  const counters = store.readCounters();
  store.begin();
  for (let left = INBOX_BYTES / 2 - rest; left > 0; left -= ARGS_BYTES_MAX) {
    counters.inbox += 1;
    const body = `[${' '.repeat(Math.min(left, ARGS_BYTES_MAX) - 2)}]`;
    const args = { body, slots: [] as LocalId[] };
    const head = { seq: counters.inbox, owner, share, target, args, trace: '0'.repeat(32) };
    store.insertInbox({ ...head, attemptsLimit: 0, attemptsUnknown: 0 });
  }
  store.writeCounters(counters);
  store.commit();
  store.close();
  vat.revive();
}

const sleep: Script = () => undefined;
/** The filling is no program. */
const work: Script = (turn, tell) =>
  turn.args.body.startsWith('[ ') ? done(turn.turn) : runProgram(turn, tell);

describe('a full inbox', () => {
  it('R5 the peer is told busy, keeps everything, and delivers when there is room', () => {
    one.setScript(sleep);
    two.send(object, [['note', 0]]);
    world.run(100);
    fillInbox(one, STRANGERS_SHARE, 0);
    for (let n = 1; n <= 5; n += 1) two.send(object, [['note', n]]);
    // Less than a worker may be silent.
    const boxes = world.sent.length;
    world.run(20_000);
    // A box and a receipt each time, ever less often.
    expect(world.sent.length - boxes).toBeLessThan(60);
    expect(two.status()).toMatchObject({
      outbox: { rows: 5 },
      links: [{ state: 'ok', busy: 'the peer is busy (messages)' }],
    });
    one.setScript(work);
    expect(world.run()).toBe(true);
    expect(notesOf(one, object)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(disagreements(world)).toEqual([]);
    expect(two.status().links[0]).not.toHaveProperty('busy');
  }, 30_000);

  it('lane 1 waits and lane 2 does not: answers come through', () => {
    const gone = two.install();
    one.send(gone, [['note', 'before']]);
    two.send(object, [['note', 0]]);
    world.run();
    remove(two, localIdOf(two, gone));
    one.setScript(sleep);
    two.send(object, [['note', 1]]);
    world.run(100);
    fillInbox(one, STRANGERS_SHARE, 0);
    two.halt();
    // The refusal of this one and a message that finds no room leave in one box.
    one.send(gone, [['note', 'refused']]);
    two.revive();
    two.send(object, [['note', 2]]);
    world.run(10_000);
    expect(two.status().links[0]).toMatchObject({ busy: 'the peer is busy (messages)' });
    expect(two.status().outbox.rows).toBe(1);
    expect(one.log().map(({ text }) => text)).toContainEqual(
      expect.stringContaining('was refused by this peer: QRT_NO_OBJECT'),
    );
  });

  it('a part of a box is taken as far as there is room', () => {
    one.setScript(sleep);
    two.send(object, [['note', 0]]);
    world.run(100);
    const body = (n: number): string => JSON.stringify([['note', n], 'x'.repeat(1_000)]);
    // Room for held + x ≤ free - x: two of these, not three.
    fillInbox(one, STRANGERS_SHARE, 4_000);
    one.setScript(sleep);
    for (let n = 1; n <= 5; n += 1) two.send(object, [], { body: body(n) });
    world.run(20_000);
    const { rows } = two.status().outbox;
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(5);
    expect(two.status().links[0]?.received).toEqual([0, 0]);
  }, 30_000);

  it('turns are told of less room, and the operator gets QRT_VAT_BUSY with nothing queued', () => {
    const rooms: number[] = [];
    const script: Script = (turn) => {
      rooms.push(turn.readings.inbox.bytes);
      return undefined;
    };
    one.setScript(script);
    one.send(object);
    world.run(100);
    one.setScript(sleep);
    fillInbox(one, OPERATOR_SHARE, 1_000);
    one.setScript(script);
    world.run(100);
    expect(rooms[0]).toBeGreaterThan(INBOX_BYTES / 2 - 1_000);
    expect(rooms.at(-1)).toBeLessThanOrEqual(INBOX_BYTES / 4 + 1_000);
    const before = one.status().inbox;
    const reply = one.send(object, [], { body: `"${'x'.repeat(2_000)}"`, id: 'refused' });
    expect(reply).toMatchObject({ ok: false, code: 'QRT_VAT_BUSY' });
    expect(one.status().inbox).toEqual(before);
    // A request that was refused has left no trace of its id.
    expect(one.store().request('refused')).toBeUndefined();
  }, 30_000);

  it('a worker that sends what there is no room for is broken', () => {
    const target = localIdOf(one, object);
    const owner = `o${one.store().objectOwner(target)}`;
    one.setScript(sleep);
    one.send(object, [['note', 'once']]);
    fillInbox(one, owner, 10);
    let lies = 0;
    one.setScript((turn, tell) => {
      if (turn.args.body.startsWith('[ ')) return undefined;
      if (lies > 0) return runProgram(turn, tell);
      lies += 1;
      expect(turn.readings.inbox.bytes).toBeLessThan(20);
      const args = { body: `"${'x'.repeat(20)}"`, slots: [] };
      return done(turn.turn, { sends: [{ target, args, sender: target }] });
    });
    world.run(1_000);
    expect(lies).toBe(1);
    expect(one.status().workersLost).toBe(1);
    expect(notesOf(one, object)).toEqual(['once']);
  }, 30_000);
});
