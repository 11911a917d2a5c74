// Wire: a reverse proxy that holds every request for a while, so that much is under way between
// two nodes, and tells when a box or its receipt goes by.

import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What goes by: a box that has arrived at the wire, or a receipt that leaves it. */
export type Passing = 'box' | 'receipt';

export interface WireOptions {
  /** Asked for each request. */
  readonly targetPort: () => number;
  /** How long a request is held, in milliseconds; asked for each. */
  readonly holdMs: () => number;
}

/** A running wire. */
export interface Wire {
  readonly port: number;
  /** Calls `react` at once when the next one goes by. */
  onNext(passing: Passing, react: () => void): void;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

/** Starts a wire on a free port of 127.0.0.1. The target may come and go. */
export async function startWire({ targetPort, holdMs }: WireOptions): Promise<Wire> {
  const waiting: Record<Passing, (() => void)[]> = { box: [], receipt: [] };
  const pass = (passing: Passing): void => {
    for (const react of waiting[passing].splice(0)) react();
  };

  const carry = async (incoming: IncomingMessage): Promise<Reply> => {
    const body = await readAll(incoming);
    const isBox = incoming.method === 'POST';
    if (isBox) pass('box');
    // Whoever sent it may die meanwhile: what is on the wire arrives all the same.
    await delay(holdMs());
    const reply = await forward({ incoming, body, targetPort: targetPort() });
    if (isBox && reply.status === 200) pass('receipt');
    return reply;
  };

  const server = createServer((incoming, response) => {
    carry(incoming).then(
      ({ status, body }) => response.writeHead(status).end(body),
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.freeze<Wire>({
    port: (server.address() as AddressInfo).port,
    onNext: (passing, react) => void waiting[passing].push(react),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}

interface Forwarded {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly targetPort: number;
}

function forward({ incoming, body, targetPort: port }: Forwarded): Promise<Reply> {
  const { method, url: path } = incoming;
  const type = incoming.headers['content-type'];
  const headers = { 'content-length': body.length, ...(type ? { 'content-type': type } : {}) };
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
    outgoing.on('error', reject);
    outgoing.on('response', (reply) => {
      readAll(reply).then(
        (bytes) => resolve({ status: reply.statusCode ?? 502, body: bytes }),
        reject,
      );
    });
    outgoing.end(body);
  });
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
