// A peer that lost the link altogether, and a vat that was restored and does not trust its disk yet.

import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { parseBox, parseEnvelope } from '../../src/core/wire.ts';
import { markRestored } from '../../src/store/restored.ts';
import { disagreements } from '../sim/checks.ts';
import { copyBack } from '../sim/copy-back.ts';
import { doubtOf, settle } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
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
const stateOf = (vat: TestVat): string | undefined => vat.status().links[0]?.state;
/** Puts back what came out of a backup, which has no sums of pages: they are made anew. */
function putRestored(vat: TestVat, restore: () => void): void {
  copyBack(vat, () => {
    restore();
    rmSync(`${vat.path}-sum`, { force: true });
    markRestored({ path: vat.path, vat: vat.id });
  });
}
/** The boxes that a vat put on the wire since, as they are inside. */
const boxesOf = (vat: TestVat, from: number) =>
  world.sent.slice(from).flatMap((bytes) => {
    const envelope = parseEnvelope(bytes)!;
    const peer = vat === one ? two : one;
    const plaintext = envelope.from === vat.id && peer.sealer.open(envelope);
    const box = plaintext && parseBox(plaintext);
    return box ? [box] : [];
  });

describe('a peer that lost the link', () => {
  /** Two is as it was before they met; one holds two messages for it, and a redeem. */
  const lose = (): Qrid => {
    const early = two.backup();
    one.send(ofTwo, [['keep', 0]], { slots: [ofOne] });
    two.send(ofOne, note('hello'));
    one.send(ofOne, [['keep', 0]], { slots: [ofTwo] });
    world.run();
    world.setWire(cutWire);
    copyBack(two, early);
    const later = two.install();
    one.send(ofTwo, note('to what is lost'));
    one.send(later, note('to what is there'));
    world.setWire(honestWire);
    world.run(60_000);
    return later;
  };

  it('is begun anew above all numbers, and what stands on a redeem that is held goes on', () => {
    const later = lose();
    expect(stateOf(one)).toBe('doubt');
    expect(doubtOf(one, two).links).toMatchObject([{ peer: 'unknown', held: 3, isDecided: false }]);
    const before = one.store().links()[0]!;
    const at = world.sent.length;
    settle(one, two, { rest: 'resend', reset: true });
    expect(world.run()).toBe(true);
    expect(disagreements(world)).toEqual([]);
    expect(notesOf(two, later)).toEqual(['to what is there']);
    expect(notesOf(two, ofTwo)).toEqual([]);
    const [first] = boxesOf(one, at);
    expect(first).toMatchObject({ isLinked: false, above: { exports: 1 } });
    const theirs = two.store().links()[0]!;
    for (const lane of [0, 1] as const) {
      const { next } = before.receiving[lane];
      expect(theirs.sending[lane].next).toBeGreaterThan(next);
    }
    // Both go on, by what each of them knows now.
    one.send(ofTwo, note('anew'));
    two.send(ofOne, note('anew'));
    one.send(ofOne, [['tell', 0, note('by a dead name')]]);
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual(['anew']);
    expect(notesOf(one, ofOne)).toEqual(['hello', 'anew']);
    expect(one.log().at(-1)?.text).toMatch(/^no object behind i\d+: QRT_NO_OBJECT/);
    expect(disagreements(world)).toEqual([]);
  });

  it('holds no promise any more, but for those that what goes on gives it', () => {
    const early = two.backup();
    const give: Step[] = [['promise'], ['keep', 3], ['send', 1, [['keep', 0]], [2]]];
    one.send(ofOne, give, { slots: [ofOne, ofTwo] });
    world.run();
    world.setWire(cutWire);
    copyBack(two, early);
    const later = two.install();
    one.send(ofOne, give, { slots: [ofOne, later] });
    world.setWire(honestWire);
    world.run(60_000);
    expect(one.status().promises.pending).toBe(2);
    settle(one, two, { rest: 'resend', reset: true });
    expect(world.run()).toBe(true);
    expect(one.status().promises.pending).toBe(1);
    expect(two.status().promises.pending).toBe(1);
    expect(disagreements(world)).toEqual([]);
    two.send(later, [['forget']]);
    world.run();
    expect(one.store().hasPromiseExports()).toBe(false);
    expect(damagesOf(one, one.path)).toEqual([]);
  });

  it('takes nothing of what it had said before it lost it', () => {
    const at = world.sent.length;
    lose();
    const old = world.sent.slice(at).filter((bytes) => parseEnvelope(bytes)!.from === two.id);
    settle(one, two, { rest: 'resend', reset: true });
    expect(old.length).toBeGreaterThan(2);
    for (const bytes of old) {
      one.receive({ type: 'box', bytes }, () => undefined);
      one.settle();
    }
    world.run();
    expect(notesOf(one, ofOne)).toEqual(['hello']);
    two.send(ofOne, note('new'));
    world.run(3_600_000);
    expect(notesOf(one, ofOne)).toEqual(['hello', 'new']);
    expect(disagreements(world)).toEqual([]);
  });
});

describe('a restored vat', () => {
  const meet = (): void => {
    one.send(ofTwo, note('first'));
    two.send(ofOne, note('first'));
    world.run();
  };

  it('sends nothing but an empty box and takes nothing before its peer has confirmed it', () => {
    meet();
    world.setWire(cutWire);
    one.send(ofTwo, note('held'));
    const restore = one.backup();
    putRestored(one, restore);
    two.send(ofOne, note('waits'));
    expect(one.status().links).toMatchObject([
      { state: 'unchecked', reason: 'restored from a backup', outbox: { rows: 1 } },
    ]);
    const at = world.sent.length;
    // It hears, and is heard, but gets no answer.
    world.setWire((bytes, passage) =>
      passage.kind === 'receipt' && passage.to === one.id ? [] : honestWire(bytes, passage),
    );
    world.run(120_000);
    expect(boxesOf(one, at).length).toBeGreaterThan(2);
    for (const { lanes } of boxesOf(one, at)) {
      expect(lanes.map(({ items }) => items.length)).toEqual([0, 0]);
    }
    expect(notesOf(one, ofOne)).toEqual(['first']);
    expect(stateOf(one)).toBe('unchecked');
    world.setWire(honestWire);
    expect(world.run()).toBe(true);
    expect(stateOf(one)).toBe('ok');
    expect(notesOf(two, ofTwo)).toEqual(['first', 'held']);
    expect(notesOf(one, ofOne)).toEqual(['first', 'waits']);
    expect(disagreements(world)).toEqual([]);
  });

  it('comes into doubt before it has sent or taken anything that could be taken for another', () => {
    meet();
    const restore = one.backup();
    one.send(ofTwo, note('lost'));
    world.run();
    world.setWire(cutWire);
    putRestored(one, restore);
    one.send(ofTwo, note('queued'));
    two.send(ofOne, note('waits'));
    const at = world.sent.length;
    world.setWire(honestWire);
    world.run(60_000);
    expect(stateOf(one)).toBe('doubt');
    expect(notesOf(one, ofOne)).toEqual(['first']);
    expect(boxesOf(one, at).flatMap(({ lanes }) => lanes[0].items)).toEqual([]);
    settle(one, two, { rest: 'resend' });
    world.run();
    expect(notesOf(one, ofOne)).toEqual(['first', 'waits']);
    expect(notesOf(two, ofTwo)).toEqual(['first', 'lost', 'queued']);
    expect(disagreements(world)).toEqual([]);
  });

  it('with a link that no peer ever knew goes on with it', () => {
    world.setWire(cutWire);
    one.send(ofTwo, note('never left'));
    const restore = one.backup();
    putRestored(one, restore);
    world.setWire(honestWire);
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toEqual(['never left']);
    expect(disagreements(world)).toEqual([]);
  });
});
