// Revoked QRIDs: what they open from then on, and what is left of what they opened before.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSwissnum, type Qrid } from '../../src/core/ids.ts';
import { hashOf, keep, listed, newQrid, revoke } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import { messageTo, redeemOf } from '../sim/stranger.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  ofOne = one.install();
  ofTwo = two.install();
});
afterEach(() => world.close());

const note = (value: unknown): Step[] => [['note', value]];
const noted = (number: number, value: unknown) =>
  messageTo({ side: 'q', number }, { body: JSON.stringify(note(value)) });
const unknown = (qrid: Qrid): Qrid => ({
  ...qrid,
  swissnum: makeSwissnum(new Uint8Array(32).fill(9)),
});

describe('a revoked QRID', () => {
  it('is refused to its own operator, and nothing is changed', () => {
    expect(revoke(one, ofOne)).toMatchObject({ wasRevoked: false });
    const args = { body: '[]', slots: [] };
    const send = { type: 'send', id: 'x', target: ofOne, args, wait: false } as const;
    expect(one.control(send)).toMatchObject({ ok: false, code: 'QRT_NO_OBJECT' });
    const other = one.install();
    const slots = [ofOne];
    const inArgs = { ...send, target: other, args: { body: '[{"$":0}]', slots } };
    expect(one.control(inArgs)).toMatchObject({ ok: false, code: 'QRT_NO_OBJECT' });
    expect(listed(one, ofOne)).toMatchObject({ state: 'revoked', revokedMs: world.nowMs() });
    expect(listed(one, ofOne).lastUsedMs).toBeUndefined();
  });

  it('Q50 is to a stranger in every byte what an unknown one is', () => {
    const further = newQrid(one, ofOne);
    revoke(one, ofOne);
    const answer = (qrid: Qrid) => {
      const receipt = world.stranger().send(one, { one: [redeemOf(qrid), noted(1, 'x')] })!;
      return { lanes: receipt.lanes, contacts: receipt.contacts };
    };
    expect(answer(ofOne)).toEqual(answer(unknown(ofOne)));
    expect(answer(ofOne).lanes[0].stop).toBe('unknown');
    expect(one.status().links).toEqual([]);
    // On a link the refusal is the same, too.
    const told = (qrid: Qrid) => {
      const stranger = world.stranger();
      stranger.send(one, { one: [redeemOf(further)] });
      stranger.send(one, { one: [redeemOf(qrid), noted(2, 'x')] });
      world.run();
      return stranger.got;
    };
    expect(told(ofOne)).toEqual(told(unknown(ofOne)));
    expect(told(ofOne)).toMatchObject([
      { kind: 'resolve', of: { side: 'p', number: 2 }, code: 'QRT_NO_OBJECT' },
      { kind: 'resolve', of: { side: 'p', number: 3 }, code: 'QRT_NO_OBJECT' },
    ]);
    expect(notesOf(one, further)).toEqual([]);
  });

  it('that was redeemed while the link was down comes too late', () => {
    const further = newQrid(one, ofOne);
    two.send(further, note('before'));
    world.run();
    world.setWire(cutWire);
    two.send(ofOne, note('late'));
    two.send(further, note('after'));
    world.run(60_000);
    revoke(one, ofOne);
    world.setWire(honestWire);
    expect(world.run()).toBe(true);
    expect(notesOf(one, further)).toEqual(['before', 'after']);
    expect(two.status().links[0]).toMatchObject({ refusals: 2, lastRefusal: 'QRT_NO_OBJECT' });
  });

  it('leaves the other QRIDs of its object alone, and other objects', () => {
    const further = newQrid(one, ofOne);
    const other = one.install();
    revoke(one, ofOne, true);
    two.send(further, note('further'));
    two.send(other, note('other'));
    world.run();
    expect(notesOf(one, further)).toEqual(['further']);
    expect(notesOf(one, other)).toEqual(['other']);
  });

  it('is revoked once; again says so, and can take the links with it later', () => {
    two.send(ofOne);
    world.run();
    expect(revoke(one, ofOne)).toEqual({
      hash: hashOf(ofOne).slice(0, 12),
      object: expect.stringMatching(/^o\d+\.0$/),
      wasRevoked: false,
    });
    const { revokedMs } = listed(one, ofOne);
    world.setWire(cutWire);
    two.send(ofOne);
    world.run(5_000);
    expect(world.nowMs()).not.toBe(revokedMs);
    expect(revoke(one, ofOne)).toMatchObject({ wasRevoked: true });
    expect(listed(one, ofOne).revokedMs).toBe(revokedMs);
    const links = { withdrawn: 1, kept: 0, dropped: [two.id] };
    expect(revoke(one, ofOne, true)).toMatchObject({ wasRevoked: true, links });
    expect(revoke(one, ofOne, true).links).toEqual({ withdrawn: 0, kept: 0, dropped: [] });
    expect(one.send(ofTwo)).toMatchObject({ ok: false, code: 'QRT_LINK_DROPPED' });
  });

  it('keeps its name in the reply to the install that made it', () => {
    const reply = () => one.install({ id: 'same' });
    const qrid = reply();
    revoke(one, qrid);
    newQrid(one, listed(one, qrid).object as never);
    expect(reply()).toEqual(qrid);
  });

  it('of which nothing is known is QRT_QRID_UNKNOWN, one of several QRT_QRID_AMBIGUOUS', () => {
    const request = { type: 'qrid-revoke', withLinks: false } as const;
    const byHash = (hash: string) => () => keep(one, { ...request, hash });
    expect(byHash(hashOf(unknown(ofOne)))).toThrow('QRT_QRID_UNKNOWN');
    const store = one.store();
    store.begin();
    for (const end of [1, 2]) {
      const hash = Buffer.from(`${'ab'.repeat(31)}0${end}`, 'hex');
      const object = localIdOf(one, ofOne);
      store.insertSwissHash({ hash, object, salt: hash, label: '', timeMs: 0 });
    }
    store.commit();
    expect(byHash('abababab')).toThrow('QRT_QRID_AMBIGUOUS');
    expect(byHash(`${'ab'.repeat(31)}02`)()).toMatchObject({ wasRevoked: false });
    expect(byHash(hashOf(ofOne).slice(0, 8))()).toMatchObject({ wasRevoked: false });
  });
});

describe('revoking with links', () => {
  it('takes from an attacker what it redeemed, by whichever of its vats, however often', () => {
    const further = newQrid(one, ofOne);
    const [first, second] = [world.stranger(), world.stranger()];
    first.send(one, { one: [redeemOf(ofOne), redeemOf(ofOne), noted(2, 'had')] });
    // This one came by another QRID, so its link stays.
    second.send(one, { one: [redeemOf(further), redeemOf(ofOne), noted(2, 'had')] });
    world.run();
    expect(notesOf(one, further)).toEqual(['had', 'had']);
    expect(listed(one, ofOne).peers).toBe(2);
    const { links } = revoke(one, ofOne, true);
    expect(links).toEqual({ withdrawn: 3, kept: 0, dropped: [first.id] });
    const receipt = first.send(one, { one: [noted(1, 'lost')] });
    expect(receipt?.lanes.map(({ stop }) => stop)).toEqual(['doubt', 'doubt']);
    second.send(one, { one: [noted(2, 'lost'), noted(1, 'right')] });
    world.run();
    expect(notesOf(one, further)).toEqual(['had', 'had', 'right']);
    expect(second.got).toMatchObject([
      { kind: 'resolve', of: { side: 'p', number: 4 }, code: 'QRT_NO_OBJECT' },
    ]);
    // It is known by how many it was redeemed, also afterwards.
    expect(listed(one, ofOne)).toMatchObject({ peers: 2, state: 'revoked' });
  });

  it('what comes home under a withdrawn name is nobody', () => {
    const further = newQrid(one, ofOne);
    const stranger = world.stranger();
    stranger.send(one, { one: [redeemOf(further), redeemOf(ofOne)] });
    revoke(one, ofOne, true);
    const body = JSON.stringify([
      ['keep', 0],
      ['tell', 0, note('lost')],
      ['note', 'ran'],
    ] satisfies Step[]);
    const slots = [{ side: 'q', number: 2 } as const];
    stranger.send(one, { one: [messageTo({ side: 'q', number: 1 }, { body, slots })] });
    world.run();
    expect(notesOf(one, further)).toEqual(['ran']);
    expect(one.log().at(-1)).toMatchObject({ level: 'failure', source: 'o0.0' });
    expect(one.log().at(-1)?.text).toContain('QRT_NO_OBJECT');
  });

  it('leaves a name under which an object handed the thing on since', () => {
    const [given, taken] = [one.install(), one.install()];
    two.send(newQrid(one, ofOne), [['note', 'link']]);
    two.send(given);
    two.send(taken);
    world.run();
    // An object of vat one gives its neighbour to vat two, which knows it by its redeem.
    one.send(ofTwo, [['keep', 0]], { slots: [given] });
    world.run();
    expect(revoke(one, given, true).links).toEqual({ withdrawn: 0, kept: 1, dropped: [] });
    expect(revoke(one, taken, true).links).toEqual({ withdrawn: 1, kept: 0, dropped: [] });
    two.send(ofTwo, [['tell', 0, note('by right')]]);
    world.run();
    expect(notesOf(two, ofTwo)).toEqual([]);
    const memory = one.store().object(listed(one, given).object as never)!.power.memory!;
    expect(one.store().memory(memory)?.body).toContain('by right');
  });

  it('a thing whose name was withdrawn gets a new one when an object hands it on', () => {
    two.send(newQrid(one, ofOne), [['note', 'link']]);
    const given = one.install();
    two.send(given);
    world.run();
    revoke(one, given, true);
    // Its QRID is gone, so another one brings the object to the one that hands it on.
    const again = newQrid(one, listed(one, given).object as never);
    one.send(ofTwo, [['keep', 0]], { slots: [again] });
    world.run();
    two.send(ofTwo, [['tell', 0, note('by right')]]);
    world.run();
    expect(notesOf(one, again)).toEqual(['by right']);
  });

  it('changes nothing that came before: accepted messages run', () => {
    one.setScript(() => undefined);
    two.send(ofOne, note('accepted'));
    world.run(2_000);
    expect(one.status().inbox.rows).toBe(1);
    revoke(one, ofOne, true);
    one.crash();
    one.setScript((turn) => ({
      type: 'outcome',
      turn: turn.turn,
      status: 'failed',
      failure: { name: 'Seen', message: turn.args.body },
    }));
    world.run(60_000);
    expect(one.log().at(-1)?.text).toContain('accepted');
  });
});
