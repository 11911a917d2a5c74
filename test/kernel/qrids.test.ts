// QRIDs in the hands of people: given out and listed.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { QRID_LIST_ROWS_MAX, QRID_USED_STEP_MS } from '../../src/core/limits.ts';
import type { QridListReply } from '../../src/kernel/keeping-ports.ts';
import { hashOf, keep, listed, newQrid } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let ofOne: Qrid;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  ofOne = one.install();
});
afterEach(() => world.close());

const note = (value: unknown): Step[] => [['note', value]];

describe('a further QRID', () => {
  it('opens the same object as the first, here and for a peer', () => {
    const further = newQrid(one, ofOne);
    expect(further.swissnum).not.toBe(ofOne.swissnum);
    expect(localIdOf(one, further)).toBe(localIdOf(one, ofOne));
    one.send(further, note('here'));
    two.send(further, note('there'));
    world.run();
    expect(notesOf(one, ofOne)).toEqual(['here', 'there']);
  });

  it('is the same when its request is made again, also after a death, and no second one', () => {
    const object = localIdOf(one, ofOne);
    const request = { type: 'qrid-new', id: 'the id', object, label: 'x' } as const;
    const first = one.control(request);
    one.crash();
    expect(one.control(request)).toEqual(first);
    expect(keep<QridListReply>(one, { type: 'qrid-list' }).qrids).toHaveLength(2);
    const other = { ...request, label: 'y' };
    expect(one.control(other)).toMatchObject({ ok: false, code: 'QRT_REQUEST_REUSED' });
  });

  it.each(['o99.0', 'o0.0', 'i1', 'm1.1', ''])('of %j is QRT_OBJECT_UNKNOWN', (object) => {
    expect(() => keep(one, { type: 'qrid-new', object, label: '' })).toThrow('QRT_OBJECT_UNKNOWN');
    expect(() => keep(one, { type: 'qrid-list', object })).toThrow('QRT_OBJECT_UNKNOWN');
  });
});

describe('the list of QRIDs', () => {
  it('says of each for what it is, when it was made and used, by how many, and never its text', () => {
    const madeMs = world.nowMs();
    const further = newQrid(one, ofOne, 'for two');
    expect(listed(one, further)).toEqual({
      hash: hashOf(further).slice(0, 12),
      object: localIdOf(one, ofOne),
      label: 'for two',
      madeMs,
      peers: 0,
      state: 'live',
    });
    world.setWire(cutWire);
    two.send(further, note('used'));
    world.run(5_000);
    world.setWire(honestWire);
    world.run();
    const { peers, lastUsedMs } = listed(one, further);
    expect(peers).toBe(1);
    expect(lastUsedMs).toBeGreaterThanOrEqual(madeMs + 5_000);
    const text = JSON.stringify(one.control({ type: 'qrid-list' }));
    expect(text).not.toContain(further.swissnum);
    // The first QRID was not used.
    expect(listed(one, ofOne)).toMatchObject({ peers: 0, label: '' });
    expect(listed(one, ofOne).lastUsedMs).toBeUndefined();
  });

  it('has those of one object, oldest first', () => {
    const other = one.install();
    const further = newQrid(one, ofOne);
    const object = localIdOf(one, ofOne);
    const { qrids, hasMore } = keep<QridListReply>(one, { type: 'qrid-list', object });
    const hashes = qrids.map(({ hash }) => hash);
    expect(hashes.toSorted()).toEqual(
      [ofOne, further].map((q) => hashOf(q).slice(0, 12)).toSorted(),
    );
    expect(hasMore).toBe(false);
    expect(hashOf(other).slice(0, 12)).not.toBe(hashes[0]);
  });

  it(`has at most ${QRID_LIST_ROWS_MAX}, and says when there are more`, () => {
    const store = one.store();
    const object = localIdOf(one, ofOne);
    store.begin();
    const add = (n: number): void => {
      const hash = Buffer.alloc(32);
      hash.writeUInt32BE(n);
      store.insertSwissHash({ hash, object, salt: hash, label: '', timeMs: n });
    };
    for (let n = 1; n < QRID_LIST_ROWS_MAX; n += 1) add(n);
    store.commit();
    const read = () => keep<QridListReply>(one, { type: 'qrid-list' });
    expect(read()).toMatchObject({ hasMore: false, qrids: { length: QRID_LIST_ROWS_MAX } });
    store.begin();
    add(QRID_LIST_ROWS_MAX);
    store.commit();
    expect(read()).toMatchObject({ hasMore: true, qrids: { length: QRID_LIST_ROWS_MAX } });
  });

  it('learns of uses in quick succession only now and then', () => {
    // So that there is something to wait for, and time goes by.
    world.setWire(cutWire);
    two.send(ofOne);
    const used = (): number => listed(one, ofOne).lastUsedMs ?? 0;
    one.send(ofOne);
    const firstMs = used();
    expect(firstMs).toBe(world.nowMs());
    world.run(QRID_USED_STEP_MS - 1_000);
    one.send(ofOne);
    expect(used()).toBe(firstMs);
    world.run(1_000);
    one.send(ofOne);
    expect(used()).toBe(firstMs + QRID_USED_STEP_MS);
  });
});
