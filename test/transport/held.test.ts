// What clients hold of a listener: connections and bodies, of which nobody can take all.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { boxPath, closeListeners, contactPath, startTestListener } from './listener-kit.ts';

const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeListeners();
});

interface Client {
  readonly socket: Socket;
  readonly heard: Promise<string>;
}

/** A connection from that address of this machine, on which this is said. */
async function call(port: number, localAddress: string, text: string): Promise<Client> {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return { socket, heard: readText(socket).catch(() => '') };
}

const ASK = `GET ${contactPath} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
const boxOf = (length: number, more = ''): string =>
  [
    `POST ${boxPath} HTTP/1.1`,
    'Host: x',
    'Content-Type: application/octet-stream',
    `Content-Length: ${length}`,
    `${more}Connection: close`,
    '',
    'x',
  ].join('\r\n');

describe('what clients hold', () => {
  it('connections that say nothing keep nobody out: the oldest of who holds most goes', async () => {
    const { listener } = await startTestListener({ connectionsMax: 3 });
    const held = [];
    for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.3']) {
      held.push(await call(listener.port, from, ''));
    }
    const asked = await call(listener.port, '127.0.0.4', ASK);
    expect(await asked.heard).toMatch(/^HTTP\/1.1 200 /);
    expect(await held[1]!.heard).toBe('');
    await sleep(50);
    expect(held.map(({ socket }) => socket.closed)).toEqual([false, true, false]);
  });

  it('bodies that come slowly keep nobody out: the oldest gets a 503', async () => {
    const { listener, inputs } = await startTestListener({ repliesWaitingMax: 2 });
    const slow = [];
    for (let n = 0; n < 2; n += 1) {
      slow.push(await call(listener.port, '127.0.0.2', boxOf(9)));
      await sleep(20);
    }
    const whole = await call(listener.port, '127.0.0.3', boxOf(1));
    expect(await whole.heard).toMatch(/^HTTP\/1.1 200 /);
    expect(await slow[0]!.heard).toMatch(/^HTTP\/1.1 503 .*retry-after: 1\r\n/is);
    slow[1]!.socket.write('12345678');
    expect(await slow[1]!.heard).toMatch(/^HTTP\/1.1 200 /);
    expect(inputs).toHaveLength(2);
  });

  it('a peer that has proven itself keeps its connection while others fight for theirs', async () => {
    const test = await startTestListener({ connectionsMax: 2 }, ({ ticket }, listener) => {
      listener.reply({ ticket, status: 200, bytes: new Uint8Array(0), isProof: true });
    });
    const { port } = test.listener;
    await (await call(port, '127.0.0.2', boxOf(1))).heard;
    const peer = await call(port, '127.0.0.2', '');
    for (let n = 3; n < 9; n += 1) await call(port, `127.0.0.${n}`, '');
    peer.socket.write(boxOf(1));
    expect(await peer.heard).toMatch(/^HTTP\/1.1 200 /);
  });

  it('a box comes with the address that its sender counts for', async () => {
    const { listener, inputs } = await startTestListener({}, undefined, {
      trustedProxies: ['127.0.0.3'],
    });
    const claim = 'X-Forwarded-For: 198.51.100.1\r\n';
    for (const from of ['127.0.0.2', '127.0.0.3']) {
      await (await call(listener.port, from, boxOf(1, claim))).heard;
    }
    expect(inputs).toMatchObject([{ address: '127.0.0.2' }, { address: '198.51.100.1' }]);
  });

  it('a refusal for too much is the same few bytes, and says when to come again', async () => {
    const { listener } = await startTestListener({}, ({ ticket }, own) => {
      own.reply({ ticket, status: 429, bytes: new Uint8Array(Buffer.from('secret')) });
    });
    const reply = await (await call(listener.port, '127.0.0.2', boxOf(1))).heard;
    expect(reply).toMatch(/^HTTP\/1.1 429 .*retry-after: 1\r\n.*\r\n\r\n429\n$/is);
  });
});
