// The bound on links: at it a new peer is refused, and nothing of the request remains.

import { afterEach, describe, expect, it } from 'vitest';
import { makeSwissnum, makeVatId, type Qrid } from '../../src/core/ids.ts';
import { LINKS_MAX } from '../../src/core/limits.ts';
import { drop } from '../sim/keeper.ts';
import { makeWorld, type World } from '../sim/world.ts';

let world: World;
afterEach(() => world.close());

/** Fills a vat's links up to `count`, as rows copied from its first one, and starts it again. */
function fillLinks(vat: ReturnType<World['vat']>, count: number): void {
  const store = vat.store();
  const [first] = store.links();
  if (!first) throw new Error('the vat has no link to copy');
  store.begin();
  for (let id = 2; id <= count; id += 1) {
    const key = Buffer.alloc(32);
    key.writeUInt32BE(id);
    store.insertLink({ ...first, id, vat: makeVatId(key) });
  }
  store.writeCounters({ ...store.readCounters(), link: count });
  store.commit();
  vat.crash();
}

describe('links', () => {
  it('the last link is given, one more is refused with nothing queued', () => {
    world = makeWorld();
    const one = world.vat('one');
    const [first, last, more] = ['two', 'three', 'four'].map((name) => world.vat(name).install());
    one.send(first as Qrid);
    world.run();
    fillLinks(one, LINKS_MAX - 1);

    expect(one.send(last as Qrid)).toMatchObject({ ok: true });
    const before = one.store().readCounters();
    const refused = one.send(more as Qrid);
    expect(refused).toMatchObject({ ok: false, code: 'QRT_LINKS_FULL' });
    expect(one.store().links()).toHaveLength(LINKS_MAX);
    expect(one.store().readCounters().link).toBe(before.link);
  });

  it('a dropped link counts: it makes no room, and the refusal says so', () => {
    world = makeWorld();
    const [one, two] = [world.vat('one'), world.vat('two')];
    const [first, more] = [two, world.vat('three')].map((vat) => vat.install());
    one.send(first as Qrid);
    world.run();
    fillLinks(one, LINKS_MAX);
    drop(one, two.id);
    const message = expect.stringMatching(/dropped ones among them/) as string;
    expect(one.send(more as Qrid)).toMatchObject({ ok: false, code: 'QRT_LINKS_FULL', message });
  });

  it('a peer that is full is asked again, also after a wrong QRID, and its link never doubted', () => {
    world = makeWorld();
    const [full, friend, late] = ['full', 'friend', 'late'].map((name) => world.vat(name));
    friend!.send(full!.install());
    world.run();
    full!.setLimits({ links: 1 });
    const right = full!.install();
    late!.send({ ...right, swissnum: makeSwissnum(Buffer.alloc(32)) });
    late!.send(right);
    world.run(120_000);
    expect(late!.store().links()).toMatchObject([{ state: 'ok', isKnownToPeer: false }]);

    full!.setLimits({});
    world.run();
    expect(late!.store().links()).toMatchObject([{ state: 'ok', isKnownToPeer: true }]);
    expect(full!.store().links()).toMatchObject([{}, { vat: late!.id, state: 'ok' }]);
    expect(full!.store().links()[1]!.receiving[0].next).toBe(5);
  });
});
