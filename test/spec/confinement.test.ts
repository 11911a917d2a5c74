// Confinement: what an object can reach and what of a turn is left: what it was given, its memory.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { HOARDERS } from './hoarders.ts';
import { closeTestVats, openTestVat } from './kit.ts';
import { PROBE } from './probe.ts';

interface Report {
  readonly names: readonly string[];
  readonly lines: readonly string[];
  readonly power: readonly string[];
}

/** `Map.prototype.get` from `Map.prototype.get (set) function`: accessors count as their name. */
function nameOf(line: string): string {
  const path = line.replace(/ \w+( MUTABLE)?$/, '');
  return path.replaceAll(/ \((get|set)\)/g, '').replaceAll('.originalValue', '');
}

function readAllowList(): ReadonlySet<string> {
  const text = readFileSync(new URL('reachable.txt', import.meta.url), 'utf8');
  const names = text.split('\n').flatMap((line) => {
    const [, place = '', list = ''] = /^([^#:][^:]*): (.*)$/.exec(line) ?? [];
    return list.split(' ').map((name) => (place === 'globals' ? name : `${place}.${name}`));
  });
  return new Set(names);
}

describe('confinement', () => {
  afterEach(closeTestVats);

  it('Q12 a thousand turns of code that hides a count in every place find nothing again', async () => {
    const code = hoard(HOARDERS);
    const vat = await openTestVat({ objects: { hoarder: code, twin: code, feeder: FEEDER } });
    const to = [vat.ref('hoarder'), vat.ref('twin')];
    await vat.send('feeder', { to, times: 500, ref: vat.ref('feeder') });
    const clean = { turns: 500, found: [] };
    expect([vat.memory('hoarder'), vat.memory('twin')]).toEqual([clean, clean]);
    expect(await vat.log('failure')).toEqual([]);
    // Another code in the same worker finds nothing of it either.
    const late = await vat.install(
      'late',
      code.replace('hoarder(', 'latecomer(').replace('hoarder)', 'latecomer)'),
    );
    await vat.send(late, { ref: vat.ref('feeder') });
    expect(vat.memory(late)).toEqual({ turns: 1, found: [] });
  });

  it('Q12 the code that would keep a count in a closure is no code', async () => {
    const vat = await openTestVat();
    const closures = [
      '(() => { let n = 0; return function () { return ++n; }; })()',
      'function(){}), (function(){}',
      '(function () { return () => 1; })()',
      '((n) => () => ++n)(0)',
      '{ let n = 0; () => ++n }',
      'let n = 0; () => ++n',
    ];
    const found = await vat.value(
      `args.map((code) => { try { return typeof power.make_object(code); } catch (error) { return error.code; } })`,
      closures,
    );
    expect(found).toEqual(closures.map(() => 'QRT_CODE_REFUSED'));
  });

  it('X7 a contract finds nothing of its earlier calls but its memory', async () => {
    const vat = await openTestVat({ objects: { contract: hoard(HOARDERS) } });
    for (let call = 1; call <= 5; call += 1) {
      await vat.send('contract', { ref: vat.ref('contract') });
      expect(vat.memory('contract')).toEqual({ turns: call, found: [] });
    }
    // Nor does one that is called twice in one turn, beside what the language keeps in a turn.
    const found = await vat.value(`[args.box.call({ set: 1 }), args.box.call({})]`, {
      box: await vat.install(
        'box',
        `(args, power) => {
        let local; const before = local ?? power.memory.kept ?? null;
        local = args.set; if (args.set) power.memory.kept = args.set; return before; }`,
      ),
    });
    expect(found).toEqual([null, 1]);
  });

  it('Q15 an object without powers reaches what the allow-list names, frozen, and nothing else', async () => {
    const vat = await openTestVat();
    const made = `power.make_object(${JSON.stringify(PROBE)}, {}).call()`;
    const { names, lines, power } = (await vat.value(made)) as Report;
    const allowed = readAllowList();
    const reached = new Set(lines.map(nameOf));
    expect([...reached].filter((name) => !allowed.has(name))).toEqual([]);
    expect(lines.filter((line) => line.endsWith(' MUTABLE'))).toEqual([]);
    expect(power).toEqual([]);
    // It would prove nothing if the probe saw nothing.
    expect(reached.size).toBeGreaterThan(350);
    for (const name of [
      'Array.prototype.map',
      'Q.sendOnly',
      '%GeneratorFunction.prototype%.prototype.next',
    ]) {
      expect(reached).toContain(name);
    }
    const values = ['Infinity', 'NaN', 'undefined'];
    expect(names.filter((name) => !reached.has(name))).toEqual(
      values
        .concat('[Symbol.unscopables]')
        .sort()
        .filter((name) => names.includes(name)),
    );
    // A turn of its own sees the same: nothing depends on who asks or when.
    const root = await vat.install('probe', PROBE);
    await vat.send(root);
    const { report } = vat.memory(root) as { report: Report };
    const own = /^power/;
    expect(report.lines.filter((line) => !own.test(line))).toEqual(
      lines.filter((line) => !own.test(line)),
    );
    expect(report.power.toSorted()).toEqual(['make_object', 'memory']);
  });

  it('Q15 an object without powers changes nothing but through what it is given', async () => {
    const vat = await openTestVat({
      objects: { sink: '(args, power) => { power.memory.got = args; }' },
    });
    const child = `function (args, power) {
      for (const key of ['memory', 'log', 'make_object']) if (key in power) throw Error(key);
      args.list.push('through args'); args.to.sendOnly('through a reference'); return 'through the answer';
    }`;
    const found = await vat.value(
      `(() => { const list = []; const answer = power.make_object(${JSON.stringify(child)}).call({ list, to: args.to }); return [list, answer]; })()`,
      { to: vat.ref('sink') },
    );
    expect(found).toEqual([['through args'], 'through the answer']);
    expect(vat.memory('sink')).toEqual({ got: 'through a reference' });
  });

  it('T1 nothing that two threads could share is reachable, by its name or by any way', async () => {
    await expectAbsent(['SharedArrayBuffer', 'Atomics', 'Worker', 'MessageChannel', 'WebAssembly']);
  });

  it('T10 no buffer, typed array or text coder is reachable, by its name or by any way', async () => {
    await expectAbsent([
      ...['ArrayBuffer', 'DataView', 'Uint8Array', 'Float16Array', 'BigInt64Array', 'Buffer'],
      ...['TextEncoder', 'TextDecoder', 'Blob', 'structuredClone', 'atob'],
    ]);
  });

  it.runIf(process.platform === 'linux')(
    'X8 guests run in a process that has none of the node: no key, file, socket or environment',
    async () => {
      process.env['QRT_SPEC_SECRET'] = 'of the node';
      const vat = await openTestVat({ objects: { a: '() => {}' } });
      await vat.send('a');
      const [pid] = vat.workerPids();
      expect(pid).not.toBe(process.pid);
      expect(vat.workerPids()).toHaveLength(1);
      // Bubblewrap says where its program begins.
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toMatch(/^TZ=UTC\0(PWD=\/\0)?$/);
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(vat.dir);
      expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
      const open = openFilesOf(pid ?? 0);
      expect(
        open.filter((path) => /\.db|\/key|config\.json/.test(path) || path.includes(vat.dir)),
      ).toEqual([]);
      // Only its three pipes may lead to another process.
      const sockets = open.filter((path) => path.startsWith('socket:'));
      expect(sockets.length).toBeLessThanOrEqual(3);
    },
  );

  it('X8 an object has no more power than it was given: memory and make_object unless granted', async () => {
    const vat = await openTestVat();
    const keys = 'Object.keys(power).sort()';
    expect(await vat.value(keys)).toEqual(['make_object', 'memory']);
    expect(await vat.value(keys, null, { grants: ['log'] })).toEqual([
      'log',
      'make_object',
      'memory',
    ]);
    await expect(vat.value(keys, null, { grants: ['fetch'] })).rejects.toThrow('QRT_GRANT_UNKNOWN');
    // What one object was granted, another that can make objects cannot take.
    const found = await vat.value(
      `[power.make_object('(args, power) => Object.keys(power)', power).call(),
        power.make_object('(args, power) => Object.keys(power)', { log: 'log' }).call({}),
        typeof power.make_object('(args, power) => power.log', { log: 'log' }).call()]`,
    );
    expect(found).toEqual([['make_object', 'memory'], ['log'], 'string']);
  });
});

async function expectAbsent(banned: readonly string[]): Promise<void> {
  const vat = await openTestVat();
  const { lines } = (await vat.value(
    `power.make_object(${JSON.stringify(PROBE)}, {}).call()`,
  )) as Report;
  const named = `args.filter((name) => typeof globalThis[name] !== 'undefined')`;
  expect(await vat.value(named, banned)).toEqual([]);
  expect(lines.filter((line) => banned.some((name) => line.includes(name)))).toEqual([]);
  expect(lines.length).toBeGreaterThan(350);
}

/** Sends each target in turn \`times\` messages. */
const FEEDER = `(args, power) => {
  for (let n = 0; n < args.times; n += 1) for (const to of args.to) to.sendOnly({ ref: args.ref });
}`;

/** One function that runs all attempts and keeps what any of them found from before. */
function hoard(attempts: Readonly<Record<string, string>>): string {
  const list = Object.entries(attempts).map(([name, text]) => `[${JSON.stringify(name)}, ${text}]`);
  return `function hoarder(args, power) {
    power.memory.turns = (power.memory.turns ?? 0) + 1;
    const found = power.memory.found ??= [];
    for (const [name, attempt] of [${list.join(',\n')}]) {
      const before = attempt({ ref: args.ref }, power, hoarder);
      if (before !== undefined) found.push(name + ': ' + String(before));
    }
  }`;
}

function openFilesOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
}
