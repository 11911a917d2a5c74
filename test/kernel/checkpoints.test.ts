// Checkpoints: few are kept of many, at both ends the same, and by them the histories still settle.

import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { blockOf, CHECKPOINTS_DENSE } from '../../src/core/thinning.ts';
import { disagreements } from '../sim/checks.ts';
import { copyAllBack } from '../sim/copy-back.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import { resendAll } from '../sim/resend-all.ts';
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

/** A promise that gets a name on its way to the other vat, and means nothing to anybody after that. */
const passing = (at: number): Step[] => [
  ['promise'],
  ['give', 2 * at + 3, '{"error":{"name":"Error","message":"no"}}'],
  ['send', 1, [], [2 * at + 2]],
];

/** Vat one names so many promises to vat two, each in an item of its own. */
function nameMany(count: number, perTurn = 100): void {
  const program = Array.from({ length: perTurn }, (_, at) => passing(at)).flat();
  for (let named = 0; named < count; named += perTurn) {
    one.send(ofOne, program, { slots: [ofOne, ofTwo] });
  }
}

/** Numbers of the checkpoints of one lane 1, and how far it has come at the end that keeps them. */
function checkpointsOf({ path }: TestVat, half: 'sent' | 'received') {
  const db = new Database(path, { readonly: true });
  const numbers = db.prepare('SELECT number FROM checkpoint WHERE half = ? ORDER BY 1');
  const column = half === 'sent' ? 'out1_receipted' : 'in1_next';
  const reached = db.prepare(`SELECT ${column} FROM link`).pluck();
  const found = {
    numbers: numbers.pluck().all(half) as number[],
    reached: reached.get() as number,
  };
  db.close();
  return found;
}

it('are few of many names, and the same at both ends', { timeout: 60_000 }, () => {
  const names = 6_200;
  nameMany(names);
  world.run();
  const sent = checkpointsOf(one, 'sent');
  expect(sent).toEqual(checkpointsOf(two, 'received'));
  const far = sent.numbers.filter((each) => each < sent.reached - 4 * CHECKPOINTS_DENSE);
  expect(far.length).toBeGreaterThan(0);
  for (const each of far) expect(blockOf(each, sent.reached)[1]).toBe(each);
  expect(sent.numbers.length).toBeLessThan(names - 1.9 * CHECKPOINTS_DENSE);
  for (const vat of [one, two]) expect(damagesOf(vat, vat.path)).toEqual([]);
});

it('none of those that wait for a receipt goes', { timeout: 60_000 }, () => {
  nameMany(100);
  world.run();
  const { reached } = checkpointsOf(one, 'sent');
  world.setWire(cutWire);
  nameMany(4_300);
  world.run(1_000);
  const all = checkpointsOf(one, 'sent').numbers.filter((each) => each > reached);
  expect(all).toHaveLength(4_300);
  // One box and its receipt.
  let left = 2;
  world.setWire((bytes, to) => {
    left -= 1;
    return (left >= 0 ? honestWire : cutWire)(bytes, to);
  });
  world.run(60_000);
  const { numbers, reached: now } = checkpointsOf(one, 'sent');
  const held = all.filter((each) => each > now);
  expect(now).toBeGreaterThan(reached);
  expect(held.length).toBeGreaterThan(2 * CHECKPOINTS_DENSE);
  expect(numbers.filter((each) => each > now)).toEqual(held);
  // Whether they are receipted at once or box by box, the same is left.
  world.setWire(honestWire);
  world.run();
  expect(checkpointsOf(one, 'sent')).toEqual(checkpointsOf(two, 'received'));
});

it('what was given before many others goes on after the histories parted', {
  timeout: 60_000,
}, () => {
  one.send(ofTwo, [['note', 'hello']]);
  two.send(ofOne, [['note', 'hello']]);
  const kept = one.install();
  one.send(ofTwo, [['keep', 0]], { slots: [kept] });
  world.run();
  nameMany(2_500);
  world.run();
  const begin = [one.backup(), two.backup()];
  nameMany(1_500);
  world.run();
  const first = two.backup();
  copyAllBack([one, two], begin);
  nameMany(300);
  world.run();
  copyAllBack([one, two], [first]);
  one.send(ofTwo, [['note', 'noticed']]);
  resendAll(world, [one, two]);
  expect(disagreements(world)).toEqual([]);
  two.send(ofTwo, [['tell', 0, [['note', 'still there']]]]);
  world.run();
  expect(notesOf(one, kept)).toEqual(['still there']);
  for (const vat of [one, two]) expect(damagesOf(vat, vat.path)).toEqual([]);
});
