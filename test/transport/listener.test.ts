import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { isQrtError, type QrtError } from '../../src/core/errors.ts';
import { LISTENER_CLOSE_MS } from '../../src/core/limits.ts';
import { startListener } from '../../src/transport/listener.ts';
import { BODY_BYTES_MAX } from '../../src/transport/routes.ts';
import {
  boxPath,
  closeListeners,
  contactPath,
  octets,
  openSocket,
  otherVat,
  postBox,
  raw,
  rawBox,
  startTestListener as start,
  vat,
} from './listener-kit.ts';

afterEach(closeListeners);

describe('listener', () => {
  it('Q42: a box is the body of a POST and the reply is the body of its response', async () => {
    const { url, inputs } = await start();
    const body = Uint8Array.from({ length: 70_000 }, (_, index) => index & 255);
    const response = await postBox(url, body);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
    expect(inputs).toMatchObject([{ type: 'box', ticket: 1, bytes: body }]);
  });

  it('the contact record is JSON, and each request has its own ticket', async () => {
    const { url, inputs } = await start();
    const response = await fetch(url + contactPath);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({});
    await postBox(url, new Uint8Array(1));
    expect(inputs.map(({ type, ticket }) => [type, ticket])).toEqual([
      ['contact', 1],
      ['box', 2],
    ]);
  });

  it('a box is taken up to the bound and refused beyond it, before it is read', async () => {
    const test = await start();
    const response = await postBox(test.url, new Uint8Array(BODY_BYTES_MAX));
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBe(BODY_BYTES_MAX);
    const head = [
      'Content-Type: application/octet-stream',
      `Content-Length: ${BODY_BYTES_MAX + 1}`,
    ];
    expect(await raw(test, rawBox(head))).toMatch(/^HTTP\/1.1 413 /);
    expect(test.inputs).toHaveLength(1);
  });

  it('Q48: what is no box by its headers is refused and never reaches the kernel', async () => {
    const test = await start();
    const type = 'Content-Type: application/octet-stream';
    const cases: [string, readonly string[], string][] = [
      ['411', [type], ''],
      ['411', [type, 'Transfer-Encoding: chunked'], '1\r\nx\r\n0\r\n\r\n'],
      ['415', [type, 'Content-Encoding: gzip', 'Content-Length: 1'], 'x'],
      ['415', [type, 'Content-Encoding: identity', 'Content-Length: 1'], 'x'],
      ['415', ['Content-Type: text/plain', 'Content-Length: 1'], 'x'],
      ['415', [`${type}; charset=utf-8`, 'Content-Length: 1'], 'x'],
      ['415', ['Content-Length: 1'], 'x'],
      ['400', [type, 'Content-Length: 1', 'Content-Length: 2'], 'xy'],
      ['400', [type, 'Content-Length: 1', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
      ['400', [type, 'Content-Length: -1'], ''],
      ['400', [type, 'Content-Length: 0x1'], 'x'],
    ];
    for (const [status, headers, body] of cases) {
      const reply = await raw(test, rawBox(headers, body));
      expect(`${headers.join(' ')} ${reply}`).toContain(`HTTP/1.1 ${status} `);
    }
    expect(test.inputs).toEqual([]);
  });

  it('Q48: another vat, another version and another method are refused alike', async () => {
    const { url, inputs } = await start();
    const statusOf = async (path: string, method: string) =>
      (await fetch(url + path, { method, headers: octets })).status;
    expect(await statusOf(boxPath.replace(vat, otherVat), 'POST')).toBe(404);
    expect(await statusOf(contactPath.replace(vat, otherVat), 'GET')).toBe(404);
    expect(await statusOf(boxPath.replace('/1/', '/2/'), 'POST')).toBe(404);
    expect(await statusOf(`${boxPath}/`, 'POST')).toBe(404);
    expect(await statusOf(`${boxPath}?a`, 'POST')).toBe(404);
    expect(await statusOf('/qrt/', 'GET')).toBe(404);
    expect(await statusOf(boxPath, 'GET')).toBe(405);
    expect(await statusOf(contactPath, 'POST')).toBe(405);
    expect(inputs).toEqual([]);
  });

  it('a refusal of the kernel carries its status and no bytes of the kernel', async () => {
    const { url } = await start({}, ({ ticket }, listener) => {
      listener.reply({ ticket, status: 400, bytes: new Uint8Array(Buffer.from('secret')) });
    });
    const response = await postBox(url, new Uint8Array(3));
    expect(response.status).toBe(400);
    expect(await response.text()).toBe('400\n');
  });

  it('a reply with an unknown, used or closed ticket is ignored', async () => {
    const test = await start({}, () => undefined);
    const socket = openSocket(test.listener);
    socket.write(rawBox(['Content-Type: application/octet-stream', 'Content-Length: 1'], 'x'));
    while (test.inputs.length === 0) await sleep(5);
    socket.destroy();
    await sleep(50);
    const bytes = new Uint8Array(0);
    test.listener.reply({ ticket: 1, status: 200, bytes });
    test.listener.reply({ ticket: 1, status: 200, bytes });
    test.listener.reply({ ticket: 99, status: 200, bytes });
  });

  it('at most so many boxes await their reply; the next one gets a 503, and then room', async () => {
    const test = await start({ repliesWaitingMax: 2 }, () => undefined);
    const first = [postBox(test.url, new Uint8Array(1)), postBox(test.url, new Uint8Array(2))];
    while (test.inputs.length < 2) await sleep(5);
    const third = await postBox(test.url, new Uint8Array(100_000));
    expect(third.status).toBe(503);
    for (const { ticket } of test.inputs) {
      test.listener.reply({ ticket, status: 200, bytes: new Uint8Array(0) });
    }
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    const fourth = postBox(test.url, new Uint8Array(1));
    while (test.inputs.length < 3) await sleep(5);
    test.listener.reply({ ticket: 3, status: 200, bytes: new Uint8Array(0) });
    expect((await fourth).status).toBe(200);
  });

  it('contact requests that await their reply are bounded too, also on one connection', async () => {
    const test = await start({ repliesWaitingMax: 2 }, () => undefined);
    const socket = openSocket(test.listener);
    socket.write(`GET ${contactPath} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(5));
    while (test.inputs.length < 2) await sleep(5);
    await sleep(30);
    expect(test.inputs).toHaveLength(2);
    socket.destroy();
  });

  it('a connection on which nothing moves is cut off, also when the reply is ours to give', async () => {
    const test = await start({ stuckMs: 100 }, () => undefined);
    const head = ['Content-Type: application/octet-stream', 'Content-Length: 1'];
    expect(await raw(test, rawBox(head, 'x'))).toBe('');
    expect(test.inputs).toHaveLength(1);
  });

  it('a client that never ends its headers or its body is cut off, and its place is free', async () => {
    const test = await start({ requestMsMax: 400, headersMsMax: 200, checkMs: 50 });
    const beginMs = performance.now();
    const replies = await Promise.all([
      raw(test, ''),
      raw(test, `POST ${boxPath} HTTP/1.1\r\nHost: x\r\n`),
      raw(test, rawBox(['Content-Type: application/octet-stream', 'Content-Length: 9'], 'x')),
    ]);
    expect(performance.now() - beginMs).toBeLessThan(3_000);
    expect(replies.filter((reply) => reply !== '' && !/^HTTP\/1.1 408 /.test(reply))).toEqual([]);
    expect(test.inputs).toEqual([]);
  });

  it('headers beyond their bound are refused', async () => {
    const test = await start();
    const long = `X: ${'x'.repeat(9_000)}`;
    expect(await raw(test, rawBox([long]))).toMatch(/^HTTP\/1.1 431 /);
  });

  it('close lets a reply on its way finish and takes nothing new', async () => {
    const test = await start({}, () => undefined);
    const response = postBox(test.url, new Uint8Array(1));
    while (test.inputs.length === 0) await sleep(5);
    const closed = test.listener.close();
    await expect(fetch(test.url)).rejects.toThrow();
    test.listener.reply({ ticket: 1, status: 200, bytes: new Uint8Array([7]) });
    expect(new Uint8Array(await (await response).arrayBuffer())).toEqual(new Uint8Array([7]));
    const beginMs = performance.now();
    await closed;
    expect(performance.now() - beginMs).toBeLessThan(LISTENER_CLOSE_MS / 2);
  });

  it('close ends within its time also when a reply never comes', async () => {
    const test = await start({ closeMs: 200 }, () => undefined);
    const response = postBox(test.url, new Uint8Array(1)).catch(() => 'cut off');
    while (test.inputs.length === 0) await sleep(5);
    const beginMs = performance.now();
    await test.listener.close();
    expect(performance.now() - beginMs).toBeLessThan(1_500);
    expect(await response).toBe('cut off');
  });

  it('a port in use is QRT_PORT_TAKEN, any other trouble QRT_PORT_REFUSED, with the file', async () => {
    const { listener } = await start();
    const failure = async (host: string, port: number): Promise<QrtError> => {
      const started = startListener({
        ...{ host, port, vat, version: '0', configPath: '/somewhere/qrt.json' },
        onInput: () => undefined,
      });
      const error: unknown = await started.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!isQrtError(error)) throw new Error('it listens');
      return error;
    };
    const taken = await failure('127.0.0.1', listener.port);
    expect(taken.code).toBe('QRT_PORT_TAKEN');
    expect(taken.message).toContain(`${listener.port} on 127.0.0.1`);
    expect(taken.message).toContain('/somewhere/qrt.json');
    const refused = await failure('192.0.2.1', 0);
    expect(refused.code).toBe('QRT_PORT_REFUSED');
    expect(refused.message).toContain('no such address');
  });
});
