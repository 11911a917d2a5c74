// Starts: a message that kills the kernel itself does not do so for ever.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QrtError } from '../../src/core/errors.ts';
import type { Qrid } from '../../src/core/ids.ts';
import { ATTEMPTS_UNKNOWN_MAX } from '../../src/core/limits.ts';
import { disagreements } from '../sim/checks.ts';
import { runProgram, type Script } from '../sim/scripted-worker.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { Death } from '../sim/watched-store.ts';
import { makeWorld, notesOf, type World } from '../sim/world.ts';

let world: World;
let one: TestVat;
let two: TestVat;
let object: Qrid;
let other: Qrid;

beforeEach(() => {
  world = makeWorld();
  one = world.vat('one');
  two = world.vat('two');
  object = one.install();
  other = one.install();
});
afterEach(() => world.close());

/** Twenty messages for two objects, committed while the vat runs nothing; one of them is fatal. */
function fill(): void {
  one.setScript(() => undefined);
  for (let n = 0; n < 10; n += 1) {
    for (const to of [object, other]) {
      two.send(to, [['note', n === 4 && to === object ? 'fatal' : n]]);
    }
  }
  world.run(100);
}

const isFatal = (body: string): boolean => body.includes('"fatal"');
const starts = (): number => one.store().readCounters().starts;
const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const withoutFour = all.filter((n) => n !== 4);

function expectQuarantine(attempts: number): void {
  expect(one.status()).toMatchObject({ quarantined: 1, inbox: { rows: 0 } });
  expect(one.log().find(({ level }) => level === 'failure')?.text).toContain(
    `QRT_MESSAGE_QUARANTINED: after ${attempts} attempts: unknown`,
  );
  expect(notesOf(one, object)).toEqual(withoutFour);
  expect(notesOf(one, other)).toEqual(all);
  expect(starts()).toBe(0);
  expect(disagreements(world)).toEqual([]);
}

describe('starts', () => {
  it('a message at which the kernel dies is quarantined after five attempts alone', () => {
    fill();
    one.setScript((turn, tell) => {
      if (isFatal(turn.args.body)) one.crash();
      else return runProgram(turn, tell);
      return undefined;
    });
    const lives = one.lives();
    one.crash();
    expect(starts()).toBe(1);
    world.run();
    expectQuarantine(ATTEMPTS_UNKNOWN_MAX);
    // Our own, one in a batch, then five alone.
    expect(one.lives() - lives).toBe(2 + ATTEMPTS_UNKNOWN_MAX);
  });

  it('so is one at whose outcome the kernel dies, before or in its commit', () => {
    for (const point of ['updateMemory', 'commit']) {
      fill();
      let isNext = false;
      one.setScript((turn, tell) => {
        isNext ||= isFatal(turn.args.body);
        return runProgram(turn, tell);
      });
      one.setWatch({
        before: ({ name }) => {
          if (!isNext || name !== point) return;
          isNext = false;
          throw new Death();
        },
      });
      const before = one.status().quarantined;
      one.crash();
      world.run();
      one.setWatch(undefined);
      expect(one.status(), point).toMatchObject({ quarantined: before + 1, inbox: { rows: 0 } });
    }
    expect(notesOf(one, object)).toEqual([...withoutFour, ...withoutFour]);
    expect(notesOf(one, other)).toEqual([...all, ...all]);
  });

  it('from the second start on what was in the inbox runs alone, and newer messages behind it', () => {
    fill();
    one.crash();
    one.crash();
    expect(starts()).toBe(2);
    let inFlight = 0;
    const counts: [number, boolean][] = [];
    one.setSpy((output) => {
      if (output.type === 'worker-frame' && output.frame.type === 'turn') inFlight += 1;
    });
    one.setScript((turn, tell) => {
      counts.push([inFlight, turn.args.body.includes('new')]);
      inFlight -= 1;
      return runProgram(turn, tell);
    });
    for (let n = 0; n < 50; n += 1) two.send(object, [['note', `new ${n}`]]);
    world.run();
    expect(counts.filter(([, isNew]) => !isNew).map(([count]) => count)).toEqual(Array(20).fill(1));
    expect(Math.max(...counts.map(([count]) => count))).toBeGreaterThan(8);
    const notes = notesOf(one, object);
    expect(notes.slice(0, 10).map(String)).toEqual(all.map((n) => (n === 4 ? 'fatal' : `${n}`)));
    expect(notes.slice(10)).toEqual(Array.from({ length: 50 }, (_, n) => `new ${n}`));
    expect(starts()).toBe(0);
  });

  it('a clean stop, and an inbox that was worked off, begin the count anew', () => {
    fill();
    one.crash();
    one.crash();
    expect(starts()).toBe(2);
    one.handle({ type: 'stop' });
    one.settle();
    expect(one.outputs.at(-1)).toEqual({ type: 'stopped' });
    expect(starts()).toBe(0);
    one.crash();
    expect(starts()).toBe(1);
    one.setScript(runProgram);
    world.run();
    expect(starts()).toBe(0);
    one.crash();
    expect(starts()).toBe(0);
  });

  it('a full disk is neither a start nor an attempt', () => {
    fill();
    one.crash();
    one.crash();
    let fulls = 0;
    let isNext = false;
    one.setScript((turn, tell) => {
      isNext = isFatal(turn.args.body);
      return runProgram(turn, tell);
    });
    // Ten times there is no room for what the message does.
    one.setWatch({
      before: ({ name }) => {
        if (!isNext || name !== 'commit' || fulls === 10) return;
        fulls += 1;
        isNext = false;
        throw new QrtError('QRT_DISK_FULL', { dir: 'test' });
      },
    });
    world.run();
    expect(fulls).toBe(10);
    expect(one.status()).toMatchObject({ quarantined: 0, inbox: { rows: 0 } });
    expect(notesOf(one, object)).toEqual(all.map((n) => (n === 4 ? 'fatal' : n)));
    expect(starts()).toBe(0);
  });

  it('a stop does not wait for turns that take long, and holds that against none of them', () => {
    const hang: Script = () => undefined;
    fill();
    one.crash();
    one.crash();
    one.setScript(hang);
    world.run(1_000);
    expect(one.status().worker).toBe('busy');
    one.handle({ type: 'stop' });
    world.run(6_000);
    expect(one.outputs.at(-1)).toEqual({ type: 'stopped' });
    expect(starts()).toBe(0);
    const owner = one.store().waitingOwners()[0]!;
    const [row] = one.store().inboxAfter({ owner, seq: 0, limit: 1 });
    expect(row).toMatchObject({ attemptsUnknown: 0, attemptsLimit: 0 });
    one.crash();
    one.setScript(runProgram);
    world.run();
    expect(notesOf(one, other)).toEqual(all);
  });
});
