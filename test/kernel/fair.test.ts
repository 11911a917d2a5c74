// Fair shares of the worker: whose turn is next, and what one owner may cost the others.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TURN_RECALL_MS, WATCHED_TURNS } from '../../src/core/fair-limits.ts';
import type { Qrid } from '../../src/core/ids.ts';
import { TURN_CPU_MS_MAX } from '../../src/core/limits.ts';
import { IN_FLIGHT } from '../sim/in-flight.ts';
import { runProgram, type Script, type TurnFrame } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { localIdOf, makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let good: Qrid;
let bad: Qrid;
/** Each turn that was handed to the worker: whose, and when. */
let turns: { readonly who: string; readonly atMs: number }[];
/** Whether the worker of now is in a turn that never ends. */
let isStuck: boolean;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  good = one.install();
  bad = one.install();
  turns = [];
  const names = new Map([
    [localIdOf(one, good), 'good'],
    [localIdOf(one, bad), 'bad'],
  ]);
  isStuck = false;
  one.setSpy((output) => {
    if (output.type === 'worker-start') isStuck = false;
    if (output.type !== 'worker-frame' || output.frame.type !== 'turn') return;
    turns.push({ who: names.get(output.frame.target) ?? '?', atMs: world.nowMs() });
  });
  // CPU time is real time: whoever computes does nothing else.
  one.setMeter(() => world.nowMs());
});
afterEach(() => world.close());

/** Sends `count` messages to each, by way of a peer so that they come at once. */
function flood(count: number, ...targets: readonly Qrid[]): void {
  for (let n = 0; n < count; n += 1) for (const to of targets) two.send(to, [['note', n]]);
}

/** The bad one computes for ever, the others for no time. */
const loopAtBad: Script = (turn, tell) => {
  isStuck ||= turn.target === localIdOf(one, bad);
  return isStuck ? undefined : runProgram(turn, tell);
};

const order = (): string => turns.map(({ who }) => who[0]).join('');

describe('fair shares', () => {
  it('owners are served in turn, each by the order of its own messages', () => {
    one.setScript(runProgram);
    flood(200, good, bad);
    world.run();
    let ahead = 0;
    for (const who of order()) {
      ahead += who === 'g' ? 1 : -1;
      // At the beginning one may be known to be quick a moment before the other.
      expect(Math.abs(ahead)).toBeLessThanOrEqual(IN_FLIGHT);
    }
    expect(order()).toContain('gb'.repeat(IN_FLIGHT));
    expect(notesOf(one, good)).toEqual([...Array(200).keys()]);
    expect(notesOf(one, bad)).toEqual([...Array(200).keys()]);
  });

  it('between two turns that hit the deadline another gets its turn', () => {
    one.setScript(loopAtBad);
    flood(4, bad);
    flood(40, good);
    world.run();
    expect(notesOf(one, good)).toHaveLength(40);
    expect(one.status()).toMatchObject({ quarantined: 4, inbox: { rows: 0 } });
    const busy = order().slice(0, order().lastIndexOf('g'));
    expect(busy).not.toContain('bb');
  });

  it('a message waits for one deadline at most, however many there are that hit it', () => {
    one.setScript(loopAtBad);
    flood(30, bad);
    world.run(2_500);
    // Somebody who sends now and then, at any moment of the others' deadlines.
    const waits: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      world.run(137 + 61 * n);
      const sentMs = world.nowMs();
      one.send(good, [['note', n]]);
      while (notesOf(one, good).length <= n) world.run(10);
      waits.push(world.nowMs() - sentMs);
    }
    expect(notesOf(one, good)).toEqual([...Array(20).keys()]);
    // The meter is read every 100 ms at most, once to begin with and once beyond the limit.
    expect(Math.max(...waits)).toBeLessThanOrEqual(TURN_CPU_MS_MAX + 250);
  });

  it('who has to wait for many deadlines has half of the time for itself', () => {
    // Two that loop, and one with more to do than there is time.
    const third = one.install();
    const held: { readonly atMs: number; readonly answer: () => void }[] = [];
    one.setScript((turn, tell) => {
      isStuck ||= turn.target !== localIdOf(one, good);
      if (isStuck) return undefined;
      const atMs = (held.at(-1)?.atMs ?? world.nowMs()) + 20;
      held.push({ atMs, answer: () => void tell(runProgram(turn, tell)!) });
      return undefined;
    });
    flood(5, bad, third);
    flood(1_000, good);
    for (const endMs = world.nowMs() + 20_000; world.nowMs() < endMs; ) {
      world.run(10);
      while (held[0] && held[0].atMs <= world.nowMs()) held.shift()?.answer();
    }
    // 20 ms each: a thousand would fill the time.
    expect(notesOf(one, good).length).toBeGreaterThan(350);
    expect(one.status().quarantined).toBeGreaterThan(2);
  });

  it('innocents of a batch that died run before whoever is suspected, and lose nothing', () => {
    one.setScript(loopAtBad);
    flood(8, good);
    flood(1, bad);
    flood(8, good);
    world.run();
    expect(notesOf(one, good)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7]);
    // In the batch, and twice alone, when nobody else has anything to do.
    expect(order().split('b')).toHaveLength(4);
    expect(order()).toMatch(/bb$/);
    expect(one.status()).toMatchObject({ quarantined: 1, workersLost: 3 });
  });

  it('who ended a worker and has more waiting is held back from that moment on', () => {
    one.setScript(loopAtBad);
    flood(1, bad);
    flood(40, good);
    flood(3, bad);
    world.run();
    // The others have as much time before its next turn, and need none: all of theirs come first.
    expect(order()).toMatch(/^bg{40,}b+$/);
    expect(one.status()).toMatchObject({ quarantined: 4, inbox: { rows: 0 } });
  });

  it('who was quick and is slow gives the worker back, and nothing is lost', () => {
    const held: TurnFrame[] = [];
    one.setScript((turn, tell) => {
      const isSlow = turn.args.body === '[["note",40]]' && turn.target === localIdOf(one, bad);
      if (!isSlow && held.length === 0) return runProgram(turn, tell);
      held.push(turn);
      return undefined;
    });
    flood(100, bad);
    world.run(50);
    expect(held).toHaveLength(IN_FLIGHT);
    flood(1, good);
    world.run(TURN_RECALL_MS);
    const slow = held[0]!;
    held.splice(0);
    turns.splice(0);
    one.answer(slow, runProgram);
    // The next worker is wanted at once, so what is ready to be it stays.
    const kills = one.outputs.filter(({ type }) => type === 'worker-kill');
    expect(kills).toMatchObject([{ reason: 'recall' }]);
    world.run();
    expect(order()).toMatch(/^gb{59}$/);
    expect(notesOf(one, bad)).toEqual([...Array(100).keys()]);
    expect(one.status()).toMatchObject({ quarantined: 0, workersLost: 0, turns: 101 });
  });

  it('who ended a worker shares no batch until it behaved for a while', () => {
    let isBad = true;
    one.setScript((turn, tell) => (isBad ? loopAtBad(turn, tell) : runProgram(turn, tell)));
    flood(1, bad);
    world.run();
    isBad = false;
    turns.splice(0);
    let [inFlight, most] = [0, 0];
    one.setSpy((output) => {
      if (output.type === 'worker-frame' && output.frame.type === 'turn') inFlight += 1;
      most = Math.max(most, inFlight);
    });
    one.setScript((turn, tell) => {
      inFlight -= 1;
      return runProgram(turn, tell);
    });
    flood(WATCHED_TURNS, bad);
    world.run();
    expect([most, notesOf(one, bad).length]).toEqual([1, WATCHED_TURNS]);
    flood(WATCHED_TURNS, bad);
    world.run();
    expect(most).toBeGreaterThan(1);
  });
});
