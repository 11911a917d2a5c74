// The operator's requests: once per id, refused before anything changed, and honest about waiting.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSwissnum, parseQrid, type Qrid } from '../../src/core/ids.ts';
import { ARGS_BYTES_MAX, CODE_BYTES_INSTALL_MAX, REFERENCES_MAX } from '../../src/core/limits.ts';
import type { ControlReply, ControlRequest, InstallReply } from '../../src/kernel/ports.ts';
import { cutWire, honestWire } from '../sim/network.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { Death } from '../sim/watched-store.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

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

const installRequest = (more: object = {}): ControlRequest => {
  const text = 'function (args, power) { return 7; }';
  const code = { text, hash: createHash('sha256').update(text).digest('hex') };
  const power = { body: '{}', slots: [] };
  return { type: 'install', id: 'the id', name: 'name', code, grants: [], power, ...more };
};
const sendRequest = (target: Qrid, more: object = {}): ControlRequest => {
  const args = { body: '[["note",1]]', slots: [] };
  return { type: 'send', id: 'the id', target, args, wait: false, ...more };
};
const wrong = (qrid: Qrid): Qrid => ({
  ...qrid,
  swissnum: makeSwissnum(new Uint8Array(32).fill(9)),
});

/** Everything that a refused request must leave as it was. */
const stateOf = (vat: TestVat): unknown => {
  const { inbox, outbox, objects, links, commits } = vat.status();
  return { inbox, outbox, objects, links, commits, counters: vat.store().readCounters() };
};
function expectRefused(vat: TestVat, request: ControlRequest, code: string): void {
  const before = stateOf(vat);
  expect(vat.control(request)).toMatchObject({ ok: false, code });
  world.run(100);
  expect(stateOf(vat)).toEqual(before);
}

describe('a request with an id', () => {
  it('asked again gives the same reply and takes effect once', () => {
    const first = one.control(sendRequest(ofOne));
    world.run();
    const again = one.control(sendRequest(ofOne));
    world.run();
    expect(again).toEqual(first);
    expect(notesOf(one, ofOne)).toEqual([1]);
  });

  it('asked again after a crash gives the same reply and takes effect once', () => {
    const first = one.control(sendRequest(ofTwo));
    one.crash();
    expect(one.control(sendRequest(ofTwo))).toEqual(first);
    world.run();
    expect(notesOf(two, ofTwo)).toEqual([1]);
    expect(one.control(sendRequest(ofTwo))).toMatchObject({ value: { stored: true } });
  });

  it('installs once, also when the reply was lost: the same QRID', () => {
    let isDead = false;
    one.setWatch({
      after: ({ name }) => {
        if (name !== 'commit' || isDead) return;
        isDead = true;
        throw new Death();
      },
    });
    const first = one.control(installRequest());
    expect(one.lives()).toBe(2);
    one.crash();
    const again = one.control(installRequest());
    expect(again).toEqual(first);
    expect(one.status().objects).toBe(2);
    const { qrid } = (first as { value: InstallReply }).value;
    one.send(parseQrid(qrid), [['note', 'here']]);
    world.run();
    expect(notesOf(one, parseQrid(qrid))).toEqual(['here']);
  });

  it('QRIDs of installed objects are nowhere in the files of the database', () => {
    one.send(ofOne);
    world.run();
    const files = ['', '-wal'].map((end) => readFileSync(one.path + end));
    for (const file of files) {
      expect(file.includes(ofOne.swissnum)).toBe(false);
      expect(file.includes(Buffer.from(ofOne.swissnum, 'base64url'))).toBe(false);
    }
  });

  it('with other content is QRT_REQUEST_REUSED', () => {
    one.control(sendRequest(ofOne));
    world.run(100);
    const args = { body: '[["note",2]]', slots: [] };
    expectRefused(one, sendRequest(ofOne, { args }), 'QRT_REQUEST_REUSED');
    expectRefused(one, installRequest(), 'QRT_REQUEST_REUSED');
    // To wait or not is no other content.
    expect(one.control(sendRequest(ofOne, { wait: true }))).toMatchObject({ ok: true });
  });
});

describe('what is refused', () => {
  it('a QRID of ours that names nothing is QRT_NO_OBJECT', () => {
    expectRefused(one, sendRequest(wrong(ofOne)), 'QRT_NO_OBJECT');
    const args = { body: '[{"$":0}]', slots: [wrong(ofOne)] };
    expectRefused(one, sendRequest(ofOne, { args }), 'QRT_NO_OBJECT');
  });

  it('a QRID of a vat of which nothing is known is QRT_VAT_UNKNOWN', () => {
    const { hint: _hint, ...bare } = ofTwo;
    expectRefused(one, sendRequest(bare), 'QRT_VAT_UNKNOWN');
    const args = { body: '[{"$":0}]', slots: [ofTwo, bare] };
    expectRefused(one, sendRequest(ofOne, { args: { ...args, slots: [bare] } }), 'QRT_VAT_UNKNOWN');
  });

  it('a vat whose id is no usable key is QRT_VAT_UNSEALABLE', () => {
    const vat = Buffer.alloc(32).toString('base64url') as Qrid['vat'];
    expectRefused(one, sendRequest({ ...ofTwo, vat }), 'QRT_VAT_UNSEALABLE');
  });

  it('a grant of a power that does not exist is QRT_GRANT_UNKNOWN', () => {
    expectRefused(one, installRequest({ grants: ['log', 'fetch'] }), 'QRT_GRANT_UNKNOWN');
    expectRefused(one, installRequest({ grants: ['constructor'] }), 'QRT_GRANT_UNKNOWN');
  });

  it(`args of ${ARGS_BYTES_MAX} bytes are taken, one more is QRT_REQUEST_OVERSIZE`, () => {
    const args = (bytes: number) => ({ body: `"${'x'.repeat(bytes - 2)}"`, slots: [] });
    const request = sendRequest(ofOne, { args: args(ARGS_BYTES_MAX + 1) });
    expectRefused(one, request, 'QRT_REQUEST_OVERSIZE');
    one.setScript(() => undefined);
    const fits = one.control(sendRequest(ofOne, { args: args(ARGS_BYTES_MAX) }));
    expect(fits).toMatchObject({ ok: true });
  });

  it(`${REFERENCES_MAX} references are taken, one more is QRT_ARGUMENT_INVALID`, () => {
    const args = (count: number) => ({ body: '[]', slots: Array(count).fill(ofOne) });
    const request = sendRequest(ofOne, { args: args(REFERENCES_MAX + 1) });
    expectRefused(one, request, 'QRT_ARGUMENT_INVALID');
    const fits = one.control(sendRequest(ofOne, { args: args(REFERENCES_MAX) }));
    expect(fits).toMatchObject({ ok: true });
  });

  it('code beyond its bound, or with another hash, is refused', () => {
    const text = 'x'.repeat(CODE_BYTES_INSTALL_MAX + 1);
    const hash = createHash('sha256').update(text).digest('hex');
    expectRefused(one, installRequest({ code: { text, hash } }), 'QRT_REQUEST_OVERSIZE');
    const lie = { text: 'y', hash };
    expectRefused(one, installRequest({ code: lie }), 'QRT_REQUEST_MALFORMED');
  });
});

describe('send --wait', () => {
  const waitFor = (target: Qrid, id = 'waiting'): (() => ControlReply | undefined) =>
    one.ask(sendRequest(target, { id, wait: true }));

  it('is answered when the peer has stored the message, not before', () => {
    world.setWire(cutWire);
    const reply = waitFor(ofTwo);
    world.run(60_000);
    expect(reply()).toBeUndefined();
    world.setWire(honestWire);
    world.run();
    expect(reply()).toMatchObject({ ok: true, value: { stored: true, to: 'outbox', number: 2 } });
  });

  it('does not wait for the turn', () => {
    two.setScript(() => undefined);
    const reply = waitFor(ofTwo);
    world.run(1_000);
    expect(reply()).toMatchObject({ ok: true });
    expect(notesOf(two, ofTwo)).toEqual([]);
  });

  it('for an object of this vat is answered when it is queued', () => {
    expect(waitFor(ofOne)()).toMatchObject({ ok: true, value: { to: 'inbox', stored: true } });
  });

  it('after a crash, asked again, is answered as well', () => {
    world.setWire(cutWire);
    waitFor(ofTwo);
    one.crash();
    const reply = waitFor(ofTwo);
    expect(reply()).toBeUndefined();
    world.setWire(honestWire);
    world.run();
    expect(reply()).toMatchObject({ ok: true, value: { stored: true } });
    expect(notesOf(two, ofTwo)).toEqual([1]);
  });

  it('for a wrong QRID at first contact is QRT_NO_OBJECT, also when asked again', () => {
    const reply = waitFor(wrong(ofTwo));
    world.run();
    expect(reply()).toMatchObject({ ok: false, code: 'QRT_NO_OBJECT' });
    expect(waitFor(wrong(ofTwo))()).toMatchObject({ ok: false, code: 'QRT_NO_OBJECT' });
    // A later message on the same link is stored, that one never was.
    one.send(ofTwo);
    world.run();
    expect(waitFor(wrong(ofTwo))()).toMatchObject({ ok: false, code: 'QRT_NO_OBJECT' });
    const asked = one.control(sendRequest(wrong(ofTwo), { id: 'waiting' }));
    expect(asked).toMatchObject({ ok: true, value: { stored: false } });
  });

  it('is forgotten when its client has gone', () => {
    world.setWire(cutWire);
    const before = one.outputs.length;
    one.handle({ type: 'control', ticket: 900_000, request: sendRequest(ofTwo, { wait: true }) });
    one.handle({ type: 'control-gone', ticket: 900_000 });
    world.setWire(honestWire);
    world.run();
    const replies = one.outputs.slice(before).filter(({ type }) => type === 'control-reply');
    expect(replies).toEqual([]);
    expect(notesOf(two, ofTwo)).toEqual([1]);
  });
});

describe('stop', () => {
  it('lets turns in flight end, begins no other, and says when everything is on disk', () => {
    one.setScript(() => undefined);
    one.send(ofOne, [['note', 1]]);
    one.handle({ type: 'stop' });
    one.settle();
    const isStopped = (): boolean => one.outputs.some(({ type }) => type === 'stopped');
    expect(isStopped()).toBe(false);
    const worker = one.outputs.findLast(({ type }) => type === 'worker-start');
    const turn = one.outputs.findLast(({ type }) => type === 'worker-frame');
    if (worker?.type !== 'worker-start' || turn?.type !== 'worker-frame')
      throw new Error('no turn');
    if (turn.frame.type !== 'turn') throw new Error('no turn');
    one.send(ofOne, [['note', 2]]);
    const failure = { name: 'Error', message: 'over' };
    const outcome = { type: 'outcome', turn: turn.frame.turn, status: 'failed', failure };
    const payload = Buffer.from(JSON.stringify(outcome));
    one.handle({ type: 'worker-frame', worker: worker.worker, payload });
    one.settle();
    expect(isStopped()).toBe(true);
    expect(one.store().inboxUsage()).toMatchObject([{ rows: 1 }]);
  });
});

describe('learn', () => {
  it('takes records that are signed and new, and gives its own', () => {
    const records = (vat: TestVat): string[] => {
      const reply = vat.control({ type: 'contacts' });
      return (reply as { value: { records: string[] } }).value.records;
    };
    const [record] = records(two);
    const forged = record!.replace('127.0.0.1', '127.0.0.2');
    const learnt = one.control({ type: 'learn', records: [record!, record!, forged, 'x'] });
    expect(learnt).toEqual({ ok: true, value: { learnt: 1, known: 2, refused: 1 } });
    expect(records(one)).toEqual([records(one)[0], record]);
    const { hint: _hint, ...bare } = ofTwo;
    expect(one.control(sendRequest(bare))).toMatchObject({ ok: true });
    world.run();
    expect(notesOf(two, ofTwo)).toEqual([1]);
  });
});
