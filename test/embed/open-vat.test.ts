// How a vat in a program is opened and closed, and who else can have it meanwhile.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openVat, type Vat } from '../../src/embed/open-vat.ts';
import { isPicked, isThorough } from '../thorough.ts';
import { coded, makeBench } from './kit.ts';

const QRT = fileURLToPath(new URL('../../bin/qrt', import.meta.url));
const COUNTER = `({ add }, { memory }) => { memory.count = (memory.count ?? 0) + add; }`;

/** Runs `qrt`, which must succeed. */
async function qrt(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [QRT, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return text.trimEnd();
}

/** Waits until a memory of the vat holds what is wanted. */
async function memoryOf(path: string, wanted: unknown): Promise<void> {
  const db = new Database(path, { readonly: true });
  const bodies = () => db.prepare('SELECT body FROM memory').pluck().all().map(String);
  try {
    await expect.poll(bodies, { timeout: 20_000 }).toContainEqual(JSON.stringify(wanted));
  } finally {
    db.close();
  }
}

describe('openVat', () => {
  it('makes a node if asked, runs turns, and the next opening finds all of it', async () => {
    const bench = makeBench();
    const dir = bench.path('one');
    await expect(openVat({ dir })).rejects.toEqual(coded('QRT_NODE_MISSING', dir));
    expect(existsSync(dir)).toBe(false);
    const vat = await bench.open('one');
    expect(vat).toMatchObject({
      dir,
      id: expect.any(String),
      sandbox: { level: expect.any(String) },
    });
    const counter = await vat.install({ code: COUNTER, name: 'counter' });
    await counter.sendOnly({ add: 2 });
    const qrid = await counter.qrid();
    await vat.close();
    const again = await bench.open('one');
    expect(again.id).toBe(vat.id);
    await again.reference(qrid).sendOnly({ add: 3 });
    await memoryOf(bench.path('one', 'vat.db'), { count: 5 });
  });

  it('a vat has one opener: nobody else gets it, in this process or in another one', async () => {
    const bench = makeBench();
    const dir = bench.path('one');
    const vat = await bench.open('one');
    await expect(openVat({ dir })).rejects.toEqual(coded('QRT_NODE_RUNNING', `${process.pid}`));
    const child = spawn(process.execPath, [QRT, 'start', dir], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (chunk) => (text += chunk));
    expect((await once(child, 'close'))[0]).toBe(2);
    expect(text).toContain(`already running as process ${process.pid}`);
    await vat.close();
    await (await openVat({ dir })).close();
  });

  it('two openers that make the same node at once: one gets it', async () => {
    const bench = makeBench();
    const both = await Promise.allSettled([bench.open('one'), bench.open('one')]);
    const [got] = both.filter(({ status }) => status === 'fulfilled');
    const [refused] = both.filter(({ status }) => status === 'rejected');
    expect(got).toBeDefined();
    const code = expect.stringMatching(/^QRT_NODE_(RUNNING|LOCKED)$/);
    expect(refused).toMatchObject({ reason: { code } });
  });

  it('commands work beside it, and `qrt stop` closes it while the program goes on', async () => {
    const bench = makeBench();
    const dir = bench.path('one');
    const vat = await bench.open('one');
    const counter = await vat.install({ code: COUNTER });
    await qrt('send', '-d', dir, await counter.qrid(), '{"add":7}');
    await memoryOf(bench.path('one', 'vat.db'), { count: 7 });
    expect(JSON.parse(await qrt('status', dir, '--json'))).toMatchObject({ pid: process.pid });
    await qrt('stop', dir);
    await vat.closed;
    await expect(counter.sendOnly({ add: 1 })).rejects.toEqual(coded('QRT_VAT_CLOSED', dir));
    await (await openVat({ dir })).close();
  });

  it('closes once, and nothing of it is left: no worker, no socket, no lock', async () => {
    const bench = makeBench();
    const vat = await bench.open('one');
    const counter = await vat.install({ code: COUNTER });
    await counter.sendOnly({ add: 1 });
    await Promise.all([vat.close(), vat.close()]);
    await vat.close();
    expect(existsSync(bench.path('one', 'control.sock'))).toBe(false);
    await expect(vat.install({ code: COUNTER })).rejects.toEqual(coded('QRT_VAT_CLOSED'));
    expect(() => vat.reference('qrt:')).toThrow(coded('QRT_VAT_CLOSED'));
    // What was stored is run by whoever serves the node next.
    const again = await bench.open('one');
    await memoryOf(bench.path('one', 'vat.db'), { count: 1 });
    await again.close();
  });

  it('two vats in one process send to each other; one that does not listen is not reached', async () => {
    const bench = makeBench();
    const [one, two] = await Promise.all([bench.open('one'), bench.open('two', { listen: false })]);
    const counter = await two.install({ code: COUNTER });
    // A reference of one vat stands for the same object in another one.
    const friend = await one.install({
      code: '(args, { friend }) => friend.sendOnly(args)',
      power: { friend: counter },
    });
    await friend.sendOnly({ add: 4 });
    const links = async () => JSON.parse(await qrt('status', one.dir, '--json')).links;
    await expect
      .poll(links, { timeout: 20_000 })
      .toMatchObject([{ lastError: expect.any(String) }]);
    await two.close();
    const later = await bench.open('two');
    await memoryOf(bench.path('two', 'vat.db'), { count: 4 });
    await later.close();
  });

  it('leaves the umask of the program alone, and files are for their owner only', async () => {
    const bench = makeBench();
    const before = process.umask(0);
    try {
      const vat = await bench.open('one');
      expect(process.umask()).toBe(0);
      await vat.close();
    } finally {
      process.umask(before);
    }
    expect(statSync(bench.path('one')).mode & 0o777).toBe(0o700);
    for (const name of ['key', 'vat.db', 'lock.db', 'config.json', 'node.log'])
      expect(statSync(bench.path('one', name)).mode & 0o777).toBe(0o600);
    chmodSync(bench.path('one', 'key'), 0o644);
    await expect(openVat({ dir: bench.path('one') })).rejects.toEqual(coded('QRT_MODE_OPEN'));
    chmodSync(bench.path('one', 'key'), 0o600);
    // A refused opening lets go of the lock.
    await (await openVat({ dir: bench.path('one') })).close();
  });

  it('what is no option is refused before anything is made', async () => {
    const bench = makeBench();
    const dir = bench.path('one');
    for (const options of [
      { dir, creat: true },
      { dir: 7 },
      {},
      undefined,
      { dir, create: { prt: 1 } },
    ])
      await expect(openVat(options as never)).rejects.toEqual(coded('QRT_ARGUMENT_INVALID'));
    expect(existsSync(dir)).toBe(false);
  });

  // The store waits five seconds for its lock.
  it.runIf(isThorough || isPicked(1, 3))(
    'a vat that cannot go on says so to all who wait, and lets go of its node',
    async () => {
      const bench = makeBench();
      const vat = await bench.open('one');
      const counter = await vat.install({ code: COUNTER });
      // Somebody else writes to the database, against all rules: the store gives up.
      const other = new Database(bench.path('one', 'vat.db'));
      other.exec('BEGIN IMMEDIATE');
      const failed = coded('QRT_STORE_FAILED');
      await expect(counter.send({ add: 1 })).rejects.toEqual(failed);
      await expect(vat.closed).rejects.toEqual(failed);
      await vat.close();
      const late = counter.send({ add: 1 });
      await expect(late).rejects.toMatchObject({ code: 'QRT_VAT_CLOSED', cause: failed });
      other.close();
      const again = await bench.open('one');
      expect(await again.reference(await counter.qrid()).send({ add: 1 })).toBe(null);
    },
  );

  it('a program that throws when it is told a line is not the end of its vat', async () => {
    const bench = makeBench();
    const lines: string[] = [];
    const vat: Vat = await bench.open('one', { onNote: ({ text }) => lines.push(text) });
    await vat.close();
    expect(lines).toContainEqual(expect.stringContaining(`opened vat ${vat.id}`));
    expect(lines.at(-1)).toBe('closing (close)');
  });
});
