import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { POSTER_CONNECTIONS_MAX, POSTER_IDLE_MS } from '../../src/core/limits.ts';
import {
  endAll,
  ended,
  failed,
  makeTestPoster,
  peer,
  serve,
  serveRaw,
  serveTls,
  sourceUrl,
} from './kit.ts';
import { TEST_CERT } from './test-cert.ts';

afterEach(endAll);

describe('connections of a poster', () => {
  it('a connection is used again, and one that the peer closed meanwhile is not', async () => {
    const test = await serve((_request, response) => response.end());
    const { post } = makeTestPoster();
    await post(test.url);
    await post(test.url);
    expect(test.connections()).toBe(1);
    test.server.closeAllConnections();
    await sleep(20);
    expect(await post(test.url)).toMatchObject({ ok: true });
    expect(test.connections()).toBe(2);
  });

  it('a box that meets a connection just being closed is sent once more, on a new one', async () => {
    let isBroken = false;
    const test = await serve((request, response) => {
      if (test.requests.length === 1 || (test.requests.length === 3 && !isBroken)) response.end();
      else request.socket.destroy();
    });
    const { post, reports } = makeTestPoster();
    await post(test.url);
    expect(await post(test.url)).toMatchObject({ ok: true });
    expect(test.requests).toHaveLength(3);
    expect(test.connections()).toBe(2);
    test.requests.length = 0;
    isBroken = true;
    await post(test.url);
    expect(await post(test.url)).toEqual(failed('connection closed'));
    expect(test.requests).toHaveLength(3);
    expect(reports.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  });

  it('a box is not sent again once its reply has begun', async () => {
    const heard: number[] = [];
    const url = await serveRaw((socket, n) => {
      heard.push(n);
      if (n === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      else socket.end('HTTP/1.1');
    });
    const { fetchContact } = makeTestPoster();
    expect(await fetchContact(url)).toMatchObject({ ok: true });
    expect(await fetchContact(url)).toEqual(failed('connection closed'));
    expect(heard).toEqual([1, 2]);
  });

  it('a connection on which a box is still being sent when its reply ends is closed', async () => {
    const sockets: Socket[] = [];
    const url = await serveRaw((socket, heard) => {
      if (heard > 1) return;
      sockets.push(socket);
      socket.pause();
      socket.write('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n');
    });
    expect(await makeTestPoster().post(url, new Uint8Array(30_000_000))).toEqual(
      failed('HTTP 503'),
    );
    const [socket] = sockets;
    socket?.resume();
    const beginMs = performance.now();
    await once(socket!, 'close');
    expect(performance.now() - beginMs).toBeLessThan(POSTER_IDLE_MS / 2);
  });

  it('vats behind one proxy wait for each other only beyond so many connections', async () => {
    const test = await serve((_request, response) => {
      if (test.requests.length > POSTER_CONNECTIONS_MAX) response.end();
    });
    const { post } = makeTestPoster(1_500);
    const held = Array.from({ length: POSTER_CONNECTIONS_MAX }, () => post(test.url));
    while (test.requests.length < POSTER_CONNECTIONS_MAX) await sleep(5);
    await sleep(200);
    const late = [post(test.url), post(test.url)];
    await sleep(50);
    expect(test.requests).toHaveLength(POSTER_CONNECTIONS_MAX);
    for (const result of await Promise.all(held)) {
      expect(result).toEqual(failed('timed out after 1.5 s'));
    }
    expect(await Promise.all(late)).toMatchObject([{ ok: true }, { ok: true }]);
  });

  it('an attempt that waits for a connection ends in its time too', async () => {
    const test = await serve(() => undefined);
    const { post, reports } = makeTestPoster(1_000);
    const all = Array.from({ length: 3 * POSTER_CONNECTIONS_MAX }, () => post(test.url));
    const timedOut = failed('timed out after 1 s');
    const beginMs = performance.now();
    expect(await Promise.all(all)).toEqual(all.map(() => timedOut));
    // One after the other they would take three.
    expect(performance.now() - beginMs).toBeLessThan(2_500);
    await sleep(50);
    expect(reports).toHaveLength(all.length);
  });

  it('after close nothing is reported, and nothing more is sent', async () => {
    const test = await serve(() => undefined);
    const { poster, reports, post } = makeTestPoster();
    for (let n = 0; n <= POSTER_CONNECTIONS_MAX; n += 1) void post(test.url);
    while (test.requests.length < POSTER_CONNECTIONS_MAX) await sleep(5);
    await poster.close();
    void post(test.url);
    await sleep(50);
    expect(reports).toEqual([]);
    expect(test.requests).toHaveLength(POSTER_CONNECTIONS_MAX);
  });

  it('a peer with a certificate that nobody signed, or without TLS, is not reached', async () => {
    const { post } = makeTestPoster();
    const url = await serveTls();
    expect(await post(url)).toEqual(failed('its certificate is self-signed'));
    const plain = await serve(() => undefined);
    expect(await post(plain.url.replace('http:', 'https:'))).toEqual(failed('no TLS there'));
  });

  it('a peer behind TLS is reached, and TLS is loaded only then', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'qrt-cert-'));
    ended.push(() => rmSync(dir, { recursive: true }));
    const path = join(dir, 'cert.pem');
    writeFileSync(path, TEST_CERT);
    const plain = await serve((_request, response) => response.end('x'));
    const { output } = await runPoster({
      urls: [plain.url, await serveTls()],
      env: { NODE_EXTRA_CA_CERTS: path },
    });
    expect(output).toBe('true https false\ntrue https true\n');
  });

  it('a proxy that the environment names is not used', async () => {
    const proxy = await serve((_request, response) => response.end('x'));
    const { url, requests } = await serve((_request, response) => response.end('x'));
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [
      [name, proxy.url],
      [name.toLowerCase(), proxy.url],
    ]);
    const { output } = await runPoster({ urls: [url], env: Object.fromEntries(names) });
    expect(output).toBe('true https false\n');
    expect(requests).toHaveLength(1);
    expect(proxy.connections()).toBe(0);
  });

  it('an idle poster keeps no process alive', async () => {
    const { url } = await serve((_request, response) => response.end('x'));
    const { output, idleMs } = await runPoster({ urls: [url] });
    expect(output).toBe('true https false\n');
    expect(idleMs).toBeLessThan(POSTER_IDLE_MS / 2);
  });
});

/** Posts to one URL after the other in a process of its own, until that ends by itself. */
async function runPoster({ urls, env = {} }: { urls: string[]; env?: Record<string, string> }) {
  const program = `
    import { makePoster } from ${JSON.stringify(sourceUrl('src/transport/poster.ts'))};
    const urls = ${JSON.stringify(urls)};
    const isLoaded = () => process.moduleLoadList.includes('NativeModule https');
    const poster = makePoster({
      allowPrivate: true,
      onInput: ({ result }) => {
        console.log(\`\${result.ok} https \${isLoaded()}\`);
        postNext();
      },
    });
    const postNext = () => {
      const url = urls.shift();
      const bytes = new Uint8Array(1);
      if (url) poster.post({ type: 'post', attempt: 1, peer: '${peer}', url, bytes });
    };
    postNext();
  `;
  const args = ['--import', sourceUrl('scripts/ts-loader.mjs'), '--input-type=module', '-e'];
  const child = spawn(process.execPath, [...args, program], { env: { ...process.env, ...env } });
  let output = '';
  let reportedMs = 0;
  child.stdout.on('data', (chunk) => {
    output += chunk;
    reportedMs = performance.now();
  });
  await once(child, 'exit');
  return { output, idleMs: performance.now() - reportedMs };
}
