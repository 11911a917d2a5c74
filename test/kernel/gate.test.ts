// The output gate: what leaves a vat is on its disk, as another connection reads it at that moment.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { TURNS_IN_FLIGHT_MAX } from '../../src/core/limits.ts';
import { parseBox, parseEnvelope, parseReceipt } from '../../src/core/wire.ts';
import type { SendReply, VatOutput } from '../../src/kernel/ports.ts';
import { openReader, type StoreReader } from '../../src/store/reader.ts';
import { makeEnemyWire } from '../sim/enemy-wire.ts';
import { honestWire } from '../sim/network.ts';
import { done } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let ofOne: Qrid;
let ofTwo: Qrid;
const readers: StoreReader[] = [];

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  ofOne = one.install();
  ofTwo = two.install();
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
  world.close();
});

/** What an output claims that is not on disk; empty when it may leave. */
function claimsTooMuch(output: VatOutput, reader: StoreReader): string[] {
  if (output.type === 'control-reply') {
    const value = output.reply.ok ? (output.reply.value as SendReply) : undefined;
    if (value?.to === 'outbox') {
      const isThere = sentTo(reader, value.peer!) >= value.number!;
      return isThere ? [] : [`item ${value.number} is said to be queued`];
    }
    return [];
  }
  if (output.type !== 'post' && !(output.type === 'reply' && output.status === 200)) return [];
  const envelope = parseEnvelope(output.bytes);
  if (!envelope) return [];
  const peer = world.vats().find(({ id }) => id === envelope.to)!;
  const plaintext = peer.sealer.open(envelope)!;
  const row = reader.peers().find(({ vat }) => vat === envelope.to);
  if (output.type === 'reply') {
    const { lanes } = parseReceipt(plaintext)!;
    const stored = [row?.['receivedMessages'] ?? 0, row?.['receivedAnswers'] ?? 0];
    return lanes.flatMap(({ next }, lane) =>
      next - 1 > Number(stored[lane]) ? [`receipt for ${next - 1}, stored ${stored[lane]}`] : [],
    );
  }
  const { lanes } = parseBox(plaintext)!;
  const rows = reader.outbox().filter((each) => each['peer'] === envelope.to);
  return lanes.flatMap(({ first, items }, lane) =>
    items.flatMap((_item, index) => {
      const isThere = rows.some(
        (each) => each['lane'] === lane + 1 && each['number'] === first + index,
      );
      return isThere ? [] : [`item ${first + index} of lane ${lane + 1} leaves`];
    }),
  );
}

const sentTo = (reader: StoreReader, peer: string): number =>
  Number(reader.peers().find(({ vat }) => vat === peer)?.['sentMessages'] ?? 0);

/** Notes everything that leaves `vat` too early. */
function watchGate(vat: TestVat): string[] {
  const early: string[] = [];
  const reader = openReader({ path: vat.path });
  readers.push(reader);
  vat.setSpy((output) => early.push(...claimsTooMuch(output, reader)));
  return early;
}

describe('output gate', () => {
  it('Q19 no receipt, box or reply says what is not on disk, whatever the network does', () => {
    const early = world.vats().flatMap((vat) => [watchGate(vat)]);
    world.setWire(makeEnemyWire({ random: world.random, vats: world.vats }));
    for (let n = 0; n < 40; n += 1) {
      one.send(ofTwo, [['note', n]], { slots: [ofOne] });
      two.send(ofOne, [['send', 0, [['note', -n]], [0]]], { slots: [ofTwo] });
      one.send(ofOne, [['note', n]]);
      world.run(2_000);
    }
    world.setWire(honestWire);
    expect(world.run()).toBe(true);
    expect(notesOf(two, ofTwo)).toHaveLength(80);
    expect(early).toEqual([[], []]);
  });

  it('Q19 while a turn runs, receipts and replies wait for their commit', () => {
    const early = watchGate(one);
    one.setScript(() => undefined);
    one.send(ofOne);
    one.settle();
    two.send(ofOne, [['note', 1]]);
    const waiting = (): VatOutput[] =>
      one.outputs.filter((output) => output.type === 'reply' && output.status === 200);
    const before = waiting().length;
    world.run(3);
    const reply = one.ask({ type: 'ping' });
    expect(one.status().worker).toBe('busy');
    world.run(50);
    expect(reply()).toMatchObject({ ok: true });
    expect(waiting().length).toBeGreaterThan(before);
    expect(early).toEqual([]);
  });

  it('Q19 Q46 a box that comes twice is receipted twice, and not before its commit', () => {
    two.send(ofOne, [['note', 'first']]);
    world.run();
    const early = watchGate(one);
    one.setScript(() => undefined);
    one.send(ofOne);
    one.settle();
    world.setWire((bytes, passage) =>
      [0, 0].flatMap(() => honestWire(bytes, passage)).map((fate) => ({ ...fate })),
    );
    const receipts = (): number =>
      one.outputs.filter((output) => output.type === 'reply' && output.status === 200).length;
    const before = receipts();
    two.send(ofOne, [['note', 'twice']]);
    world.run(50);
    expect(one.status().worker).toBe('busy');
    expect(receipts()).toBe(before + 2);
    expect(early).toEqual([]);
  });

  it('Q19 a box that leaves while a turn runs holds only what is on disk', () => {
    one.send(ofTwo, [['note', 'first']]);
    two.send(ofOne);
    world.run();
    one.setScript(() => undefined);
    one.send(ofOne);
    two.halt();
    one.send(ofTwo, [['note', 'on disk']]);
    world.run(20_000);
    const early = watchGate(one);
    const posts = (): number => one.outputs.filter(({ type }) => type === 'post').length;
    const before = posts();
    two.revive();
    world.run(1);
    // It joins the open transaction, and the peer is heard of before that is committed.
    const reply = one.ask({
      type: 'send',
      id: 'late',
      target: ofTwo,
      args: { body: '[["note","not yet"]]', slots: [] },
      wait: false,
    });
    world.run(3);
    expect(reply()).toBeUndefined();
    expect(posts()).toBeGreaterThan(before);
    expect(early).toEqual([]);
    world.run(1_000);
    expect(notesOf(two, ofTwo)).toEqual(['first', 'on disk', 'not yet']);
  });
});

describe('group commit', () => {
  const commitsOf = (vat: TestVat): number => vat.store().readCounters().commits;

  it(`${TURNS_IN_FLIGHT_MAX} turns of one batch share one commit`, () => {
    one.setScript(() => undefined);
    for (let n = 0; n < TURNS_IN_FLIGHT_MAX * 2; n += 1) one.send(ofOne, [['note', n]]);
    one.crash();
    one.setScript(({ turn }) => done(turn));
    const before = commitsOf(one);
    world.run(100);
    expect(one.status()).toMatchObject({ turns: TURNS_IN_FLIGHT_MAX * 2, inbox: { rows: 0 } });
    expect(commitsOf(one) - before).toBe(2);
  });

  it('a message that is queued and consumed in one transaction is never written', () => {
    const written: string[] = [];
    one.setWatch({ before: ({ name }) => written.push(name) });
    one.send(ofOne, [['send', 0, [['send', 0, [['note', 'deep']]]], [0]]], { slots: [ofOne] });
    world.run(100);
    expect(notesOf(one, ofOne)).toEqual(['deep']);
    one.send(ofOne, [['note', 'flat']]);
    world.run(100);
    expect(notesOf(one, ofOne)).toEqual(['deep', 'flat']);
    expect(written.filter((name) => name === 'insertInbox')).toHaveLength(0);
  });
});
