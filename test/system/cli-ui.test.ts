// The command `qrt ui`, without a browser.

import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually, makeWorld, type World } from './kit.ts';
import { startUi } from './ui-kit.ts';

/** Goes in as the browser does: where the page finds the rest, and by what it is let in. */
async function enter(url: string): Promise<{ at: URL; cookie: string }> {
  const entered = await fetch(url);
  const path = /src="(\/[^/]+\/)page\.js"/.exec(await entered.text())?.[1] ?? '';
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { at: new URL(path, url), cookie };
}

let world: World;
beforeAll(() => {
  world = makeWorld();
});
afterAll(() => world.end());

describe('qrt ui', () => {
  it('prints an address of loopback, ends with Ctrl-C, and leaves the node as it was', async () => {
    await world.ok(['create-node', 'QUIET']);
    const before = readdirSync(world.path('QUIET'));
    const ui = await startUi(world, 'QUIET');
    expect(ui.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[A-Za-z0-9_-]{43}$/);
    expect((await fetch(ui.url)).status).toBe(200);
    expect((await fetch(ui.url)).status).toBe(403);
    ui.child.kill('SIGINT');
    expect(await ui.ended).toBe(0);
    const after = readdirSync(world.path('QUIET')).filter((name) => !/-(wal|shm)$/.test(name));
    expect(after).toEqual(before);
  });

  it('says so when there is no node, when the port is taken, and when the node goes away', async () => {
    const missing = await world.run(['ui', 'NOWHERE', '--no-open']);
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('QRT_NODE_MISSING'),
    ]);
    await world.ok(['create-node', 'GOING']);
    const ui = await startUi(world, 'GOING');
    const { port } = new URL(ui.url);
    const taken = await world.run(['ui', 'GOING', '--port', port]);
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining(`port ${port}`)]);
    const entered = await fetch(ui.url);
    expect(entered.status).toBe(200);
    rmSync(world.path('GOING'), { recursive: true });
    expect(await ui.ended).toBe(2);
    expect(ui.stderr()).toContain('QRT_NODE_MISSING');
  });

  it('says what is wrong with a database that is damaged while the page is open', async () => {
    await world.ok(['create-node', 'DAMAGED']);
    const ui = await startUi(world, 'DAMAGED');
    const { at, cookie } = await enter(ui.url);
    const path = world.path('DAMAGED/vat.db');
    writeFileSync(path, Buffer.alloc(readFileSync(path).length, 'A'));
    const asked = await fetch(new URL('object?id=o1.0', at), { headers: { cookie } });
    expect(asked.status).toBe(500);
    expect(await ui.ended).toBe(70);
    expect(ui.stderr()).toContain('QRT_STORE_CORRUPT');
    expect(ui.stderr()).not.toMatch(/^ +at /m);
  });

  it('a request that is complete only after Ctrl-C does not disturb the end', async () => {
    await world.ok(['create-node', 'LATE']);
    const ui = await startUi(world, 'LATE');
    const { at, cookie } = await enter(ui.url);
    const socket = connect({ host: at.hostname, port: Number(at.port) });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    let answer = '';
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text;
    });
    const { host, pathname } = at;
    socket.write(
      `GET ${pathname}object?id=o1.0 HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n`,
    );
    await delay(200);
    ui.child.kill('SIGINT');
    await delay(60);
    socket.write('\r\n');
    expect(await ui.ended).toBe(0);
    expect(ui.stderr()).toBe('');
    expect(answer).toMatch(/^(HTTP\/1\.1 404 .*)?$/s);
  });

  it('tells new lines of the log also after an older database was put back', async () => {
    await world.startNew('BACK');
    const code = 'function logger({ text }, { log }) { log(text); }';
    const qrid = await world.install('BACK', code, ['--grant', 'log']);
    const write = async (text: string): Promise<void> => {
      await world.ok(['send', '-d', 'BACK', qrid, JSON.stringify({ text })]);
      await eventually(async () => (await world.log('BACK')).some((line) => line['text'] === text));
    };
    await write('one');
    await world.ok(['stop', 'BACK']);
    const [database, copy] = [world.path('BACK/vat.db'), world.path('COPY')];
    copyFileSync(database, copy);
    await world.ok(['start', 'BACK']);
    await write('two');
    await write('three');
    const ui = await startUi(world, 'BACK');
    const { at, cookie } = await enter(ui.url);
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    const headers = { cookie };
    const events = await fetch(new URL('events', at), { headers, signal: abort.signal });
    let told = '';
    const reading = (async () => {
      for await (const part of events.body!) told += Buffer.from(part).toString();
    })();
    reading.catch(() => {});
    await eventually(() => told.includes('three'));
    await world.ok(['stop', 'BACK']);
    for (const end of ['', '-wal', '-shm', '-sum']) rmSync(`${database}${end}`, { force: true });
    copyFileSync(copy, database);
    await world.ok(['start', 'BACK']);
    await write('four');
    await eventually(() => told.includes('four'));
    expect(told).toContain('"life":1');
  });
});
