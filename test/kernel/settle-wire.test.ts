// Settling over a bad wire: statements are lost, repeated, held back, and put in again later.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { parseStatement, type Statement } from '../../src/core/statement.ts';
import { parseEnvelope } from '../../src/core/wire.ts';
import { disagreements } from '../sim/checks.ts';
import { copyBack } from '../sim/copy-back.ts';
import { doubtOf, settle } from '../sim/keeper.ts';
import { cutWire, type Fate, honestWire } from '../sim/network.ts';
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
});
afterEach(() => world.close());

const send = (from: TestVat, to: Qrid, values: readonly unknown[]): void => {
  for (const value of values) from.send(to, [['note', value]]);
};
const stateOf = (vat: TestVat): string | undefined => vat.status().links[0]?.state;

/** What an envelope says to either vat, if it is a statement. */
function statementIn(bytes: Uint8Array): Statement | undefined {
  const envelope = parseEnvelope(bytes);
  const plaintext = envelope && (envelope.to === one.id ? one : two).sealer.open(envelope);
  return plaintext && parseStatement(plaintext);
}

/** Vat one went back behind what vat two took. */
function doubt(label = 'lost'): void {
  send(one, ofTwo, ['first']);
  send(two, ofOne, ['first']);
  world.run();
  const restore = one.backup();
  send(one, ofTwo, [label]);
  world.run();
  copyBack(one, restore);
  world.run(60_000);
}
/** All is well, both ends go on, and what was sent since arrived once. */
function expectWell(): void {
  world.run(3_600_000);
  expect(disagreements(world)).toEqual([]);
  send(one, ofTwo, ['again']);
  send(two, ofOne, ['again']);
  expect(world.run()).toBe(true);
  expect(disagreements(world)).toEqual([]);
  expect(notesOf(two, ofTwo).filter((note) => note === 'again')).toHaveLength(1);
  expect(notesOf(one, ofOne).filter((note) => note === 'again')).toHaveLength(1);
}
/** Everything durable of the one link of a vat. */
const diskOf = (vat: TestVat): unknown => [vat.store().links(), vat.store().settlings()];

describe('statements on a bad wire', () => {
  it('lost, repeated, late and out of order end in the same numbers', () => {
    for (let seed = 0; seed < 8; seed += 1) {
      const label = `lost ${seed}`;
      doubt(label);
      world.setWire((bytes): Fate[] => {
        const copies = world.random() < 0.3 ? 0 : world.random() < 0.5 ? 1 : 3;
        return Array.from({ length: copies }, () => {
          const delayMs = Math.ceil(world.random() * 20_000);
          return { type: 'arrive', bytes, delayMs };
        });
      });
      settle(one, two, { rest: 'resend' });
      world.run(120_000);
      world.setWire(honestWire);
      world.run(3_600_000);
      expect([stateOf(one), stateOf(two)], label).toEqual(['ok', 'ok']);
      expect(disagreements(world), label).toEqual([]);
    }
    expectWell();
  });

  it('put in again later change nothing, at whatever vat and in whatever order', () => {
    doubt('one');
    settle(one, two, { rest: 'resend' });
    world.run(60_000);
    doubt('two');
    // Boxes and receipts of then as well.
    const old = [...world.sent];
    expect(old.filter((bytes) => statementIn(bytes)?.kind === 'settle').length).toBeGreaterThan(6);
    const replay = (): void => {
      for (const bytes of [...old, ...old.toReversed()]) {
        const vat = parseEnvelope(bytes)!.to === one.id ? one : two;
        vat.receive({ type: 'box', bytes }, () => undefined);
        vat.settle();
      }
    };
    // In doubt, and when all is well again.
    for (const stage of ['doubt', 'ok']) {
      expect(stateOf(two)).toBe(stage);
      world.setWire(cutWire);
      const before = [diskOf(one), diskOf(two)];
      replay();
      expect([diskOf(one), diskOf(two)]).toEqual(before);
      world.setWire(honestWire);
      world.run(60_000);
      if (stage === 'doubt') settle(one, two, { rest: 'resend' });
      world.run(60_000);
    }
    expectWell();
  });

  it('tell where a vat is, as the peer may have gone back to before it moved', () => {
    const begin = world.sent.length;
    doubt();
    settle(one, two, { rest: 'resend' });
    world.run();
    const said = world.sent.slice(begin).flatMap((bytes) => statementIn(bytes) ?? []);
    expect(said.length).toBeGreaterThan(2);
    for (const { stage, contacts } of said) expect([stage, contacts.length]).toEqual([stage, 1]);
  });

  it('of a vat that has no link with us are answered, and nothing is kept of them', () => {
    doubt();
    const stranger = world.vat('stranger');
    const [question] = world.sent.filter((bytes) => statementIn(bytes)?.kind === 'settle');
    const { from } = parseEnvelope(question!)!;
    const before = JSON.stringify(stranger.store().links());
    let replied: Uint8Array | undefined;
    stranger.receive({ type: 'box', bytes: question! }, (bytes) => {
      replied = bytes;
    });
    stranger.settle();
    // It was sealed for another.
    expect([from, replied]).toEqual([one.id, undefined]);
    expect(JSON.stringify(stranger.store().links())).toBe(before);
  });

  it('are no longer than what they answer, and come no faster than boxes to one that is silent', () => {
    doubt();
    const sizes = world.sent.filter((bytes) => statementIn(bytes)).map(({ length }) => length);
    expect(Math.max(...sizes)).toBeLessThan(2 * Math.min(...sizes));
    const before = world.sent.length;
    world.setWire(cutWire);
    one.crash();
    world.run(3_600_000);
    // One at each pause of at most 30 s.
    expect(world.sent.length - before).toBeLessThan(500);
  });
});

describe('a copy that was put back amid a settling', () => {
  it('at either side, at every commit of it, ends well for both', { timeout: 120_000 }, () => {
    const restores: { vat: TestVat; restore: () => void }[] = [];
    doubt();
    for (const vat of [one, two]) {
      vat.setWatch({
        after: ({ name }) => {
          if (name === 'commit') restores.push({ vat, restore: vat.backup() });
        },
      });
    }
    settle(one, two, { rest: 'resend' });
    world.run(60_000);
    send(one, ofTwo, ['new']);
    send(two, ofOne, ['new']);
    world.run(60_000);
    for (const vat of [one, two]) vat.setWatch(undefined);
    expect(restores.length).toBeGreaterThan(8);
    const end = [one, two].map((vat) => vat.backup());
    for (const { vat, restore } of restores) {
      for (const [index, each] of [one, two].entries()) {
        each.halt();
        end[index]!();
      }
      restore();
      for (const each of [one, two]) each.revive();
      world.run(120_000);
      for (const [side, peer] of [
        [one, two],
        [two, one],
      ] as const) {
        if (doubtOf(side, peer).links[0]?.isDecided === false)
          settle(side, peer, { rest: 'resend' });
      }
      world.run(3_600_000);
      expect([vat.name, stateOf(one), stateOf(two)]).toEqual([vat.name, 'ok', 'ok']);
      expect(disagreements(world)).toEqual([]);
      // Twice only where the operator has it sent again; never a third time.
      for (const notes of [notesOf(one, ofOne), notesOf(two, ofTwo)]) {
        expect(notes.filter((note) => note === 'new').length).toBeLessThanOrEqual(2);
      }
    }
  });
});
