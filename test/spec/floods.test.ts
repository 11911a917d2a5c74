// Floods: one installed object that wants all room there is; what it gets, and what others keep.

import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { INBOX_ROWS_MAX, LOG_LINES_PER_OWNER_MAX } from '../../src/core/limits.ts';
import { closeTestVats, openTestVat, type TestVat } from './kit.ts';
import { makeTestNet, type TestNet } from './net.ts';

afterEach(closeTestVats);

const COUNT = '(args, { memory }) => { memory.count = (memory.count ?? 0) + 1; }';
const FORWARD =
  '(args, { to, memory }) => { to.sendOnly(args); memory.sent = (memory.sent ?? 0) + 1; }';
/** Generous: it says that something goes on, not how fast. */
const FLOOD_MS_MAX = 120_000;

async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await delay(50);
}

const countOf = (vat: TestVat, name: string): number =>
  (vat.memory(name) as { count?: number }).count ?? 0;
/** Failures of a turn for want of room, by the object whose turn it was. */
async function lackRoom(vat: TestVat): Promise<readonly string[]> {
  const reply = await vat.ask({ type: 'log', after: 0, limit: 10_000 });
  const { lines } = (reply as { value: { lines: { source: string; text: string }[] } }).value;
  return [...new Set(lines.filter(({ text }) => /NO_ROOM/.test(text)).map(({ source }) => source))];
}

/** Everything that others want of a vat while one object floods it. */
async function expectService(vat: TestVat, net: TestNet, peer: TestVat): Promise<void> {
  const before = countOf(vat, 'neighbour');
  await vat.queue('neighbour', 1);
  await until(async () => countOf(vat, 'neighbour') === before + 1);
  // A peer's message is stored and runs.
  await peer.queue(vat.ref('neighbour'), 2);
  await until(async () => {
    await net.pass(0);
    return countOf(vat, 'neighbour') === before + 2;
  });
  const late = await vat.install('late', COUNT);
  await vat.queue('late', 3);
  await until(async () => countOf(vat, 'late') === 1);
  const id = `delete-${late.id}`;
  expect(await vat.ask({ type: 'delete', id, object: late.id })).toMatchObject({ ok: true });
}

describe('floods', { timeout: FLOOD_MS_MAX }, () => {
  it('R5 of its own inbox: others go on, only the flooder lacks room, and it goes on by itself', async () => {
    const net = makeTestNet();
    const peer = await openTestVat({ net });
    const vat = await openTestVat({ net, objects: { neighbour: COUNT } });
    const flood = await vat.install(
      'flood',
      '({ self }) => { for (let n = 0; n < 1000; n += 1) self.sendOnly({ self }); }',
    );
    await vat.queue('flood', { self: flood });
    await until(async () => (await lackRoom(vat)).length > 0);
    const { rows } = (await vat.status()).inbox;
    // Its share is half of what there is.
    expect(rows).toBeGreaterThan(INBOX_ROWS_MAX / 4);
    expect(rows).toBeLessThanOrEqual(INBOX_ROWS_MAX / 2 + 1);
    await expectService(vat, net, peer);
    expect(await lackRoom(vat)).toEqual([flood.id]);
    const { turns } = await vat.status();
    await until(async () => (await vat.status()).turns > turns + 100);
    await vat.stop();
    await vat.start();
    await expectService(vat, net, peer);
  });

  it('R5 of a peer that is down, in the name of an object of another installation', async () => {
    const net = makeTestNet();
    const peer = await openTestVat({ net });
    const away = await openTestVat({ net, objects: { sink: COUNT } });
    const vat = await openTestVat({ net, objects: { neighbour: COUNT } });
    const to = away.ref('sink');
    await vat.install('service', FORWARD, { power: { to } });
    await vat.send('service', 0);
    await net.run();
    await away.halt();
    const power = { service: vat.ref('service') };
    const flood = await vat.install(
      'flood',
      `({ self }, { service, memory }) => {
        try { for (let n = 0; n < 990; n += 1) service.call(n); } catch { memory.isFull = true; }
        self.sendOnly({ self });
      }`,
      { power },
    );
    await vat.queue('flood', { self: flood });
    await until(async () => (vat.memory('flood') as { isFull?: boolean }).isFull === true);
    // Nobody else lacks room, the one among them in whose name it was done.
    const { rows } = (await vat.status()).outbox;
    await vat.queue('service', 'mine');
    await until(async () => (await vat.status()).outbox.rows > rows);
    expect((await vat.queue(to, 'by hand')).to).toBe('outbox');
    await expectService(vat, net, peer);
    expect(await lackRoom(vat)).toEqual([]);
  });

  it('R5 of memory, objects and lines: others keep their lines, and go on', async () => {
    const net = makeTestNet();
    const peer = await openTestVat({ net });
    const vat = await openTestVat({ net, objects: { neighbour: COUNT } });
    await vat.install('writer', '(args, { log }) => log(args)', { grants: ['log'] });
    await vat.send('writer', 'a line of the writer');
    const flood = await vat.install(
      'flood',
      `({ self }, { log, make_object, memory }) => {
        for (let n = 0; n < 1000; n += 1) log('line ' + n);
        for (let n = 0; n < 20; n += 1) make_object('() => 1', { memory: ['x'.repeat(10000)] });
        memory.big = ['y'.repeat(900000), (memory.big?.[1] ?? 0) + 1];
        self.sendOnly({ self });
      }`,
      { grants: ['log'] },
    );
    await vat.queue('flood', { self: flood });
    const { turns } = await vat.status();
    await until(async () => (await vat.status()).turns > turns + 15);
    await expectService(vat, net, peer);
    const rows = vat.tables()['log'] ?? [];
    const lines = rows.filter(({ owner }) => owner === 3).length;
    expect(lines).toBeGreaterThan(LOG_LINES_PER_OWNER_MAX / 2);
    expect(lines).toBeLessThanOrEqual(LOG_LINES_PER_OWNER_MAX + 1_000);
    expect(rows).toContainEqual(expect.objectContaining({ text: 'a line of the writer' }));
  });
});
