// The server of the page: who gets in, and what they are told.

import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UI_CONNECTIONS_MAX, UI_STREAMS_MAX } from '../../src/core/page-limits.ts';
import { codeOf } from './scratch.ts';
import { ask, enter, openEvents, QRID, row, SECRET, serve, until } from './ui-kit.ts';

describe('page door', () => {
  it('the address works once, and gives a cookie that no script and no other site gets', async () => {
    const entered: number[] = [];
    const served = await serve({ onEntered: () => entered.push(1) });
    const { port, entrance } = served;
    expect(entrance).toMatch(/^\/\?token=[A-Za-z0-9_-]{43}$/);
    const first = await ask({ port, path: entrance });
    expect(first.status).toBe(200);
    const [cookie] = first.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(
      /^qrt_ui=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict; Path=\/[A-Za-z0-9_-]{43}\/$/,
    );
    const second = await ask({ port, path: entrance });
    expect([second.status, second.headers['set-cookie']]).toEqual([403, undefined]);
    expect(second.body).toContain('works once');
    expect(entered).toHaveLength(1);
  });

  it('a wrong token is refused and does not use up the right one', async () => {
    const served = await serve();
    for (const token of ['', 'x', 'A'.repeat(43)]) {
      expect((await ask({ ...served, path: `/?token=${token}` })).status).toBe(403);
    }
    expect((await ask({ ...served, path: served.entrance })).status).toBe(200);
  });

  it('without the cookie, or without the path, nothing is served', async () => {
    const served = await serve();
    const { path, cookie } = await enter(served);
    const { port } = served;
    const value = cookie.split('=')[1]!;
    for (const [at, headers] of [
      [`${path}page.js`, {}],
      [`${path}events`, { cookie: 'qrt_ui=' }],
      [`${path}object?id=o1.0`, { cookie: `other=${value}` }],
      [path, { cookie: `${cookie}x` }],
      ['/', { cookie }],
      ['/page.js', { cookie }],
      [`/${'A'.repeat(43)}/page.js`, { cookie }],
    ] as const) {
      expect([at, (await ask({ port, path: at, headers })).status]).toEqual([at, 403]);
    }
    for (const name of ['', 'page.js', 'page.css', 'object?id=o1.0']) {
      const headers = { cookie: `a=b; ${cookie}` };
      expect((await ask({ port, path: `${path}${name}`, headers })).status).toBe(200);
    }
    const headers = { cookie };
    expect((await ask({ port, path: `${path}../key`, headers })).status).toBe(403);
    expect((await ask({ port, path: `${path}other`, headers })).status).toBe(404);
  });

  it('a foreign host name or origin is refused, as is a request of another site', async () => {
    const served = await serve();
    const { path, cookie } = await enter(served);
    const { port } = served;
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await ask({ port, path, headers: { cookie, ...headers } })).status;
    expect(await status({})).toBe(200);
    expect(await status({ host: `localhost:${port}` })).toBe(200);
    expect(await status({ origin: `http://127.0.0.1:${port}` })).toBe(200);
    expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await status({ host: `evil.example:${port}` })).toBe(403);
    expect(await status({ host: '127.0.0.1' })).toBe(403);
    expect(await status({ origin: 'http://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(
      (await ask({ ...served, path: served.entrance, headers: { host: 'evil' } })).status,
    ).toBe(403);
  });

  it('nothing but GET is taken', async () => {
    const served = await serve();
    const { path, cookie } = await enter(served);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH']) {
      const { status, headers } = await ask({ ...served, path, method, headers: { cookie } });
      expect([method, status, headers['allow']]).toEqual([method, 405, 'GET']);
    }
  });

  it('every answer forbids scripts of others, frames, guessing of types, and keeping it', async () => {
    const served = await serve();
    const { path, cookie } = await enter(served);
    const asked = [path, `${path}page.js`, `${path}object?id=o1.0`, `${path}object?id=o9.0`, '/no'];
    for (const at of asked) {
      const { headers } = await ask({ ...served, path: at, headers: { cookie } });
      expect(headers).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
          "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
      });
    }
  });

  it('listens on loopback only, and says which port cannot be had', async () => {
    const { server, port } = await serve();
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
    expect(await codeOf(() => serve({ port }))).toBe('QRT_ARGUMENT_INVALID');
  });
});

describe('page server', () => {
  it('shows an object, and of no QRID in any text the part that is secret', async () => {
    const served = await serve();
    const { path, cookie } = await enter(served);
    const at = (id: string) => ({ ...served, path: `${path}object?id=${id}`, headers: { cookie } });
    const { body, headers } = await ask(at('o1.0'));
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(body)).toMatchObject({ id: 'o1.0', name: 'test' });
    expect(body).toContain(`qrt:${'v'.repeat(43)}.…`);
    expect(body).not.toContain(SECRET);
    for (const id of ['o2.0', '', 'x', '%00', 'o1.0%27']) {
      expect((await ask(at(id))).status).toBe(404);
    }
  });

  it('an object that cannot be read is refused, and the error is handed on', async () => {
    const error = new Error('the disk is broken');
    const failures: unknown[] = [];
    const object = () => {
      throw error;
    };
    const served = await serve({ object, onFailure: (failure) => failures.push(failure) });
    const { path, cookie } = await enter(served);
    const asked = { ...served, path: `${path}object?id=o1.0`, headers: { cookie } };
    const { status, body } = await ask(asked);
    expect([status, failures]).toEqual([500, [error]]);
    expect(body).not.toContain('disk');
    expect((await ask({ ...served, path, headers: { cookie } })).status).toBe(200);
  });

  it('tells news as they come, to every page from where it is', async () => {
    const served = await serve();
    const session = await enter(served);
    served.feed.addTurns([row(1)], 0);
    const one = openEvents(served.port, session);
    await until(() => one.text.includes('event: turns'));
    expect(served.server.streams()).toBe(1);
    served.feed.addTurns([row(2)], 0);
    await until(() => one.text.includes('"seq":2'));
    const two = openEvents(served.port, session);
    await until(() => two.text.includes('"seq":2'));
    expect(two.text).toContain('"seq":1');
    expect(one.text.match(/"seq":1,/g)).toHaveLength(1);
    served.feed.addLog([{ seq: 1, timeMs: 1, level: 'log', source: 'o1.0', text: QRID }]);
    await until(() => two.text.includes('event: log'));
    expect(two.text).not.toContain(SECRET);
    one.end();
    await until(() => served.server.streams() === 1);
  });

  it(`keeps ${UI_STREAMS_MAX} pages up to date, refuses one more, and takes it when one left`, async () => {
    const served = await serve();
    const session = await enter(served);
    const opened = Array.from({ length: UI_STREAMS_MAX }, () => openEvents(served.port, session));
    await until(() => opened.every(({ status }) => status === 200));
    const refused = openEvents(served.port, session);
    await until(() => refused.status === 503);
    opened[0]?.end();
    await until(() => served.server.streams() < UI_STREAMS_MAX);
    const taken = openEvents(served.port, session);
    await until(() => taken.status === 200);
  });

  it(`holds ${UI_CONNECTIONS_MAX} connections at once, and closes further ones unread`, async () => {
    const { port } = await serve();
    const open = () => {
      const socket = connect({ host: '127.0.0.1', port });
      onTestFinished(() => void socket.destroy());
      return socket.on('error', () => {});
    };
    const held = Array.from({ length: UI_CONNECTIONS_MAX }, open);
    await until(() => held.every((socket) => socket.readyState === 'open'));
    const further = open();
    await until(() => further.closed);
    expect(held.filter((socket) => socket.closed)).toEqual([]);
  });

  it('requests that stay half sent are soon let go, and the operator gets in', async () => {
    const served = await serve({ limits: { headersMs: 200 } });
    const held = Array.from({ length: UI_CONNECTIONS_MAX }, () => {
      const socket = connect({ host: '127.0.0.1', port: served.port });
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => {}).resume();
      socket.write('GET / HTTP/1.1\r\n');
      return socket;
    });
    await until(() => held.every((socket) => socket.closed));
    expect((await ask({ ...served, path: served.entrance })).status).toBe(200);
  });

  it('a page that takes nothing is let go', async () => {
    const served = await serve({ limits: { stuckMs: 300 } });
    const { path, cookie } = await enter(served);
    const socket = connect({ host: '127.0.0.1', port: served.port });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    const head = `GET ${path}events HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nCookie: ${cookie}\r\n\r\n`;
    socket.write(head);
    socket.pause();
    await until(() => served.server.streams() === 1);
    const large = 'x'.repeat(4_000);
    let seq = 0;
    for (let round = 0; served.server.streams() === 1 && round < 2_000; round += 1) {
      const lines = Array.from({ length: 50 }, () => {
        seq += 1;
        return { seq, timeMs: 1, level: 'log', source: 'o1.0', text: large };
      });
      served.feed.addLog(lines);
      await delay(1);
    }
    await until(() => served.server.streams() === 0);
  });

  it('says why it ends to every page, and ends though they stay', async () => {
    const served = await serve();
    const one = openEvents(served.port, await enter(served));
    await until(() => one.status === 200);
    await served.server.close('the operator ended it');
    await until(() => one.isOver);
    expect(one.text).toContain('event: end\ndata: {"reason":"the operator ended it"}');
  });
});
