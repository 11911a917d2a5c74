// The meter of a turn: how soon a turn that uses too much CPU is found, and what looking costs.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame, makeFrameSplitter } from '../../src/core/frames.ts';
import type { Qrid } from '../../src/core/ids.ts';
import {
  METER_FIRST_MS,
  METER_INTERVAL_MS,
  METER_INTERVAL_MS_MIN,
  TURN_CPU_MS_MAX,
  TURN_WALL_MS_MAX,
} from '../../src/core/limits.ts';
import { done } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { makeWorld, type World } from '../sim/world.ts';

/** The operating system counts CPU time in steps. */
const TICK_MS = 10;
const PHASES = [0, 1, 3, 5, 8, 9];

let world: World;
let one: TestVat;
let object: Qrid;
/** When the turn in flight began, and when a worker was ended. */
let beganMs: number;
let killedMs: number | undefined;
let turns: number[];
let readings: number;
let sent = 0;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  object = one.install();
  readings = 0;
  turns = [];
  killedMs = undefined;
  one.setScript(() => undefined);
  one.setSpy((output) => {
    if (output.type === 'worker-kill') killedMs ??= world.nowMs();
    if (output.type !== 'worker-frame' || output.frame.type !== 'turn') return;
    beganMs = world.nowMs();
    turns.push(output.frame.turn);
  });
});
afterEach(() => world.close());

/** The worker computes, but for a pause after 200 ms; the count began `phase` ms before. */
function computeAll(phase: number, pauseMs = 0): void {
  const zeroMs = world.nowMs();
  one.setMeter(() => {
    readings += 1;
    const ranMs = world.nowMs() - zeroMs;
    const usedMs = Math.max(ranMs - pauseMs, Math.min(ranMs, 200)) + phase;
    return Math.floor(usedMs / TICK_MS) * TICK_MS;
  });
}

/** Sends a message and lets no time pass. */
function send(): void {
  sent += 1;
  const args = { body: '[]', slots: [] };
  const request = { type: 'send', id: `m${sent}`, target: object, args, wait: false } as const;
  one.handle({ type: 'control', ticket: 1_000_000 + sent, request });
  one.settle();
}

function begin(phase = 0, pauseMs = 0): void {
  computeAll(phase, pauseMs);
  send();
}

/** The outcome of the oldest turn in flight. */
function answer(): void {
  const started = one.outputs.findLast(({ type }) => type === 'worker-start');
  const worker = started?.type === 'worker-start' ? started.worker : 0;
  const payload = makeFrameSplitter().push(encodeFrame(done(turns.shift() ?? 0)))[0]!;
  one.handle({ type: 'worker-frame', worker, payload });
}

describe('the meter of a turn', () => {
  it('Q52 finds a turn that computes too long soon after its limit, and never before', () => {
    const late: number[] = [];
    for (const phase of PHASES) {
      const pauseMs = phase * 11;
      begin(phase, pauseMs);
      killedMs = undefined;
      const startedMs = beganMs;
      world.run(TURN_CPU_MS_MAX + pauseMs + 100);
      late.push((killedMs ?? Number.NaN) - startedMs - TURN_CPU_MS_MAX - pauseMs);
      world.run();
    }
    const lateMsMax = METER_FIRST_MS + 2 * METER_INTERVAL_MS_MIN + TICK_MS;
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(lateMsMax);
  });

  it('lets a turn end that used all of its time and no more', () => {
    for (const phase of PHASES) {
      begin(phase);
      world.run(TURN_CPU_MS_MAX);
      answer();
      world.run(0);
    }
    expect(killedMs).toBeUndefined();
    expect(one.status()).toMatchObject({ turns: PHASES.length, workersLost: 0 });
  });

  it('counts each turn from its own begin', () => {
    computeAll(0);
    for (let count = 0; count < 4; count += 1) send();
    for (let ended = 0; ended < 4; ended += 1) {
      world.run(TURN_CPU_MS_MAX - 50);
      answer();
    }
    expect(killedMs).toBeUndefined();
    expect(one.status()).toMatchObject({ turns: 4, workersLost: 0 });
  });

  it('counts to no turn what others used whose outcomes wait in the pipe', () => {
    const turnCpuMs = 100;
    one.setLimits({ turnCpuMs });
    computeAll(0);
    for (let count = 0; count < 4; count += 1) send();
    world.run(METER_FIRST_MS);
    expect(readings).toBe(1);
    // A little late: three turns have ended when the kernel runs again, and its timer is first.
    world.stall(turnCpuMs / 2 + METER_INTERVAL_MS);
    one.handle({ type: 'tick' });
    one.settle();
    expect(readings).toBe(2);
    for (let ended = 0; ended < 3; ended += 1) answer();
    world.run(turnCpuMs - 20);
    expect(killedMs).toBeUndefined();
    world.run(100);
    expect(killedMs).toBeDefined();
    expect(one.status()).toMatchObject({ turns: 3, workersLost: 1 });
  });

  it('counts to no turn the time for which the whole machine was held', () => {
    begin();
    for (let held = 0; held < 3; held += 1) {
      world.run(TURN_CPU_MS_MAX / 5);
      world.stall(10 * TURN_CPU_MS_MAX);
      one.handle({ type: 'tick' });
      one.settle();
    }
    expect(killedMs).toBeUndefined();
    // What it used in between counts.
    world.run(TURN_CPU_MS_MAX);
    expect(killedMs).toBeDefined();
  });

  it('costs a short turn nothing and a long one a few readings', () => {
    for (let count = 0; count < 200; count += 1) {
      begin();
      world.run(METER_FIRST_MS - 1);
      answer();
      world.run(0);
    }
    expect(readings).toBe(0);
    begin();
    world.run(TURN_CPU_MS_MAX);
    expect(readings).toBeLessThanOrEqual(25);
  });

  it('does not hurry while the worker waits, and its silence ends it all the same', () => {
    one.setMeter(() => {
      readings += 1;
      return 500;
    });
    send();
    world.run(TURN_WALL_MS_MAX - 1_000);
    expect(killedMs).toBeUndefined();
    expect(readings).toBeLessThanOrEqual(TURN_WALL_MS_MAX / 100);
    world.run(1_100);
    expect(killedMs).toBeGreaterThanOrEqual(beganMs - TURN_WALL_MS_MAX);
  });

  it('holds no silence against a worker while the kernel itself was held', () => {
    one.setMeter(() => 0);
    send();
    for (let n = 0; n < 3; n += 1) {
      world.run(1_000);
      // A disk that stalls: its outcome waits in the pipe, and the deadline is looked at first.
      world.stall(TURN_WALL_MS_MAX + 1);
      one.handle({ type: 'tick' });
      one.settle();
    }
    expect(killedMs).toBeUndefined();
    world.run(TURN_WALL_MS_MAX);
    expect(killedMs).toBeDefined();
  });
});
