// Dropped peers: a link that ends for good, seen from both of its ends.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid, VatId } from '../../src/core/ids.ts';
import type { Box } from '../../src/core/wire.ts';
import { examineLinks } from '../../src/store/examine.ts';
import { drop, newQrid, peerOf } from '../sim/keeper.ts';
import { cutWire, honestWire, type Wire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import { messageTo, redeemOf } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;

beforeEach(() => {
  world = makeWorld();
  [one, two] = [world.vat('one'), world.vat('two')];
  [ofOne, ofTwo] = [one.install(), two.install()];
});
afterEach(() => world.close());

const note = (value: unknown): Step[] => [['note', value]];
const texts = (vat: TestVat): string[] =>
  vat.log().map(({ text }) => text.replace(/ \(trace.*/, ''));
const postsTo = (vat: TestVat, peer: VatId): number =>
  vat.outputs.filter((output) => output.type === 'post' && output.peer === peer).length;
const sendRequest = (id: string, target: Qrid, wait: boolean) => {
  const args = { body: JSON.stringify(note(id)), slots: [] };
  return { type: 'send', id, target, args, wait } as const;
};

/** One and two have sent to each other and are at rest. */
function meet(): void {
  two.send(ofOne, note('from two'));
  world.run();
  one.send(ofTwo, note('from one'));
  world.run();
}

describe('dropping a peer', () => {
  it('deletes what waits for it, counts it, and tells those who wait', () => {
    meet();
    one.send(ofTwo, note('kept'), { id: 'stored' });
    world.run();
    world.setWire(cutWire);
    const waiting = one.ask(sendRequest('waits', ofTwo, true));
    one.send(ofTwo, note('lost'), { id: 'lost' });
    world.run(5_000);
    const reply = drop(one, two.id);
    expect(reply).toMatchObject({ vat: two.id, wasDropped: false, rows: 2, refused: 0 });
    expect(reply.bytes).toBeGreaterThan(0);
    const message = expect.stringMatching(/may have arrived/) as string;
    expect(waiting()).toMatchObject({ ok: false, code: 'QRT_LINK_DROPPED', message });
    expect(one.status()).toMatchObject({ outbox: { rows: 0, bytes: 0 } });
    expect(one.store().outboxUsage()).toEqual([]);
    expect(texts(one).at(-1)).toBe(
      'this peer was dropped, and 2 items that waited for it: QRT_LINK_DROPPED',
    );
    // Asked again by its id, each send says what became of it.
    const again = (id: string, wait: boolean) => one.control(sendRequest(id, ofTwo, wait));
    expect(again('waits', true)).toMatchObject({ ok: false, code: 'QRT_LINK_DROPPED' });
    expect(again('waits', false)).toMatchObject({ ok: true, value: { stored: false } });
    expect(one.send(ofTwo, note('kept'), { id: 'stored' })).toMatchObject({
      value: { stored: true },
    });
    world.setWire(honestWire);
    world.run();
    expect(notesOf(two, ofTwo)).toEqual(['from one', 'kept']);
  });

  it('is done once; again says so', () => {
    meet();
    drop(one, two.id);
    const before = one.log().length;
    expect(drop(one, two.id)).toEqual({
      vat: two.id,
      wasDropped: true,
      rows: 0,
      bytes: 0,
      refused: 0,
    });
    expect(one.log()).toHaveLength(before);
  });

  it('is for good: over restarts nothing is sent to it, taken from it, or made with it', () => {
    meet();
    drop(one, two.id);
    const posts = postsTo(one, two.id);
    one.crash();
    two.send(ofOne, note('never'));
    two.send(newQrid(one, ofOne), note('nor by another QRID'));
    world.run();
    expect(postsTo(one, two.id)).toBe(posts);
    expect(notesOf(one, ofOne)).toEqual(['from two']);
    expect(one.status().links).toMatchObject([{ vat: two.id, state: 'dropped' }]);
    // Also `qrt doctor` leaves it alone.
    expect(examineLinks({ path: one.path, limit: 9 })).toEqual({ links: [], total: 0 });
    expect(one.send(ofTwo)).toMatchObject({ ok: false, code: 'QRT_LINK_DROPPED' });
    const args = { body: '[{"$":0}]', slots: [ofTwo] };
    const inArgs = { ...sendRequest('x', ofOne, false), args };
    expect(one.control(inArgs)).toMatchObject({ ok: false, code: 'QRT_LINK_DROPPED' });
    expect(one.status()).toMatchObject({ inbox: { rows: 0 }, outbox: { rows: 0 } });
  });

  it('what its objects are sent is rejected with a code, and the turn is no worse for it', () => {
    meet();
    one.send(ofOne, [['keep', 0]], { slots: [ofTwo] });
    world.run();
    drop(one, two.id);
    one.send(ofOne, [
      ['tell', 0, note('never')],
      ['note', 'ran'],
    ]);
    expect(world.run()).toBe(true);
    expect(notesOf(one, ofOne)).toEqual(['from two', 'ran']);
    expect(texts(one).at(-1)).toMatch(/^the vat of i\d+ was dropped: QRT_LINK_DROPPED$/);
    expect(one.status().outbox.rows).toBe(0);
  });

  it('what it had sent before still runs', () => {
    meet();
    one.setStarting(false);
    one.endWorker('unknown');
    two.send(ofOne, [
      ['note', 'accepted'],
      ['throw', 'and fails'],
    ]);
    two.send(ofOne, note('second'));
    world.run(2_000);
    expect(peerOf(one, two).holds.inbox.rows).toBe(2);
    drop(one, two.id);
    one.setStarting(true);
    expect(world.run()).toBe(true);
    expect(notesOf(one, ofOne)).toEqual(['from two', 'second']);
  });

  it('works on a link in doubt, and no doubt wakes it again', () => {
    meet();
    const restore = two.backup();
    one.send(ofTwo, note('forgotten'));
    world.run();
    two.halt();
    restore();
    two.revive();
    one.send(ofTwo, note('not taken'));
    world.run(60_000);
    expect(one.status().links).toMatchObject([{ state: 'doubt' }]);
    expect(drop(one, two.id)).toMatchObject({ wasDropped: false });
    two.send(ofOne);
    world.run(60_000);
    expect(one.status().links).toMatchObject([{ state: 'dropped' }]);
  });
});

describe('a dropped peer', () => {
  it('that was receipted before comes to doubt, and stops', () => {
    meet();
    drop(one, two.id);
    two.send(ofOne, note('never'));
    world.run(60_000);
    expect(two.status().links).toMatchObject([{ state: 'doubt' }]);
    const posts = postsTo(two, one.id);
    world.run(3_600_000);
    expect(postsTo(two, one.id)).toBe(posts);
    expect(two.send(ofOne)).toMatchObject({ ok: false, code: 'QRT_LINK_DOUBTED' });
    // It still has what it could not deliver, and can drop the link as well.
    expect(drop(two, one.id)).toMatchObject({ rows: 1 });
  });

  it('whose receipts were lost comes to doubt: what it sent has run', () => {
    world.setWire((bytes, passage) =>
      passage.kind === 'receipt' ? [] : honestWire(bytes, passage),
    );
    two.send(ofOne, note('arrived'));
    two.send(ofOne, note('too'));
    world.run(200);
    expect(notesOf(one, ofOne)).toEqual(['arrived', 'too']);
    drop(one, two.id);
    world.setWire(honestWire);
    world.run(60_000);
    expect(two.status()).toMatchObject({
      outbox: { rows: 3 },
      links: [{ state: 'doubt', refusals: 0 }],
    });
    const posts = postsTo(two, one.id);
    world.run(3_600_000);
    expect(postsTo(two, one.id)).toBe(posts);
  });

  it('of which nothing was ever taken gives up what it sent, and stops', () => {
    world.setWire(cutWire);
    one.send(ofTwo);
    two.send(ofOne, note('never'));
    world.run(200);
    drop(one, two.id);
    world.setWire(honestWire);
    expect(world.run()).toBe(true);
    expect(two.status()).toMatchObject({
      outbox: { rows: 0 },
      links: [{ state: 'ok', refusals: 2, lastRefusal: 'QRT_NO_OBJECT' }],
    });
    expect(notesOf(one, ofOne)).toEqual([]);
  });

  it('is told so in the same bytes whatever it sends, and none of its items is looked at', () => {
    const stranger = world.stranger();
    stranger.send(one, { one: [redeemOf(ofOne)] });
    drop(one, stranger.id);
    const items = Array(400).fill(messageTo({ side: 'q', number: 1 }));
    const calls: string[] = [];
    one.setWatch({ before: ({ name }) => calls.push(name) });
    const send = (change: Partial<Box>) =>
      stranger.send(one, {
        one: [redeemOf(ofOne), ...items],
        two: items,
        change: (box) => ({ ...box, ...change }),
      });
    const [unlinked, linked] = [send({}), send({ isLinked: true })];
    one.setWatch(undefined);
    expect(calls).toEqual([]);
    const unknown = { ...redeemOf(ofOne), swissnum: 'A'.repeat(43) as Qrid['swissnum'] };
    const other = world.stranger().send(one, { one: [unknown as ReturnType<typeof redeemOf>] })!;
    expect(linked?.lanes).toEqual(other.lanes);
    expect(unlinked?.lanes).toEqual(other.lanes.map((lane) => ({ ...lane, stop: 'doubt' })));
    expect([linked?.contacts, unlinked?.contacts]).toEqual([other.contacts, other.contacts]);
  });

  it('whose receipt is on its way when it is dropped is not believed any more', () => {
    meet();
    const held: Wire = (bytes, passage) =>
      honestWire(bytes, passage).map((fate) =>
        passage.kind === 'receipt' ? { ...fate, delayMs: 3_000 } : fate,
      );
    world.setWire(held);
    one.send(ofTwo, note('stored there'));
    world.run(1_000);
    expect(notesOf(two, ofTwo)).toEqual(['from one', 'stored there']);
    const before = one.status().links[0];
    drop(one, two.id);
    world.run(10_000);
    const after = one.status().links[0];
    expect(after).toMatchObject({ state: 'dropped', receipted: before!.receipted });
    expect(one.lives()).toBe(1);
    // The same while its contact record is asked for.
    one.crash();
    world.run();
    expect(one.status().links[0]).toEqual(after);
  });
});
