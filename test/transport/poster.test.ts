import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CONTACT_BYTES_MAX,
  RECEIPT_BYTES_MAX,
  REPLY_HEADERS_BYTES_MAX,
} from '../../src/core/limits.ts';
import { ENVELOPE_BYTES, SEAL_BYTES } from '../../src/core/wire.ts';
import { endAll, failed, makeTestPoster, peer, serve, serveRaw } from './kit.ts';

const replyBytesMax = ENVELOPE_BYTES + SEAL_BYTES + RECEIPT_BYTES_MAX;

afterEach(endAll);

describe('poster', () => {
  it('Q42: a box is posted to the address of its vat and the reply comes back as bytes', async () => {
    const { url, requests } = await serve((_request, response) => response.end('receipt'));
    const { post, reports } = makeTestPoster();
    const result = await post(url);
    expect(result).toEqual({ ok: true, bytes: new Uint8Array(Buffer.from('receipt')) });
    expect(await post(`${url}/behind/a/proxy/`)).toMatchObject({ ok: true });
    const type = 'application/octet-stream';
    const body = Buffer.from([1, 2, 3]);
    expect(requests).toEqual([
      { method: 'POST', url: `/qrt/1/vat/${peer}/box`, type, body },
      { method: 'POST', url: `/behind/a/proxy/qrt/1/vat/${peer}/box`, type, body },
    ]);
    expect(reports.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('a contact record is fetched from the address of its vat', async () => {
    const { url, requests } = await serve((_request, response) => response.end('{}'));
    const result = await makeTestPoster().fetchContact(url);
    expect(result).toEqual({ ok: true, bytes: new Uint8Array(Buffer.from('{}')) });
    expect(requests).toMatchObject([{ method: 'GET', url: `/qrt/1/vat/${peer}/contact` }]);
  });

  it('nothing is reported before the call has returned, also when nothing can be sent', async () => {
    const { poster, reports } = makeTestPoster();
    const bytes = new Uint8Array(1);
    poster.post({ type: 'post', attempt: 1, peer, url: 'file:///etc/passwd', bytes });
    expect(reports).toEqual([]);
    await sleep(5);
    const result = failed('not a URL of a vat');
    expect(reports).toEqual([{ type: 'posted', attempt: 1, result }]);
  });

  it('a reply is taken up to its bound and cut beyond it', async () => {
    let length = 0;
    const { url } = await serve((_request, response) => response.end(Buffer.alloc(length)));
    const { post, fetchContact } = makeTestPoster();
    length = replyBytesMax;
    expect(await post(url)).toEqual({ ok: true, bytes: new Uint8Array(length) });
    length = replyBytesMax + 1;
    expect(await post(url)).toEqual(failed('reply too large'));
    length = CONTACT_BYTES_MAX;
    expect(await fetchContact(url)).toEqual({ ok: true, bytes: new Uint8Array(length) });
    length = CONTACT_BYTES_MAX + 1;
    expect(await fetchContact(url)).toEqual(failed('reply too large'));
  });

  it('headers of a reply are taken up to their bound, give or take a line, and cut beyond it', async () => {
    const first = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n';
    let length = REPLY_HEADERS_BYTES_MAX;
    const url = await serveRaw((socket) => {
      const left = length - first.length - 'X: \r\n\r\n'.length;
      socket.end(`${first}X: ${'x'.repeat(left)}\r\n\r\n`);
    });
    const { fetchContact } = makeTestPoster();
    expect(await fetchContact(url)).toMatchObject({ ok: true });
    length += 100;
    expect(await fetchContact(url)).toEqual(failed('reply too large'));
  });

  it('a reply without end is cut at the bound, not at the end of time', async () => {
    const closed: Promise<unknown>[] = [];
    const { url } = await serve((_request, response) => {
      closed.push(once(response, 'close'));
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(10_000), more);
      };
      more();
    });
    const { post, fetchContact } = makeTestPoster();
    expect(await post(url)).toEqual(failed('reply too large'));
    expect(await fetchContact(url)).toEqual(failed('reply too large'));
    await Promise.all(closed);
    expect(closed).toHaveLength(2);
  });

  it('any status but 200 is a failure, and a redirect is not followed', async () => {
    const { url, requests } = await serve((_request, response) => {
      response.writeHead(requests.length === 1 ? 503 : 302, { location: '/elsewhere' });
      response.end('x'.repeat(100));
    });
    const { post } = makeTestPoster();
    expect(await post(url)).toEqual(failed('HTTP 503'));
    expect(await post(url)).toEqual(failed('HTTP 302'));
    expect(requests).toHaveLength(2);
  });

  it('a peer that is not there, or not to be found, is named in a few words', async () => {
    const { url, server } = await serve(() => undefined);
    server.close();
    await once(server, 'close');
    const { post } = makeTestPoster();
    expect(await post(url)).toEqual(failed('connection refused'));
    expect(await post('http://no-such-host.invalid')).toMatchObject({
      reason: expect.stringMatching(/^no such host/),
    });
  });

  it('an attempt ends in its time, whether no reply begins or one never ends', async () => {
    let isBegun = false;
    const { url } = await serve((_request, response) => {
      if (isBegun) response.write('x');
    });
    const { post } = makeTestPoster(150);
    expect(await post(url)).toEqual(failed('timed out after 0.15 s'));
    isBegun = true;
    expect(await post(url)).toEqual(failed('timed out after 0.15 s'));
  });

  it('a reply cut short, or no HTTP at all, is a failure and no shorter reply', async () => {
    const replies: Record<string, string> = {
      'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc': 'reply cut short',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n': 'reply cut short',
      'HTTP/1.1 503 No\r\nContent-Length: 10\r\n\r\nabc': 'HTTP 503',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz': 'no valid HTTP in reply',
      'HTTP/1.1 101 Other\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n': 'connection closed',
      [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`]: 'reply too large',
      'SSH-2.0-x\r\n': 'no valid HTTP in reply',
      'HTTP/1.1 20': 'connection closed',
      '': 'connection closed',
    };
    const given = Object.keys(replies);
    const url = await serveRaw((socket) => socket.end(given.shift() ?? ''));
    const { post } = makeTestPoster();
    for (const reason of Object.values(replies)) expect(await post(url)).toEqual(failed(reason));
  });

  it('a reply ends with its connection when nothing else says where', async () => {
    const url = await serveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nabc'));
    const bytes = new Uint8Array(Buffer.from('abc'));
    expect(await makeTestPoster().post(url)).toEqual({ ok: true, bytes });
  });

  it('a box is sent once: when the connection breaks that is reported, not repeated', async () => {
    const test = await serve((request) => request.socket.destroy());
    expect(await makeTestPoster().post(test.url)).toEqual(failed('connection closed'));
    expect(test.requests).toHaveLength(1);
  });
});
