// Blame: whose fault it is when a worker dies, and what becomes of that message.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Qrid } from '../../src/core/ids.ts';
import { ATTEMPTS_LIMIT_MAX, ATTEMPTS_UNKNOWN_MAX } from '../../src/core/limits.ts';
import type { WorkerEnd } from '../../src/kernel/ports.ts';
import { openReader } from '../../src/store/reader.ts';
import { disagreements } from '../sim/checks.ts';
import { runProgram, type Script } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let object: Qrid;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  object = one.install();
});
afterEach(() => world.close());

/** Vat two sends 0, 1, 2 and so on; `poison` is what the fatal one says. */
function sendTen(poison?: string): void {
  for (let n = 0; n < 10; n += 1) {
    two.send(object, [
      ['note', n],
      ['log', n === 4 && poison ? poison : ''],
    ]);
  }
}

const isPoison = (body: string, poison: string): boolean => body.includes(`"${poison}"`);
const withoutFour = [0, 1, 2, 3, 5, 6, 7, 8, 9];
const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Runs everything but the poison, at which the worker never answers. */
const hangAt =
  (poison: string): Script =>
  (turn, tell) =>
    isPoison(turn.args.body, poison) ? undefined : runProgram(turn, tell);

/** Runs everything but the poison, at which the worker ends. */
const dieAt =
  (poison: string, end: WorkerEnd): Script =>
  (turn, tell) => {
    if (!isPoison(turn.args.body, poison)) return runProgram(turn, tell);
    one.endWorker(end);
    return undefined;
  };

beforeEach(() => {
  // Programs write lines: without the grant that would break the worker.
  object = one.install({ grants: ['log'] });
});

function expectQuarantine(cause: string, attempts: number): void {
  expect(one.status()).toMatchObject({ quarantined: 1, inbox: { rows: 0 } });
  const text = `QRT_MESSAGE_QUARANTINED: after ${attempts} attempts: ${cause}`;
  expect(one.log().filter(({ level }) => level === 'failure')).toMatchObject([
    { text: expect.stringContaining(text) },
  ]);
  expect(notesOf(one, object)).toEqual(withoutFour);
  // The vat that sent it sees it.
  expect(two.status().links).toMatchObject([
    { refusals: 1, lastRefusal: 'QRT_MESSAGE_QUARANTINED', received: [0, 1] },
  ]);
  expect(two.log().map(({ text: line }) => line)).toEqual([
    expect.stringContaining('item 6 was refused by this peer: QRT_MESSAGE_QUARANTINED'),
  ]);
  expect(disagreements(world)).toEqual([]);
}

describe('blame', () => {
  it('Q52 a message that uses up its CPU time twice alone is quarantined, the rest runs', () => {
    let cpuMs = 0;
    one.setMeter(() => {
      cpuMs += 300;
      return cpuMs;
    });
    one.setScript(hangAt('loop'));
    sendTen('loop');
    world.run();
    expectQuarantine('cpu', ATTEMPTS_LIMIT_MAX);
    expect(one.status().workersLost).toBe(1 + ATTEMPTS_LIMIT_MAX);
  });

  it('a message that says nothing for too long twice alone is quarantined', () => {
    one.setScript(hangAt('silence'));
    sendTen('silence');
    world.run();
    expectQuarantine('wall', ATTEMPTS_LIMIT_MAX);
  });

  it('a message that exhausts the heap twice alone is quarantined', () => {
    one.setScript(dieAt('big', 'heap'));
    sendTen('big');
    world.run();
    expectQuarantine('heap', ATTEMPTS_LIMIT_MAX);
  });

  it('R7 a message at which the worker dies five times is quarantined', () => {
    one.setScript(dieAt('die', 'unknown'));
    sendTen('die');
    world.run();
    expectQuarantine('unknown', ATTEMPTS_UNKNOWN_MAX);
    expect(one.status().workersLost).toBe(1 + ATTEMPTS_UNKNOWN_MAX);
  });

  it('R7 a worker killed from outside once loses nothing', () => {
    let isKilled = false;
    one.setScript((turn, tell) => {
      if (isKilled || turn.args.body.includes('["note",2]') === false) {
        return runProgram(turn, tell);
      }
      isKilled = true;
      one.endWorker('unknown');
      return undefined;
    });
    sendTen();
    world.run();
    expect(notesOf(one, object)).toEqual(all);
    expect(one.status()).toMatchObject({ quarantined: 0, workersLost: 1, turns: 10 });
  });

  it('after a death each message of the batch runs alone, in order, then batches again', () => {
    /** How many turns were in flight when each turn was answered. */
    const counts: number[] = [];
    let inFlight = 0;
    one.setSpy((output) => {
      if (output.type === 'worker-kill') inFlight = 0;
      if (output.type === 'worker-frame' && output.frame.type === 'turn') inFlight += 1;
    });
    let deaths = 0;
    one.setScript((turn, tell) => {
      // In the middle of a batch.
      if (deaths === 0 && inFlight >= 4) {
        deaths += 1;
        one.endWorker('unknown');
        return undefined;
      }
      counts.push(inFlight);
      inFlight -= 1;
      return runProgram(turn, tell);
    });
    for (let n = 0; n < 30; n += 1) two.send(object, [['note', n]]);
    world.run(1_000);
    expect(notesOf(one, object)).toEqual([...Array(30).keys()]);
    expect(one.status()).toMatchObject({ workersLost: 1, turns: 30 });
    // One, then two; then the four of the batch that died, alone; then more again.
    expect(counts.slice(0, 6)).toEqual([1, 2, 1, 1, 1, 1]);
    expect(Math.max(...counts.slice(6))).toBeGreaterThan(4);
  });

  it('an attempt is on disk before it begins', () => {
    one.setScript(dieAt('die', 'unknown'));
    const reader = openReader({ path: one.path });
    const seen: unknown[] = [];
    one.setSpy((output) => {
      if (output.type !== 'worker-frame' || output.frame.type !== 'turn') return;
      if (!isPoison(output.frame.args.body, 'die')) return;
      const rows = reader.inbox().filter(({ args }) => isPoison(String(args), 'die'));
      seen.push(rows[0]?.['attemptsUnknown']);
    });
    sendTen('die');
    world.run();
    reader.close();
    // First in a batch, before its arrival is on disk; there nothing counts yet.
    expect(seen).toEqual([undefined, 1, 2, 3, 4, 5]);
  });

  it('attempts count on over deaths of the kernel', () => {
    let attempts = 0;
    one.setScript((turn, tell) => {
      if (!isPoison(turn.args.body, 'die')) return runProgram(turn, tell);
      attempts += 1;
      // In a batch, alone, in a batch of the next life, alone, and so on.
      if (attempts % 2 === 1) one.endWorker('unknown');
      else one.crash();
      return undefined;
    });
    sendTen('die');
    world.run();
    expectQuarantine('unknown', ATTEMPTS_UNKNOWN_MAX);
  });

  it('a worker that never comes to be ready is tried again later and is nobodys fault', () => {
    one.setStarting(false);
    sendTen();
    world.run(60_000);
    const starts = one.outputs.filter(({ type }) => type === 'worker-start').length;
    expect(starts).toBeGreaterThan(3);
    expect(starts).toBeLessThan(60);
    expect(one.status()).toMatchObject({ quarantined: 0, inbox: { rows: 10 } });
    one.setStarting(true);
    world.run();
    expect(notesOf(one, object)).toEqual(all);
  });

  it('a quarantined message of this vat is logged and keeps nothing else waiting', () => {
    const other = one.install();
    one.setScript(dieAt('die', 'heap'));
    one.send(object, [['log', 'die']]);
    one.send(other, [['note', 1]]);
    world.run();
    expect(one.status()).toMatchObject({ quarantined: 1, links: [], inbox: { rows: 0 } });
    expect(notesOf(one, other)).toEqual([1]);
  });
});
