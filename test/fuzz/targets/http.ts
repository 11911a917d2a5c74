// HTTP: requests of strangers to the listener and replies of strangers to the poster, mutated as bytes.
// Each ends within its time, no body is longer than its bound, and the next honest one is served.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { VatId } from '../../../src/core/ids.ts';
import { CONTACT_BYTES_MAX } from '../../../src/core/limits.ts';
import type { PostResult } from '../../../src/kernel/ports.ts';
import { startListener } from '../../../src/transport/listener.ts';
import { makePoster } from '../../../src/transport/poster.ts';
import { BODY_BYTES_MAX, formatBoxPath, formatContactPath } from '../../../src/transport/routes.ts';
import { pick } from '../../sim/random.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { must, type Random, type Target } from '../target.ts';
import { CONTACT } from '../valid.ts';

const VAT = 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w' as VatId;
const WAIT_MS = 40;
/** For a reply that has to come, however busy the machine is. */
const SURE_MS = 30_000;
const POST_MS = 120;
const REPLY_BYTES_MAX = 128 * 1024;

const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n');
const OCTETS = 'content-type: application/octet-stream';
const REQUESTS: readonly string[] = [
  `${head(`POST ${formatBoxPath(VAT)} HTTP/1.1`, 'host: a', OCTETS, 'content-length: 5')}12345`,
  head(`GET ${formatContactPath(VAT)} HTTP/1.1`, 'host: a', 'connection: close'),
  head('GET / HTTP/1.0'),
  head(`POST ${formatBoxPath(VAT)} HTTP/1.1`, 'host: a', OCTETS, 'transfer-encoding: chunked') +
    '5\r\n12345\r\n0\r\n\r\n',
  head(
    `POST ${formatBoxPath(VAT)} HTTP/1.1`,
    'host: a',
    OCTETS,
    'content-length: 99999999',
    'expect: 100-continue',
  ),
  head(
    `GET ${formatContactPath(VAT)} HTTP/1.1`,
    'host: a',
    'upgrade: websocket',
    'connection: upgrade',
  ),
];
const LENGTH = Buffer.byteLength(CONTACT);
const REPLIES: readonly string[] = [
  head('HTTP/1.1 200 OK', 'content-type: application/json', `content-length: ${LENGTH}`) + CONTACT,
  head('HTTP/1.1 200 OK', 'transfer-encoding: chunked') +
    `${LENGTH.toString(16)}\r\n${CONTACT}\r\n0\r\n\r\n`,
  head('HTTP/1.0 200 OK') + CONTACT,
  head('HTTP/1.1 302 Found', 'location: http://127.0.0.1:1/', 'content-length: 0'),
  `${head('HTTP/1.1 100 Continue') + head('HTTP/1.1 200 OK', 'content-length: 2')}{}`,
  head('HTTP/1.1 103 Early Hints', 'link: x') + head('HTTP/1.1 204 None'),
  head('HTTP/1.1 101 Switching Protocols', 'upgrade: x', 'connection: upgrade'),
];

const spoil = (random: Random, texts: readonly string[]): Uint8Array => {
  const text = random() < 0.2 ? stretch(random, pick(random, texts)) : pick(random, texts);
  return random() < 0.1 ? Buffer.from(text) : mutateBytes(random, Buffer.from(text));
};

/** Much more of something. */
function stretch(random: Random, text: string): string {
  return pick(random, [
    () => text.replace('\r\n', `\r\nx: ${'y'.repeat(20_000)}\r\n`),
    () => text.replace('\r\n', `\r\n${'a: b\r\n'.repeat(3_000)}`),
    () => text.replace(/content-length: \d+/, 'content-length: 100000000') + 'z'.repeat(2_000_000),
    () => text.replace(/content-length: \d+/, 'content-length: 1\r\ncontent-length: 2'),
    () => text + text,
  ])();
}

export const HTTP_REQUESTS: Target = {
  name: 'http-request',
  cases: 300,
  casesShort: 20,
  kinds: ['answered'],
  async open(random) {
    let longest = 0;
    const listener = await startListener({
      ...{ host: '127.0.0.1', port: 0, vat: VAT, version: '0', configPath: 'config.json' },
      onInput(input) {
        const isBox = input.type === 'box';
        if (isBox) longest = Math.max(longest, input.bytes.length);
        listener.reply({
          ticket: input.ticket,
          status: isBox ? 400 : 200,
          bytes: new Uint8Array(1),
        });
      },
      limits: { closeMs: 50 },
    });
    const talk = async (bytes: Uint8Array, waitMs = WAIT_MS): Promise<string> => {
      const socket = connect(listener.port, '127.0.0.1');
      const said = readFor(socket, waitMs);
      socket.write(bytes);
      return said;
    };
    return {
      async run(note) {
        const bytes = spoil(random, REQUESTS);
        note(Buffer.from(bytes).toString('latin1'));
        const said = await talk(bytes);
        must(said === '' || said.startsWith('HTTP/1.1 '), 'it says something else than HTTP');
        must(longest <= BODY_BYTES_MAX, 'a body is longer than it may be');
        must(
          (await talk(Buffer.from(REQUESTS[1]!), SURE_MS)).startsWith('HTTP/1.1 200'),
          'it serves no more',
        );
        return said === '' ? 'silent' : 'answered';
      },
      close: () => listener.close(),
    };
  },
};

/** What comes within a time, or until the other side ends. */
async function readFor(socket: Socket, waitMs: number): Promise<string> {
  let said = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    said += text;
  });
  // Cut off by the other side: that is an answer, too.
  socket.on('error', () => {});
  const timer = setTimeout(() => socket.destroy(), waitMs);
  await once(socket, 'close');
  clearTimeout(timer);
  return said;
}

export const HTTP_REPLIES: Target = {
  name: 'http-reply',
  cases: 300,
  casesShort: 20,
  kinds: ['taken', 'failed'],
  async open(random) {
    let reply: Uint8Array = Buffer.alloc(0);
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => socket.end(reply));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const results: [number, PostResult][] = [];
    const onInput = ({ attempt, result }: { attempt: number; result: PostResult }): void =>
      void results.push([attempt, result]);
    const poster = makePoster({ onInput, allowPrivate: true, postMsMax: POST_MS });
    let attempt = 0;
    return {
      async run(note) {
        reply = spoil(random, REPLIES);
        note(Buffer.from(reply).toString('latin1'));
        attempt += 1;
        const isPost = random() < 0.5;
        if (isPost)
          poster.post({ type: 'post', attempt, peer: VAT, url, bytes: Buffer.alloc(200_000) });
        else poster.fetchContact({ type: 'fetch-contact', attempt, peer: VAT, url });
        for (let tries = 0; results.length === 0 && tries < 10_000; tries += 1) await soon();
        await soon();
        const [first, ...more] = results.splice(0);
        must(first?.[0] === attempt && more.length === 0, 'an attempt has not ended once');
        const [, result] = first;
        const most = isPost ? REPLY_BYTES_MAX : CONTACT_BYTES_MAX;
        must(!result.ok || result.bytes.length <= most, 'a reply is longer than it may be');
        return result.ok ? 'taken' : 'failed';
      },
      async close() {
        await poster.close();
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    };
  },
};

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
