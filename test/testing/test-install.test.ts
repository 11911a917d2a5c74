// What a test can install, and what it is told when that is wrong: the same as an operator.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeTestVat, type TestVat } from '../../src/testing/make-test-vat.ts';

const coded = (code: string, text: string | RegExp = '') =>
  expect.objectContaining({ code, message: expect.stringMatching(text) });

/** Each test has a worker process of its own, and those take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

describe('install of a test vat', () => {
  let vat: TestVat;
  let dir: string;
  beforeEach(async () => {
    vat = await makeTestVat();
    dir = mkdtempSync(join(tmpdir(), 'qrt-test-install-'));
  });
  afterEach(async () => {
    await vat.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const folder = (files: Readonly<Record<string, string>>): string => {
    mkdirSync(join(dir, 'bundle'));
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(dir, 'bundle', name), text);
    return join(dir, 'bundle');
  };

  it('power holds static data, references at any depth and what was granted', async () => {
    const friend = await vat.sink();
    const bob = vat.outside('bob');
    const code = `(args, power) => {
      const { deep, memory, log } = power;
      memory.keys = Object.keys(power);
      deep.list[1].friend.sendOnly(deep.list[0]);
      deep.bob.sendOnly('hello');
      log('done');
    }`;
    const power = { deep: { list: [5, { friend }], bob } };
    const object = await vat.install({ code, power, grants: ['log'], name: 'deep one' });
    power.deep.list[0] = 6;
    await vat.send(object);
    const [turn] = await vat.run();
    expect(turn).toMatchObject({ status: 'done', logs: ['done'] });
    expect(await vat.memory(object)).toEqual({ keys: ['deep', 'make_object', 'log', 'memory'] });
    expect(await friend.received()).toEqual([5]);
    expect(vat.outbox()).toEqual([{ to: 'bob', args: 'hello' }]);
    expect(String(object)).toBe('object o2.0 (deep one)');
  });

  it('a file, a shipped guest and a text are the same code', async () => {
    const path = join(dir, 'same.js');
    const text = '// A comment.\n(args, { memory }) => { memory.got = args; }\n';
    writeFileSync(path, text);
    for (const what of [{ path }, { code: text }]) {
      const object = await vat.install(what);
      await vat.send(object, 1);
      await vat.run();
      expect(await vat.memory(object)).toEqual({ got: 1 });
    }
    expect((await vat.install({ path })).name).toBe('same.js');
    expect((await vat.install({ path: 'counter' })).name).toBe('counter');
    expect((await vat.install({ code: text })).name).toBe('code');
  });

  it('a folder is a bundle: code, static data, and a manifest that asks for what is missing', async () => {
    const path = folder({
      'main.js': `(args, { code, memory, make_object, limit, friend }) => {
        memory.child = make_object(code.child, { memory: {}, limit });
        memory.child.sendOnly(args);
        friend.sendOnly({ limit });
      }`,
      'child.js': '(args, { memory, limit }) => { memory.got = [args, limit]; }',
      'power.json': '{"limit":3,"other":true}',
      'qrt.json': '{"name":"pair","grants":["log"],"refs":{"friend":"is told the limit"}}',
      'main.test.js': 'no code of the object',
    });
    await expect(vat.install({ path })).rejects.toEqual(
      coded('QRT_BUNDLE_INCOMPLETE', /--grant log\n.*--ref friend=QRID.*is told the limit/),
    );
    const friend = await vat.sink();
    const root = await vat.install({ path, power: { friend, limit: 4 }, grants: ['log'] });
    expect(root.name).toBe('pair');
    await vat.send(root, 'hello');
    const [turn] = await vat.run();
    expect(await vat.memory(turn!.made[0]!)).toEqual({ got: ['hello', 4] });
    expect(await friend.received()).toEqual([{ limit: 4 }]);
  });

  it('code is refused with line, column and reason, by the name that the test gave', async () => {
    const path = join(dir, 'bad.js');
    writeFileSync(path, '(args) => {\n  await args;\n}');
    await expect(vat.install({ path })).rejects.toEqual(
      coded('QRT_CODE_REFUSED', /bad\.js:2:3: .*\n {2} {2}await args;\n {2} {2}\^/),
    );
    await expect(vat.install({ code: 'async () => {}' })).rejects.toEqual(
      coded('QRT_CODE_REFUSED', /^code:1:1: /),
    );
    await expect(vat.install({ path: join(dir, 'none.js') })).rejects.toEqual(
      coded('QRT_CODE_MISSING', 'none.js'),
    );
    await expect(vat.install({})).rejects.toEqual(coded('QRT_ARGUMENT_INVALID', /^install: /));
    await expect(vat.install({ path, code: '() => {}' })).rejects.toEqual(
      coded('QRT_ARGUMENT_INVALID'),
    );
  });

  it('a power that is no data, or in the way of what qrt puts there, is refused', async () => {
    const code = '() => {}';
    const refused: [unknown, string, RegExp][] = [
      [
        { list: [1, () => 1] },
        'QRT_DATA_UNCARRIED',
        /^power\.list\[1\] cannot be carried: a function/,
      ],
      [new Map(), 'QRT_DATA_UNCARRIED', /^power cannot be carried: a Map/],
      [[1], 'QRT_ARGUMENT_INVALID', /^power: give a JSON object/],
      [vat.outside('bob'), 'QRT_ARGUMENT_INVALID', /^power: give a JSON object/],
      [{ memory: {} }, 'QRT_ARGUMENT_INVALID', /^power: "memory" is put there by qrt/],
      [{ text: 'x'.repeat(300_000) }, 'QRT_DATA_OVERSIZE', /^power is too large/],
    ];
    for (const [power, error, text] of refused) {
      const given = power as Record<string, unknown>;
      await expect(vat.install({ code, power: given })).rejects.toEqual(coded(error, text));
    }
    await expect(vat.install({ code, grants: ['fetch'] })).rejects.toEqual(
      coded('QRT_GRANT_UNKNOWN', /fetch.*log/),
    );
    // Nothing was installed: this one is the first.
    expect((await vat.install({ code })).id).toBe('o1.0');
  });

  it('args that are no data are refused with the place, and nothing is queued', async () => {
    const sink = await vat.sink();
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const refused: [unknown, RegExp][] = [
      [{ items: [0, { when: new Date(0) }] }, /^args\.items\[1\]\.when cannot be carried: a Date/],
      [Number.NaN, /^args cannot be carried: NaN/],
      [{ a: undefined }, /^args\.a cannot be carried: undefined/],
      [{ 'a b': -0 }, /^args\["a b"\] cannot be carried: -0/],
      [loop, /^args\.self cannot be carried: it contains itself/],
      [vat, /^args\.install cannot be carried: a function/],
      [{ id: 'o1.0', name: 'sink', vat: 1, [Symbol.iterator]: 1 }, /a symbol as a key/],
    ];
    for (const [args, text] of refused) {
      await expect(vat.send(sink, args)).rejects.toEqual(coded('QRT_DATA_UNCARRIED', text));
    }
    await expect(vat.send({ ...sink } as unknown as typeof sink)).rejects.toEqual(
      coded('QRT_TARGET_INVALID', /^send needs a reference/),
    );
    expect(vat.inbox()).toEqual([]);
  });
});
