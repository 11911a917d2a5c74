// Limits that an operator chose, in a real worker: each at its value and one beyond, with its code.

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { NODE_LIMIT_NAMES, NODE_LIMITS } from '../../src/core/node-limits.ts';
import { makeTestVat, type TestVat } from '../../src/testing/make-test-vat.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** What a turn may do at most, and the body of a function that does so much of it. */
interface Case {
  readonly max: number;
  readonly body: (count: number) => string;
  /** Why the turn fails one beyond. */
  readonly said: RegExp;
  readonly code: string;
}

const POISONED = 'QRT_TURN_POISONED';
const loop = (count: number, body: string) => `for (let n = 0; n < ${count}; n += 1) ${body};`;
const text = (bytes: number) => `'x'.repeat(${bytes})`;

const CASES: Readonly<Record<string, Case>> = {
  codeBytes: {
    max: 1_024,
    body: (bytes) => `make_object('() => "' + ${text(bytes - 8)} + '"');`,
    said: /larger than 1024|1024 bytes/,
    code: 'QRT_CODE_REFUSED',
  },
  powerBytes: {
    max: 1_025,
    body: (bytes) => `make_object('() => 1', { a: ${text(bytes - '{"a":""}'.length)} });`,
    said: /newpower is too large.*1025/,
    code: 'QRT_DATA_OVERSIZE',
  },
  memoryBytes: {
    max: 1_026,
    body: (bytes) => `memory.a = ${text(bytes - '{"a":""}'.length)};`,
    said: /power\.memory.* is too large.*1026/,
    code: 'QRT_DATA_OVERSIZE',
  },
  turnSends: { max: 3, body: (n) => loop(n, 'to.sendOnly(n)'), said: /3 sends/, code: POISONED },
  turnObjects: {
    max: 2,
    body: (n) => loop(n, "make_object('() => 1')"),
    said: /2 new objects/,
    code: POISONED,
  },
  turnLogLines: { max: 4, body: (n) => loop(n, 'log(n)'), said: /4 log lines/, code: POISONED },
  callDepth: {
    max: 2,
    body: (n) => `deep.call({ self: deep, n: ${n} });`,
    said: /nested more than 2 deep/,
    code: POISONED,
  },
};

describe('a limit of a turn that was chosen', () => {
  let vat: TestVat;
  beforeAll(async () => {
    const chosen = Object.entries(CASES).map(([name, { max }]) => [name, max]);
    vat = await makeTestVat({ limits: Object.fromEntries(chosen) });
  });
  afterAll(() => vat.close());

  const run = async (body: string) => {
    const deep = await vat.install({
      code: '({ self, n }) => (n > 1 ? self.call({ self, n: n - 1 }) : 1)',
    });
    const code = `({ to, deep }, { memory, make_object, log }) => { ${body} }`;
    const object = await vat.install({ code, grants: ['log'] });
    await vat.send(object, { to: vat.outside('bob'), deep });
    const [turn] = await vat.run();
    return turn;
  };

  it.each(Object.entries(CASES))('%s: at it a turn is done, one beyond it fails', async (_, it) => {
    expect(await run(it.body(it.max))).toMatchObject({ status: 'done' });
    const beyond = { code: it.code, message: expect.stringMatching(it.said) };
    expect(await run(it.body(it.max + 1))).toMatchObject({ status: 'failed', failure: beyond });
  });
});

describe('test vats with limits of their own', () => {
  let vat: TestVat | undefined;
  afterEach(() => vat?.close());

  it('outcomeBytes: an outcome of that size is done, one byte more fails', async () => {
    const max = 1_048_576;
    vat = await makeTestVat({ limits: { outcomeBytes: max, memoryBytes: 524_288 } });
    const code = `({ to, bytes }) => {
      for (let left = bytes; left > 0; left -= 250_000) {
        to.sendOnly('x'.repeat(Math.min(left, 250_000)));
      }
    }`;
    const object = await vat.install({ code });
    const run = async (bytes: number) => {
      await vat?.send(object, { to: vat.outside('bob'), bytes });
      return vat?.step();
    };
    let [done, failed] = [900_000, max];
    while (failed - done > 1) {
      const middle = Math.floor((done + failed) / 2);
      const turn = await run(middle);
      if (turn?.status === 'done') {
        done = middle;
        continue;
      }
      failed = middle;
      const { code: why = '' } = turn?.failure ?? {};
      expect(['QRT_DATA_OVERSIZE', 'QRT_TURN_POISONED']).toContain(why);
    }
    // What stands around the text of five sends, and nothing more.
    expect(max - done).toBeLessThan(1_000);
    expect(vat.outbox().length).toBeGreaterThan(0);
  });

  it('codeInstallBytes: code of that size is installed, a byte more is refused', async () => {
    vat = await makeTestVat({ limits: { codeInstallBytes: 2_048, codeBytes: 1_024 } });
    const codeOf = (bytes: number) => `() => "${'x'.repeat(bytes - 8)}"`;
    await vat.install({ code: codeOf(2_048) });
    await expect(vat.install({ code: codeOf(2_049) })).rejects.toMatchObject({
      code: 'QRT_CODE_REFUSED',
      message: expect.stringContaining('2048'),
    });
  });

  it('powerBytes: an operator gives no more than an object', async () => {
    vat = await makeTestVat({ limits: { powerBytes: 1_024 } });
    const power = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });
    await vat.install({ code: '() => 1', power: power(1_024) });
    await expect(vat.install({ code: '() => 1', power: power(1_025) })).rejects.toMatchObject({
      code: 'QRT_DATA_OVERSIZE',
    });
  });

  it('turnCpuMs: an endless loop is ended, and said to be', async () => {
    vat = await makeTestVat({ limits: { turnCpuMs: 100 } });
    await vat.send(await vat.install({ code: '() => { for (;;); }' }));
    expect(await vat.step()).toMatchObject({
      status: 'quarantined',
      failure: { message: 'A message was taken out after 2 attempts: cpu.' },
    });
  });

  it('workerHeapMib: what fits a larger heap is too much for the least', async () => {
    const code = `() => {
      const all = [];
      for (let n = 0; n < 1_200_000; n += 1) all.push({ n });
    }`;
    vat = await makeTestVat({ limits: { workerHeapMib: 32 } });
    await vat.send(await vat.install({ code }));
    expect(await vat.step()).toMatchObject({ status: 'quarantined' });
    await vat.close();
    vat = await makeTestVat({ limits: { workerHeapMib: 256, workerDataBytes: 800_000_000 } });
    await vat.send(await vat.install({ code }));
    expect(await vat.step()).toMatchObject({ status: 'done' });
  });

  it('with the least of everything a vat still works', async () => {
    const least = NODE_LIMIT_NAMES.map((name) => [name, NODE_LIMITS[name].min]);
    vat = await makeTestVat({ limits: Object.fromEntries(least) });
    const counter = await vat.install({ path: 'counter' });
    const friend = await vat.sink();
    const code = `({ to }, { memory, make_object }) => {
      memory.child = make_object('({ to }) => to.sendOnly(1)', {});
      memory.child.sendOnly({ to });
    }`;
    await vat.send(counter, { add: 2 });
    await vat.send(await vat.install({ code }), { to: friend });
    for (const turn of await vat.run()) expect(turn).toMatchObject({ status: 'done' });
    expect(await vat.memory(counter)).toEqual({ count: 2 });
    expect(await friend.received()).toEqual([1]);
  });

  it('limits that are none, or not of a node, are refused with the one that is wrong', async () => {
    const refused: [Record<string, number>, RegExp][] = [
      [{ turnSend: 3 }, /^limits: the field "turnSend" is unknown; `qrt help limits`/],
      [{ turnSends: 0 }, /^limits: "turnSends" must be a whole number from 1/],
      [{ argsBytes: 1 }, /^limits: the field "argsBytes" belongs to the protocol between vats/],
      [{ turnWallMs: 1_000, turnCpuMs: 2_000 }, /^limits: "turnWallMs" must be at least 2,000/],
    ];
    for (const [limits, said] of refused) {
      await expect(makeTestVat({ limits })).rejects.toMatchObject({
        code: 'QRT_ARGUMENT_INVALID',
        message: expect.stringMatching(said),
      });
    }
  });
});
