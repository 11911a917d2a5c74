// Parted: what a settling makes of copies and of histories that are hard to tell from each other.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { NAMES_SKIPPED_MAX } from '../../src/core/limits.ts';
import { disagreements } from '../sim/checks.ts';
import { copyAllBack, copyBack } from '../sim/copy-back.ts';
import { resendAll } from '../sim/resend-all.ts';
import { runProgram, type Step } from '../sim/scripted-worker.ts';
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
  one.send(ofTwo, note('hello'));
  two.send(ofOne, note('hello'));
  world.run();
});
afterEach(() => world.close());

const note = (value: unknown): Step[] => [['note', value]];
const keep: Step[] = [['keep', 0]];

/** The numbers of all checkpoints of the one link, from the highest on. */
function checkpointsOf(vat: TestVat, half: 'sent' | 'received'): number[] {
  const { id: link } = vat.store().links()[0]!;
  const numbers: number[] = [];
  for (let number = Number.MAX_SAFE_INTEGER; ; number = numbers.at(-1)! - 1) {
    const found = vat.store().checkpointUpTo({ link, half, number });
    if (!found) return numbers;
    numbers.push(found.number);
  }
}

/** Vat one gives new things. */
function give(count: number): Qrid[] {
  const things = Array.from({ length: count }, () => one.install());
  for (const thing of things) one.send(ofTwo, keep, { slots: [thing] });
  world.run();
  return things;
}

/** Both go back to now after `first`, do `then`, and two is as it was after `first` once more. */
function part(first: () => void, then: () => void): void {
  const begin = [one.backup(), two.backup()];
  first();
  const other = two.backup();
  copyAllBack([one, two], begin);
  then();
  copyBack(two, other);
  one.send(ofTwo, note('noticed'));
  settleAll();
}

/** Both operators have everything sent again; the world comes to rest and is well. */
function settleAll(): void {
  resendAll(world, [one, two]);
  expect(disagreements(world)).toEqual([]);
}

describe('copies in a settling', () => {
  it('a copy from within it is settled by a peer that is done with it', () => {
    one.send(ofTwo, keep, { slots: [one.install()] });
    world.run();
    const restore = two.backup();
    one.send(ofTwo, note('lost'));
    world.run();
    copyBack(two, restore);
    one.send(ofTwo, note('noticed'));
    world.run(60_000);
    const within = one.backup();
    settleAll();
    // It remembers nothing of what it was asked.
    two.crash();
    world.run();
    copyBack(one, within);
    settleAll();
  });
});

describe('the two ends of a lane', () => {
  it('keep checkpoints of the same items, also when an old name is said after a settling', () => {
    const [known] = give(1);
    // After it the next name of one is above all that either knows.
    part(
      () => give(3),
      () => give(2),
    );
    one.send(ofTwo, note('again'), { slots: [known!] });
    give(1);
    expect(checkpointsOf(one, 'sent')).toEqual(checkpointsOf(two, 'received'));
  });
});

describe('two histories of the same bytes', () => {
  it('a thing that one of them gave is not what the other calls so', () => {
    const things = [one.install(), one.install()];
    // A turn may read another time and seed when it is run again, and choose by them.
    let chosen = 1;
    one.setScript((turn, say) => {
      const body = turn.args.body.replace('"one of them"', String(chosen));
      return runProgram({ ...turn, args: { ...turn.args, body } }, say);
    });
    one.setStarting(false);
    one.endWorker('unknown');
    const body = JSON.stringify([['send', 0, keep, ['one of them']]]);
    one.send(ofOne, [], { body, slots: [ofTwo, ...things] });
    const restore = one.backup();
    one.setStarting(true);
    world.run();
    chosen = 2;
    copyBack(one, restore);
    settleAll();
    two.send(ofTwo, [['tell', 0, note('for the first')]]);
    world.run();
    expect(notesOf(one, things[1]!)).toEqual([]);
    const { nextExport } = one.store().links()[0]!;
    expect(nextExport).toBeGreaterThan(3);
    expect(nextExport).toBeLessThan(3 * NAMES_SKIPPED_MAX);
  });
});
