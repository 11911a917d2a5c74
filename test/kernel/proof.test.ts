// Proofs: a URL gets boxes while it is known that the peer is there, and no other vat in its place.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { PROOF_FAILING_MS_MAX } from '../../src/core/limits.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

/** More than one attempt needs, with the pause before it. */
const SLACK_MS = 120_000;

describe('the proof that a URL is its vat’s', () => {
  let world: World;
  let one: TestVat;
  let two: TestVat;
  let ofTwo: Qrid;
  /** What `one` sent since it was last asked. */
  let counted = { post: 0, 'fetch-contact': 0 };
  const count = () => {
    const found = counted;
    counted = { post: 0, 'fetch-contact': 0 };
    return found;
  };

  beforeEach(() => {
    count();
    world = makeWorld();
    one = world.vat('one');
    two = world.vat('two');
    ofTwo = two.install();
    one.setSpy(({ type }) => {
      if (type === 'post' || type === 'fetch-contact') counted[type] += 1;
    });
    one.send(ofTwo, [['note', 1]]);
    world.run();
    expect(count()['fetch-contact']).toBe(1);
  });
  afterEach(() => world.close());

  it('holds for an hour of failures, and then has to be given again', () => {
    two.halt();
    one.send(ofTwo, [['note', 2]]);
    world.run(PROOF_FAILING_MS_MAX - SLACK_MS);
    const before = count();
    expect(before['fetch-contact']).toBe(0);
    expect(before.post).toBeGreaterThan(100);
    world.run(2 * SLACK_MS);
    expect(count()['fetch-contact']).toBeGreaterThan(0);
    const three = world.vat('three');
    three.halt();
    three.revive(two.url);
    world.run(PROOF_FAILING_MS_MAX);
    expect(count()).toMatchObject({ post: 0 });
    expect(one.status().links[0]?.lastError).toContain('does not serve this vat');
    three.halt();
    two.revive();
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual([1, 2]);
  });

  it('is not asked for again of a peer that answers now and then', () => {
    for (let n = 2; n <= 4; n += 1) {
      two.halt();
      one.send(ofTwo, [['note', n]]);
      world.run(PROOF_FAILING_MS_MAX - SLACK_MS);
      two.revive();
      expect(world.run()).toBe(true);
    }
    expect(notesOf(two, ofTwo)).toEqual([1, 2, 3, 4]);
    const found = count();
    expect(found['fetch-contact']).toBe(0);
    expect(found.post).toBeGreaterThan(300);
  });

  it('is given again to each life of a process', () => {
    one.crash();
    one.send(ofTwo, [['note', 2]]);
    world.run();
    expect(count()['fetch-contact']).toBe(1);
    expect(notesOf(two, ofTwo)).toEqual([1, 2]);
  });
});
