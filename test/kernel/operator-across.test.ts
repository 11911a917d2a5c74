// The operator's answers of objects of other vats: they come over whatever becomes of both vats, the
// way between them, and the link.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import type { ResultReply } from '../../src/kernel/answer-ports.ts';
import type { ControlReply } from '../../src/kernel/ports.ts';
import { drop } from '../sim/keeper.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import type { Step } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { damagesOf } from '../sim/verified.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let other: Qrid;
beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  other = two.install();
});
afterEach(() => world.close());

const NOTHING = { pending: 0, settled: 0, waiting: { rows: 0, bytes: 0 } };

const ask = (id: string, steps: readonly Step[], target = other): ControlReply =>
  one.send(target, steps, { id, slots: [other], answer: true });
const waitFor = (id: string) => one.ask({ type: 'result', id, wait: true });
const resultOf = (id: string): ResultReply => told(one.control({ type: 'result', id }));
function told(reply: ControlReply | undefined): ResultReply {
  expect(reply).toMatchObject({ ok: true });
  return (reply as { readonly value: ResultReply }).value;
}
const rejected = (text: string) => ({
  state: 'rejected',
  data: { body: expect.stringContaining(text) },
});

describe("the operator's answer of another vat", () => {
  it('Q58 is the value, with its things as ids of the own vat, or what it threw', () => {
    const sent = ask('a', [['return', '{"n":7,"to":{"$":0}}', [0]]]);
    expect(sent).toMatchObject({ value: { to: 'outbox', peer: two.id, stored: false } });
    const reply = waitFor('a');
    world.run();
    const data = { body: '{"n":7,"to":{"$":0}}', slots: ['i1'] };
    expect(told(reply())).toEqual({ id: 'a', state: 'fulfilled', data });
    ask('thrown', [['throw', 'on purpose']]);
    ask('wrong', [], { ...other, swissnum: 'A'.repeat(43) as Qrid['swissnum'] });
    world.run();
    expect(resultOf('thrown')).toMatchObject(rejected('on purpose'));
    expect(resultOf('wrong')).toMatchObject(rejected('QRT_NO_OBJECT'));
  });

  it('Q58 comes of one turn, over a way that is cut and deaths of both vats', () => {
    world.setWire(cutWire);
    ask('a', [
      ['note', 'once'],
      ['return', '7'],
    ]);
    world.run(60_000);
    expect(resultOf('a')).toEqual({ id: 'a', state: 'pending' });
    one.crash();
    const reply = waitFor('a');
    world.setWire(honestWire);
    two.crash();
    world.run();
    const end = { id: 'a', state: 'fulfilled', data: { body: '7', slots: [] } };
    expect(told(reply())).toEqual(end);
    for (const vat of [one, two]) vat.crash();
    world.run();
    expect(resultOf('a')).toEqual(end);
    expect(notesOf(two, other)).toEqual(['once']);
    for (const vat of [one, two]) expect(damagesOf(vat, vat.path)).toEqual([]);
  });

  it('Q58 is a rejection when the operator drops that vat, and whoever waits is told', () => {
    world.setWire(cutWire);
    ask('a', [['return', '7']]);
    const reply = waitFor('a');
    drop(one, two.id);
    world.run(60_000);
    expect(told(reply())).toMatchObject(rejected('QRT_LINK_DROPPED'));
    expect(resultOf('a')).toMatchObject(rejected('QRT_LINK_DROPPED'));
  });

  it('Q58 leaves nothing in either vat once the request is forgotten', () => {
    ask('a', [['return', '{"$":0}', [0]]]);
    world.run();
    one.control({ type: 'result', id: 'a', forget: true });
    world.run();
    // What is told of a promise in lane 2 waits for its receipt.
    ask('b', [['return', '1']]);
    world.run();
    one.control({ type: 'result', id: 'b', forget: true });
    world.run();
    for (const vat of [one, two]) {
      expect(vat.status().promises).toEqual(NOTHING);
      expect(damagesOf(vat, vat.path)).toEqual([]);
    }
  });
});
