// Ways to die: whatever a turn does, it ends in the right way, and nobody else notices.

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, type NodeLimits } from '../../src/core/node-limits.ts';
import { someOf } from '../thorough.ts';
import { SINK } from './busy.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';

/** Code that computes for ever, in the words of a guest. */
const LOOPS: Readonly<Record<string, string>> = {
  loop: 'for (;;);',
  'loop that catches and goes on': 'for (;;) { try { for (;;); } finally { continue; } }',
  'catastrophic regular expression': '/^(a+)+$/.test("a".repeat(60) + "b");',
  'huge BigInt': 'let x = 3n; for (;;) x = (x * x) % (1n << 4_000_000n);',
  'endless generator': 'for (const x of (function* () { for (;;) yield 1; })());',
  'endless iterator':
    'for (const x of { [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) });',
  'comparator that never returns': '[2, 1].sort(() => { for (;;); });',
  'conversion that never returns': 'String({ toString() { for (;;); } });',
  'proxy trap that never returns': 'new Proxy({}, { get() { for (;;); } }).x;',
  'calls without end': 'for (;;) { try { self.call({ what: "nothing" }); } catch {} }',
};

/** Code that fills the heap. */
const HEAPS: Readonly<Record<string, string>> = {
  'growing array': 'const all = []; for (;;) all.push({ n: all.length });',
  'array of holes that is filled':
    'const all = Array(3e7); for (let n = 0; ; n += 1) all[n] = [n];',
  'Array.from': 'Array.from({ length: 1e8 }, (_, n) => ({ n }));',
  Map: 'const all = new Map(); for (let n = 0; ; n += 1) all.set(n, [n]);',
  Set: 'const all = new Set(); for (let n = 0; ; n += 1) all.add("text " + n);',
  'repeated text': 'const all = []; for (;;) all.push("é".repeat(1e6) + all.length);',
  'joined text': 'const all = []; for (;;) all.push(Array(1e5).fill(all.length).join("-"));',
  'padded text': 'const all = []; for (;;) all.push("x".padEnd(1e6, all.length));',
  'JSON.parse': 'JSON.parse("[" + "[1],".repeat(4e6) + "1]");',
  'JSON.stringify':
    'const all = []; for (;;) all.push(JSON.stringify(Array(1e6).fill(all.length)));',
  'Object.entries':
    'const all = {}; for (let n = 0; ; n += 1) { all["k" + n] = n; if (n % 1e5 === 0) all[n] = Object.entries(all); }',
  spread: 'let all = [[]]; for (;;) all = [...all, ...all.map((one) => [...one])];',
  'split text': 'const all = []; for (;;) all.push("ab,".repeat(1e6).split(","));',
  'all matches': '[..."a".repeat(2e7).matchAll(/a/g)];',
  'sorted arrays':
    'const all = []; for (;;) all.push(Array.from({ length: 1e5 }, (_, n) => [n]).sort((a, b) => b - a));',
};

/** Code that fails within its turn: the worker lives. */
const THROWS: Readonly<Record<string, string>> = {
  'deep recursion': '(function deeper() { deeper(); })();',
  'recursion through call': 'self.call({ what: args.what });',
  'recursion through a proxy': 'new Proxy({}, { get: (_, key, it) => it[key] }).x;',
  'recursion through JSON':
    'const one = { toJSON: () => JSON.stringify(one) }; JSON.stringify(one);',
  'text that is too long': '"x".repeat(2 ** 30);',
  'text that doubles': 'let text = "x"; for (;;) text += text;',
  'too many arguments': 'Math.max(...Array(1e6));',
  'an array of no size': 'Array(-1);',
  'a promise': 'new Promise(() => {});',
  'a job for later': '(async () => {})',
  'a flood of messages': 'for (;;) self.sendOnly({ what: "nothing" });',
  'a flood of objects': 'for (;;) power.make_object("() => 1", {});',
  'a flood of lines': 'for (;;) power.log("line");',
  'a huge memory': 'memory.text = "x".repeat(5e6);',
  'args that never end': 'self.sendOnly({ get x() { for (;;); } });',
  'a message that is too large': 'self.sendOnly("x".repeat(5e6));',
};

/** One object that does any of these when it is told. */
const attacker = (codes: Readonly<Record<string, string>>): string => {
  const cases = Object.entries(codes).map(
    ([name, code]) => `case ${JSON.stringify(name)}: { ${code} break; }`,
  );
  return `(args, power) => {
    const { memory, self = args.self } = power;
    switch (args.what) { ${cases.join('\n')} }
    memory.done = args.what;
  }`;
};

async function open(
  codes: Readonly<Record<string, string>>,
  limits: Partial<NodeLimits>,
): Promise<TestVat> {
  const vat = await openTestVat({
    limits: { ...DEFAULT_LIMITS, ...limits },
    objects: { before: SINK, after: SINK },
  });
  await vat.install('attacker', attacker(codes), { grants: ['log'] });
  return vat;
}

/** Runs each attack between messages of others; says how each ended. */
async function attack(vat: TestVat, names: readonly string[]): Promise<Record<string, string>> {
  const ends: Record<string, string> = {};
  for (const [n, what] of names.entries()) {
    const rows = vat.tables()['quarantine']?.length ?? 0;
    const lines = (await vat.log('failure')).length;
    await vat.queue('before', n);
    await vat.queue('attacker', { what, self: vat.ref('attacker') });
    await vat.queue('after', n);
    await vat.run();
    const row = vat.tables()['quarantine']?.[rows];
    const failure = (await vat.log('failure'))[lines];
    ends[what] = String(row?.['cause'] ?? (failure === undefined ? 'done' : 'threw'));
    // Whoever else was there had its turns, once and in order.
    const all = [...Array(n + 1).keys()];
    expect([vat.memory('before'), vat.memory('after')], what).toEqual([{ got: all }, { got: all }]);
  }
  expect(await vat.status()).toMatchObject({ inbox: { rows: 0 } });
  expect(vat.memory('attacker')).toEqual({});
  return ends;
}

const allAre = (names: readonly string[], end: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, end]));

describe('ways to die', () => {
  afterEach(closeTestVats);

  it('Q52 whatever computes without end is ended for its CPU time', async () => {
    const vat = await open(LOOPS, { turnCpuMs: 150 });
    const names = someOf(Object.keys(LOOPS), 3);
    expect(await attack(vat, names)).toEqual(allAre(names, 'cpu'));
    // The first time in a batch as well; from then on its owner's messages run alone.
    expect((await vat.status()).workersLost).toBeLessThanOrEqual(1 + 2 * names.length);
  }, 60_000);

  it('Q52 whatever fills the heap ends its worker, and nothing else', async () => {
    const vat = await open(HEAPS, { turnCpuMs: 20_000, workerHeapMib: 32 });
    const names = someOf(Object.keys(HEAPS), 3);
    expect(await attack(vat, names)).toEqual(allAre(names, 'heap'));
    expect((await vat.status()).workersLost).toBeLessThanOrEqual(1 + 2 * names.length);
  }, 90_000);

  it('Q52 what fails within its turn fails alone, and the worker lives', async () => {
    const vat = await open(THROWS, {});
    const names = Object.keys(THROWS);
    expect(await attack(vat, names)).toEqual(allAre(names, 'threw'));
    expect(await vat.status()).toMatchObject({ quarantined: 0, workersLost: 0 });
  });

  it('R7 a worker that is killed or stopped from outside costs nobody anything', async () => {
    const vat = await openTestVat({
      limits: { ...DEFAULT_LIMITS, turnWallMs: 1_000 },
      objects: { one: SINK, other: SINK },
    });
    for (const [n, signal] of (['SIGKILL', 'SIGSTOP'] as const).entries()) {
      vat.onOutput((output) => {
        if (output.type !== 'worker-frame' || output.frame.type !== 'turn') return;
        vat.onOutput(undefined);
        // Just before it gets the turn, which for the vat is in flight.
        for (const pid of vat.workerPids().flatMap(familyOf)) process.kill(pid, signal);
      });
      for (const target of ['one', 'other']) await vat.queue(target, n);
      await vat.run();
    }
    expect(vat.memory('one')).toEqual({ got: [0, 1] });
    expect(vat.memory('other')).toEqual({ got: [0, 1] });
    expect(await vat.status()).toMatchObject({ quarantined: 0, workersLost: 2 });
  });
});

/** A process and all that it started: behind a sandbox the worker is the last of them. */
function familyOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return [...text.split(' ').filter(Boolean).map(Number).flatMap(familyOf), pid];
}
