// A listener that speaks TLS by itself: boxes over it, certificates that change, handshakes in bounds.

import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import {
  HANDSHAKES_PER_ADDRESS_BURST,
  HANDSHAKES_PER_ADDRESS_SECOND,
  HANDSHAKES_PER_SECOND,
} from '../../src/core/tls-limits.ts';
import { PROXY } from '../../src/transport/client-address.ts';
import { makeHandshakes } from '../../src/transport/handshakes.ts';
import type { ListenerLimits } from '../../src/transport/listener.ts';
import { boxPath, closeListeners, octets, startTestListener } from './listener-kit.ts';
import { TEST_CERT, TEST_KEY } from './test-cert.ts';
import { RENEWED_CERT, RENEWED_KEY } from './test-cert-renewed.ts';

const FIRST = { cert: TEST_CERT, key: TEST_KEY };
const RENEWED = { cert: RENEWED_CERT, key: RENEWED_KEY };
const CA = [TEST_CERT, RENEWED_CERT];

const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await closeListeners();
});

const start = (limits: Partial<ListenerLimits> = {}) =>
  startTestListener(limits, undefined, { tls: FIRST });

function makeAgent(): Agent {
  const agent = new Agent({ ca: CA, keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return agent;
}

interface Reply {
  readonly status: number | undefined;
  readonly body: string;
  /** The name in the certificate of the connection. */
  readonly name: string | undefined;
}

/** Posts a box of its own length. */
async function post(port: number, body: string, agent = makeAgent()): Promise<Reply> {
  const headers = { ...octets, 'content-length': body.length };
  const place = { host: '127.0.0.1', port, path: boxPath, method: 'POST' };
  const sent = request({ ...place, agent, headers });
  sent.end(body);
  const [incoming] = await once(sent, 'response');
  const name = (incoming.socket as TLSSocket).getPeerCertificate().subject.CN;
  return { status: incoming.statusCode, body: await text(incoming), name: String(name) };
}

describe('a listener with TLS of its own', () => {
  it('takes boxes over it, and nothing without it', async () => {
    const { listener, inputs } = await start();
    const reply = await post(listener.port, 'a box');
    expect(reply).toEqual({ status: 200, body: 'a box', name: 'qrt test' });
    expect(inputs).toMatchObject([{ type: 'box', address: '127.0.0.1' }]);
    const plain = fetch(`http://127.0.0.1:${listener.port}${boxPath}`, { method: 'POST' });
    await expect(plain).rejects.toThrow('fetch failed');
    expect(inputs).toHaveLength(1);
  });

  it('speaks nothing older than TLS 1.2', async () => {
    const { listener } = await start();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ca: CA } as const;
    // Only so low would the client itself still speak it.
    const ciphers = 'DEFAULT@SECLEVEL=0';
    const socket = connectTls({ host: '127.0.0.1', port: listener.port, ciphers, ...old });
    const [error] = await once(socket, 'error').catch((thrown: Error) => [thrown]);
    expect(String(error)).toMatch(/alert protocol version/i);
  });

  it('gives new connections a renewed certificate, and ends none that is open', async () => {
    const { listener } = await start();
    const kept = makeAgent();
    expect(await post(listener.port, 'before', kept)).toMatchObject({ name: 'qrt test' });
    listener.renew(RENEWED);
    expect(await post(listener.port, 'after', kept)).toMatchObject({ name: 'qrt test' });
    expect(await post(listener.port, 'new')).toMatchObject({
      ...{ status: 200, body: 'new', name: 'qrt test, renewed' },
    });
  });

  it('ends a connection that begins no handshake, and one that stops in it', async () => {
    const { listener } = await start({ headersMsMax: 200, checkMs: 50 });
    for (const first of ['', '\x16\x03\x01']) {
      const socket = connect(listener.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(first, 'latin1');
      await once(socket.resume(), 'close');
    }
    expect(await post(listener.port, 'goes on')).toMatchObject({ status: 200 });
  });

  it('closes without waiting for a handshake that nobody goes on with', async () => {
    const { listener } = await start({ headersMsMax: 600_000, requestMsMax: 600_000, closeMs: 50 });
    const socket = connect(listener.port, '127.0.0.1');
    socket.write('\x16\x03\x01', 'latin1');
    await post(listener.port, 'the server has seen it by now');
    const closed = once(socket.resume(), 'close');
    await listener.close();
    await closed;
  });

  it('ends connections of one address beyond so many at once before any handshake', async () => {
    const { listener } = await start();
    const tries = HANDSHAKES_PER_ADDRESS_BURST + 4 * HANDSHAKES_PER_ADDRESS_SECOND;
    const secured = await Promise.all(
      Array.from({ length: tries }, async () => {
        const socket = connectTls({ host: '127.0.0.1', port: listener.port, ca: CA });
        const end = await Promise.race([
          once(socket, 'secureConnect').then(() => 'secured'),
          once(socket, 'close').then(() => 'closed'),
        ]).catch(() => 'closed');
        socket.destroy();
        return end;
      }),
    );
    expect(secured).toContain('closed');
    const count = secured.filter((end) => end === 'secured').length;
    expect(count).toBeGreaterThanOrEqual(HANDSHAKES_PER_ADDRESS_BURST);
  });
});

describe('handshakes', () => {
  it('strangers have few in all, a known address its own, and a trusted proxy any', () => {
    let nowMs = 0;
    const known = '192.0.2.1';
    const may = makeHandshakes({ nowMs: () => nowMs, isProven: (address) => address === known });
    const count = (addresses: readonly string[]): number => addresses.filter(may).length;
    const one = Array<string>(1_000).fill('198.51.100.1');
    const many = Array.from({ length: 1_000 }, (_, n) => `2001:db8:0:${n}::/64`);
    expect(count(one)).toBe(HANDSHAKES_PER_ADDRESS_BURST);
    expect(count(many)).toBe(HANDSHAKES_PER_SECOND - HANDSHAKES_PER_ADDRESS_BURST);
    expect(count(Array<string>(1_000).fill(known))).toBe(HANDSHAKES_PER_ADDRESS_BURST);
    expect(count(Array<string>(1_000).fill(PROXY))).toBe(1_000);
    nowMs += 1_000;
    expect(count(one)).toBe(HANDSHAKES_PER_ADDRESS_SECOND);
    expect(count(many)).toBe(HANDSHAKES_PER_SECOND - HANDSHAKES_PER_ADDRESS_SECOND);
  });
});
