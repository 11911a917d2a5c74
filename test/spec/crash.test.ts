// Crashes: of the vat at any point, and of its worker in the middle of a turn.

import { afterEach, describe, expect, it } from 'vitest';
import { makeRandom } from '../sim/random.ts';
import { Death, isEffect } from '../sim/watched-store.ts';
import { someOf } from '../thorough.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { makeTestNet } from './net.ts';

/** Keeps every number it gets in order, tells a second object, and answers to a third. */
const STATION = `(args, power) => {
  const { memory, tally } = power;
  memory.count = (memory.count ?? 0) + 1;
  (memory.got ??= []).push(args.n);
  if (args.n % 5 === 4) { memory.mark = 'of a turn that threw'; tally.sendOnly(-1); args.back?.sendOnly(-1); throw Error('every fifth'); }
  tally.sendOnly(args.n);
  args.back?.sendOnly(args.n);
}`;

const LIST = '(args, power) => { (power.memory.got ??= []).push(args); }';

/** Sends the numbers up to \`args.to\`, some in each turn. */
const FEEDER = `(args, power) => {
  for (let k = 0; k < 5; k += 1) args.target.sendOnly({ n: args.from + k, back: args.back });
  if (args.from + 5 < args.to) args.self.sendOnly({ ...args, from: args.from + 5 });
}`;

const range = (to: number): number[] => Array.from({ length: to }, (_, n) => n);
const survivors = (to: number): number[] => range(to).filter((n) => n % 5 !== 4);

async function openPair(): Promise<{ one: TestVat; two: TestVat }> {
  const net = makeTestNet();
  const one = await openTestVat({ net, objects: { feeder: FEEDER, back: LIST } });
  const two = await openTestVat({ net, objects: { tally: LIST } });
  await two.install('station', STATION, { power: { tally: two.ref('tally') } });
  return { one, two };
}

function feed(one: TestVat, two: TestVat, to: number): Promise<unknown> {
  const args = {
    from: 0,
    to,
    target: two.ref('station'),
    back: one.ref('back'),
    self: one.ref('feeder'),
  };
  return one.queue('feeder', args);
}

function expectWhole(one: TestVat, two: TestVat, to: number): void {
  const list = { got: survivors(to) };
  expect(two.memory('station')).toEqual({ count: list.got.length, ...list });
  expect(two.memory('tally')).toEqual(list);
  expect(one.memory('back')).toEqual(list);
}

describe('crashes', () => {
  afterEach(closeTestVats);

  it('Q20 a run without a crash is what every other run is compared with', async () => {
    const { one, two } = await openPair();
    await feed(one, two, 60);
    await one.net.run();
    expectWhole(one, two, 60);
    expect(await two.log('failure')).toHaveLength(12);
  });

  for (const seed of someOf([1, 2, 3], 3)) {
    it(`Q20 after deaths at random writes each message took effect once (seed ${seed})`, async () => {
      const { one, two } = await openPair();
      const random = makeRandom(seed);
      const deaths = { one: 0, two: 0 };
      // Before or after any write, commits included: what was not committed is lost each time.
      const arm = (vat: TestVat, name: 'one' | 'two'): void => {
        let calls = 5 + Math.floor(random() * 60);
        vat.setWatch({
          before: (call) => {
            if (!isEffect(call) || deaths[name] >= 4) return;
            calls -= 1;
            if (calls !== 0) return;
            deaths[name] += 1;
            arm(vat, name);
            throw new Death();
          },
          after: (call) => {
            if (call.name !== 'commit' || deaths[name] >= 4 || random() > 0.1) return;
            deaths[name] += 1;
            throw new Death();
          },
        });
      };
      arm(one, 'one');
      arm(two, 'two');
      await feed(one, two, 60);
      await one.net.run();
      for (const vat of [one, two]) vat.setWatch(undefined);
      expectWhole(one, two, 60);
      expect(deaths.one + deaths.two).toBeGreaterThan(4);
    });
  }

  it('Q20 a vat that is killed at rest and under load goes on from its last commit', async () => {
    const { one, two } = await openPair();
    await feed(one, two, 100);
    for (const vat of [two, one, two, one]) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      await vat.crash();
    }
    await one.net.run();
    expectWhole(one, two, 100);
    const before = [one.memory('back'), two.memory('tally')];
    for (const vat of [one, two]) await vat.crash();
    await one.net.run();
    expect([one.memory('back'), two.memory('tally')]).toEqual(before);
  });

  it('R7 a worker that is killed in a turn is replaced, and the turn runs again in a fresh one', async () => {
    const slow = `(args, power) => {
      power.memory.got = [...(power.memory.got ?? []), args];
      let x = 0; for (let k = 0; k < 3e7; k += 1) x = (x + k) % 7;
      power.memory.x = x;
    }`;
    const vat = await openTestVat({ objects: { slow, other: LIST } });
    const versions = await vat.install('version', '(args, power) => { power.memory.version = 2; }');
    await vat.send('other', 'before');
    for (const n of [1, 2, 3]) await vat.queue('slow', n);
    await vat.queue('other', 'after');
    await vat.queue(versions);
    const [first] = vat.workerPids();
    for (let kills = 0; kills < 3; kills += 1) {
      const pid = await workerOf(vat);
      await new Promise((resolve) => setTimeout(resolve, 20));
      process.kill(pid, 'SIGKILL');
      await gone(vat, pid);
    }
    await vat.run();
    expect(vat.memory('slow')).toMatchObject({ got: [1, 2, 3] });
    expect(vat.memory('other')).toEqual({ got: ['before', 'after'] });
    // Code of several objects is there again, without anybody installing it anew.
    expect(vat.memory(versions)).toEqual({ version: 2 });
    const status = await vat.status();
    expect(status).toMatchObject({ quarantined: 0, inbox: { rows: 0 } });
    expect(status.workersLost).toBeGreaterThan(0);
    expect(vat.workerPids()).not.toContain(first);
  });

  it('R7 a message whose worker dies each time is taken out after five attempts alone', async () => {
    const vat = await openTestVat({
      objects: {
        fatal: '(args, power) => { power.memory.ran = 1; for (;;) power.log("still here"); }',
        other: LIST,
      },
    });
    await vat.send('other', 'warm');
    let kills = 0;
    // Whoever runs this object is killed from outside as soon as it has begun.
    vat.onOutput((output) => {
      if (output.type !== 'worker-frame' || output.frame.type !== 'turn') return;
      if (output.frame.target !== vat.ref('fatal').id) return;
      kills += 1;
      for (const pid of vat.workerPids()) process.kill(pid, 'SIGKILL');
    });
    await vat.queue('fatal');
    await vat.queue('other', 'after');
    await vat.run();
    // Once in a batch, which is nobody's fault yet, and five times alone.
    expect(kills).toBeGreaterThanOrEqual(5);
    expect(kills).toBeLessThanOrEqual(6);
    expect(await vat.status()).toMatchObject({ quarantined: 1, inbox: { rows: 0 } });
    expect((await vat.log('failure')).join()).toContain('QRT_MESSAGE_QUARANTINED');
    expect([vat.memory('fatal'), vat.memory('other')]).toEqual([{}, { got: ['warm', 'after'] }]);
  });
});

async function workerOf(vat: TestVat): Promise<number> {
  for (;;) {
    const [pid] = vat.workerPids();
    const { worker } = await vat.status();
    if (pid !== undefined && (worker === 'busy' || worker === 'idle')) return pid;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function gone(vat: TestVat, pid: number): Promise<void> {
  while (vat.workerPids().includes(pid)) await new Promise((resolve) => setTimeout(resolve, 2));
}
