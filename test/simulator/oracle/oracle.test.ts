// Oracle: it is silent about what is well, and complains of each kind of lie.

import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VatId } from '../../../src/core/ids.ts';
import { SCENARIOS, type Scenario, type Stage as Scene, setStage } from '../../kernel/scenarios.ts';
import { honestWire } from '../../sim/network.ts';
import type { TestVat } from '../../sim/test-vat.ts';
import { boxText, makeKeys, messageItem, receiptText, seal, tailsOf } from '../../spec/wire.ts';
import type { Stage } from '../stage.ts';
import { makeOracle, type Oracle } from './oracle.ts';
import { UNDONE_MARK } from './undone.ts';

let scene: Scene;
let oracle: Oracle;
const NO_NONCE = new Uint8Array(24);

/** What the oracle looks at. Nothing here is of a workload. */
const stage = (): Stage => ({ vats: scene.world.vats() }) as unknown as Stage;
const complaints = (isQuiet = false): string => oracle.complaints(stage(), isQuiet).join('\n');

/** `vat` lets out a text, as if its kernel did. */
function letOut(vat: TestVat, to: VatId, text: Uint8Array): void {
  const bytes = seal(makeKeys(vat.seed), to, text);
  oracle.onOutput!(vat, { type: 'post', attempt: 0, peer: to, url: '', bytes });
}

function letOutItems(items: readonly Uint8Array[], lane: { first?: number } = {}): void {
  const { one, two } = scene;
  letOut(one, two.id, boxText({ from: one.id, to: two.id, lane: { ...lane, items } }));
}

function letOutReceipt(lane: { next: number; tail: Uint8Array }): void {
  const { one, two } = scene;
  letOut(two, one.id, receiptText({ from: two.id, to: one.id, request: NO_NONCE, lane }));
}

/** Changes the database of a vat that runs behind its back: what is in the log is its own. */
function tamper(vat: TestVat, sql: string): void {
  const db = new Database(vat.path);
  db.exec(sql);
  db.close();
}

beforeEach(() => {
  scene = setStage();
  oracle = makeOracle();
  for (const vat of scene.world.vats()) vat.setSpy((output) => oracle.onOutput!(vat, output));
  scene.world.setWire((bytes, passage) => {
    oracle.onEnvelope!(bytes, passage);
    return honestWire(bytes, passage);
  });
});
afterEach(() => {
  oracle.close();
  scene.world.close();
});

describe('the oracle', () => {
  it.each<[string, Scenario]>(SCENARIOS.map((scenario) => [scenario.name, scenario]))(
    'has nothing to say about %s',
    (_name, scenario) => {
      scenario.prepare?.(scene);
      scenario.act(scene);
      expect(complaints()).toBe('');
      scene.world.run();
      scene[scenario.victim].crash();
      scene.world.run();
      expect(complaints(true)).toBe('');
    },
  );

  it('complains of an item that is not on disk', () => {
    scene.one.send(scene.objects.two, [['note', 1]]);
    scene.world.run();
    complaints();
    letOutItems([messageItem(1, {})], { first: 3 });
    expect(complaints()).toMatch(/let out item 3 of lane 1 has no number/);
    scene.two.halt();
    scene.one.send(scene.objects.two, [['note', 2]]);
    letOutItems([messageItem(1, {})], { first: 3 });
    expect(complaints()).toMatch(/let out item 3 of lane 1 is not on disk/);
  });

  it('complains of a receipt ahead of the disk', () => {
    scene.one.send(scene.objects.two, [['note', 1]]);
    scene.world.run();
    complaints();
    letOutReceipt({ next: 4, tail: NO_NONCE });
    expect(complaints()).toMatch(/a receipt up to 4, lane 1: disk has 3/);
    expect(complaints()).toMatch(/receipt: .* 4 was never sent/);
  });

  it('complains of a receipt that takes something back, or means another past', () => {
    const { one, world, objects } = scene;
    one.send(objects.two, [['note', 1]]);
    world.run();
    complaints();
    letOutReceipt({ next: 1, tail: tailsOf([])[0]! });
    expect(complaints()).toMatch(/receipt: .*: 1 after 3/);
    letOutReceipt({ next: 3, tail: tailsOf([])[0]! });
    expect(complaints()).toMatch(/receipt: .* 3 has another past/);
    expect(complaints()).toMatch(/a receipt with another tail at 3/);
  });

  it('complains of a reply about nothing', () => {
    const value = { id: 'never', to: 'inbox', stored: true };
    const reply = { ok: true, value } as const;
    oracle.onOutput!(scene.one, { type: 'control-reply', ticket: 1, reply });
    expect(complaints()).toMatch(/a reply to never, which is not on disk/);
  });

  it('complains of a nonce that comes twice, and in the other direction', () => {
    const { one, two, world, objects } = scene;
    one.send(objects.two, [['note', 1]]);
    world.run();
    expect(complaints()).toBe('');
    const [bytes] = world.sent;
    const back = Buffer.from(bytes!);
    back.set(bytes!.subarray(1, 33), 33);
    back.set(bytes!.subarray(33, 65), 1);
    oracle.onEnvelope!(back, { from: two.id, to: one.id, kind: 'box' });
    expect(complaints()).toMatch(/nonce: .* used one again/);
  });

  it('complains of a number that means two things', () => {
    scene.one.send(scene.objects.two, [['note', 1]]);
    scene.world.run();
    complaints();
    letOutItems([messageItem(1, {})]);
    expect(complaints()).toMatch(/history: .*two pasts of 2/);
  });

  it('complains of a name that was never given', () => {
    scene.one.send(scene.objects.two, [['note', 1]]);
    scene.world.run();
    complaints();
    const head = ['message', 'y7', ['p1'], 0, 0, '0'.repeat(32)];
    letOutItems([Buffer.from(`${JSON.stringify(head)}\n{}`)], { first: 3 });
    expect(complaints()).toMatch(/names: .*y7 was never given/);
    expect(complaints()).toMatch(/names: .*p1 was never given/);
  });

  it('complains of what a failed turn left, on the wire and on a disk', () => {
    scene.one.send(scene.objects.two, [['note', 1]]);
    scene.world.run();
    complaints();
    letOutItems([messageItem(1, { mark: UNDONE_MARK })], { first: 3 });
    expect(complaints()).toMatch(/undone: one sent item 3/);
    scene.three.send(scene.objects.three, [['note', UNDONE_MARK]]);
    scene.world.run();
    expect(complaints(true)).toMatch(/undone: three has 1 marked rows in memory/);
  });

  it('complains of an item that is gone before its receipt came', () => {
    const { one, two, world, objects } = scene;
    one.send(objects.two, [['note', 1]]);
    world.run();
    two.halt();
    one.send(objects.two, [['note', 2]]);
    expect(complaints(true)).toMatch(/rest: one to .*, lane 1: 1 items await a receipt/);
    tamper(one, 'DELETE FROM outbox');
    expect(complaints(true)).toMatch(/links: one to .*, lane 1: 0 of 1/);
    tamper(one, 'UPDATE link SET out1_receipted = out1_next');
    expect(complaints()).toMatch(/links: one to .*: deleted up to 4, it took up to 3/);
    tamper(one, 'UPDATE link SET out1_next = 2');
    expect(complaints()).toMatch(/links: one to .*: it took up to 3, and 2 is the next/);
  });

  it('complains of a disk that was put back, unless it was told', () => {
    const { one, world, objects } = scene;
    const restore = one.backup();
    one.send(objects.one, [['note', 1]]);
    world.run();
    expect(complaints()).toBe('');
    one.halt();
    restore();
    one.revive();
    oracle.onRestore!(one);
    expect(complaints()).toBe('');
  });

  it('looks at a vat with an older disk as at any other once all is at rest', () => {
    const { one, world, objects } = scene;
    one.send(objects.two, [['note', 1]]);
    world.run();
    one.crash();
    oracle.onRestore!(one);
    tamper(one, "UPDATE link SET reason = 'x', state = 'doubt'");
    expect(complaints()).toBe('');
    expect(complaints(true)).toMatch(/rest: one to .*doubt: x/);
    expect(complaints()).not.toMatch(/counters/);
    tamper(one, 'UPDATE counters SET inbox = -1');
    expect(complaints()).toMatch(/counters: one: inbox went from/);
  });

  it('complains of numbers of a vat that go back', () => {
    complaints();
    tamper(scene.one, 'UPDATE counters SET inbox = -1');
    expect(complaints()).toMatch(/counters: one: inbox went from 0 to -1/);
  });

  it('complains of a name that two ends have by two QRIDs', () => {
    scene.one.send(scene.objects.two, [['note', 1]]);
    scene.world.run();
    expect(complaints(true)).toBe('');
    tamper(scene.two, "UPDATE export SET swiss_hash = x'00'");
    expect(complaints(true)).toMatch(/given: one holds i1: item 1 of two is of another QRID/);
  });

  it('complains of what is left once all is quiet', () => {
    const { one, two, world, objects } = scene;
    one.send(objects.two, [['note', 1]]);
    world.run();
    two.send(objects.two, [['note', 2]]);
    expect(complaints(true)).toBe('');
    tamper(two, "UPDATE export SET number = 9; UPDATE link SET state = 'doubt'");
    tamper(two, 'UPDATE link SET in1_tail = zeroblob(32)');
    expect(complaints(true)).toMatch(/given: one holds i1: no item 1 of two/);
    expect(complaints(true)).toMatch(/rest: two to .*doubt/);
    expect(complaints(true)).toMatch(/rest: one to .*, lane 1: two pasts/);
    tamper(two, `INSERT INTO outbox VALUES (1, 1, 1, x'00', x'00', '', 0)`);
    expect(complaints(true)).toMatch(/rest: two has 1 rows in its outbox/);
  });
});
