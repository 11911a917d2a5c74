// Servers and posters for tests of the way out to other vats; `endAll` ends them.

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeVatId } from '../../src/core/ids.ts';
import type { PostResult } from '../../src/kernel/ports.ts';
import {
  makePoster,
  type Poster,
  type PosterInput,
  type PosterOptions,
} from '../../src/transport/poster.ts';
import { TEST_CERT, TEST_KEY } from './test-cert.ts';

export const peer = makeVatId(new Uint8Array(32).fill(1));

export const ended: (() => unknown)[] = [];

/** For `afterEach`. */
export async function endAll(): Promise<void> {
  await Promise.all(ended.splice(0).map((end) => end()));
}

export interface TestServer {
  readonly url: string;
  readonly server: Server;
  readonly requests: { method: string; url: string; type: string; body: Buffer }[];
  readonly connections: () => number;
}

export async function serve(answer: RequestListener): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const type = headers['content-type'] ?? '';
      requests.push({ method, url, type, body: Buffer.concat(chunks) });
      answer(request, response);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ended.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server, requests, connections: () => connections };
}

/** A server that is told what to do with the n-th thing it hears, from 1, on all connections. */
export async function serveRaw(answer: (socket: Socket, heard: number) => void): Promise<string> {
  let heard = 0;
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => {
      heard += 1;
      answer(socket, heard);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ended.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface TestPoster {
  readonly poster: Poster;
  readonly reports: PosterInput[];
  post(url: string, bytes?: Uint8Array): Promise<PostResult>;
  fetchContact(url: string): Promise<PostResult>;
}

type TestPosterOptions = Omit<PosterOptions, 'onInput' | 'allowPrivate'> & {
  /** Unless told otherwise it may: everything here listens on loopback. */
  readonly allowPrivate?: boolean;
};

export function makeTestPoster(options: number | TestPosterOptions = {}): TestPoster {
  const reports: PosterInput[] = [];
  const poster = makePoster({
    onInput: (input) => reports.push(input),
    allowPrivate: true,
    ...(typeof options === 'number' ? { postMsMax: options } : options),
  });
  ended.push(() => poster.close());
  let attempt = 0;
  const resultOf = async (number: number): Promise<PostResult> => {
    for (;;) {
      const report = reports.find((each) => each.attempt === number);
      if (report) return report.result;
      await sleep(2);
    }
  };
  return {
    poster,
    reports,
    post(url, bytes = new Uint8Array([1, 2, 3])) {
      attempt += 1;
      poster.post({ type: 'post', attempt, peer, url, bytes });
      return resultOf(attempt);
    },
    fetchContact(url) {
      attempt += 1;
      poster.fetchContact({ type: 'fetch-contact', attempt, peer, url });
      return resultOf(attempt);
    },
  };
}

export const failed = (reason: string): PostResult => ({ ok: false, reason });

export async function serveTls(): Promise<string> {
  const server = createTlsServer({ key: TEST_KEY, cert: TEST_CERT }, (_request, response) => {
    response.end('x');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ended.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A file of this repository, as a program of its own imports it. */
export function sourceUrl(path: string): string {
  return new URL(`../../${path}`, import.meta.url).href;
}
