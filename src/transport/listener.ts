// Listener: the HTTP server of a vat, which takes boxes in and hands receipts out as bytes.
//
// It knows nothing of what a box holds and trusts nobody: sizes, times and counts are bounded
// before anything is opened. Boxes go through plain node:http and not through express, which
// only serves what people look at: `node test/transport/measure-express.mjs` (2 CPUs, Node 20, the
// client included) counts about three times as many boxes of 1 KiB a second without express.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ADDRESSES_MAX, RETRY_AFTER_S } from '../core/flood-limits.ts';
import type { VatId } from '../core/ids.ts';
import * as limits from '../core/limits.ts';
import type { VatOutput } from '../kernel/ports.ts';
import { type ClientAddresses, makeClientAddresses, PROXY } from './client-address.ts';
import { makeHandshakes } from './handshakes.ts';
import { type ListenPlace, listen, makeHttpServer, type TlsIdentity } from './http-server.ts';
import type { makeInfoPage } from './info-page.ts';
import { makePlaces, type Places } from './places.ts';
import { formatBoxPath, formatContactPath, parseBoxHead, VAT_PREFIX } from './routes.ts';
import {
  type ListenerInput,
  makeWaitingReplies,
  type WaitingReplies,
  type WaitingReply,
} from './waiting-replies.ts';

/** What the kernel answers to it. */
type ListenerReply = Omit<Extract<VatOutput, { type: 'reply' }>, 'type'>;

/** Times and counts of the HTTP server; only tests choose others than the defaults. */
export interface ListenerLimits {
  readonly connectionsMax: number;
  readonly repliesWaitingMax: number;
  readonly requestMsMax: number;
  readonly headersMsMax: number;
  readonly checkMs: number;
  readonly idleMs: number;
  readonly stuckMs: number;
  readonly closeMs: number;
}

const DEFAULT_LIMITS: ListenerLimits = Object.freeze({
  connectionsMax: limits.CONNECTIONS_MAX,
  repliesWaitingMax: limits.REPLIES_WAITING_MAX,
  requestMsMax: limits.REQUEST_MS_MAX,
  headersMsMax: limits.HEADERS_MS_MAX,
  checkMs: limits.CONNECTION_CHECK_MS,
  idleMs: limits.CONNECTION_IDLE_MS,
  stuckMs: limits.CONNECTION_STUCK_MS,
  closeMs: limits.LISTENER_CLOSE_MS,
});

/** How a listener is started. */
export interface ListenerOptions extends ListenPlace {
  readonly vat: VatId;
  /** Version of qrt, for people who look at the port with a browser. */
  readonly version: string;
  readonly onInput: (input: ListenerInput) => void;
  readonly limits?: Partial<ListenerLimits>;
  /** Addresses, or ranges of them, of proxies that say whom they speak for. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** It speaks TLS by itself. */
  readonly tls?: TlsIdentity | undefined;
}

/** A running HTTP server. */
export interface Listener {
  /** The port that it listens on. */
  readonly port: number;
  /** Answers a request; a ticket whose client went away is ignored. */
  reply(reply: ListenerReply): void;
  /** Connections that begin from now on get another certificate. */
  renew(tls: TlsIdentity): void;
  /** Stops accepting, lets replies on their way finish, and ends within two seconds. */
  close(): Promise<void>;
}

/** Listens. Rejects with QRT_PORT_TAKEN or QRT_PORT_REFUSED. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const bounds: ListenerLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const waiting = makeWaitingReplies();
  const addresses = makeClientAddresses(options.trustedProxies ?? []);
  const proven = makeProven();
  const { connectionsMax, repliesWaitingMax: repliesMax } = bounds;
  const connections = makePlaces({ max: connectionsMax, isProven: proven.has });
  const reading = makePlaces({ max: repliesMax, isProven: proven.has });
  let isClosing = false;
  const route = makeRouter({ ...options, repliesMax, waiting, addresses, reading });
  const { server, renew, close } = await makeHttpServer(
    {
      requestTimeout: bounds.requestMsMax,
      headersTimeout: bounds.headersMsMax,
      connectionsCheckingInterval: bounds.checkMs,
      keepAliveTimeout: bounds.idleMs,
      maxHeaderSize: limits.HEADERS_BYTES_MAX,
    },
    route,
    options.tls,
  );
  const mayBegin = makeHandshakes({ nowMs: () => performance.now(), isProven: proven.has });
  // Judged like any other: a body is asked for only when it will be read.
  server.on('checkContinue', route);
  server.on('checkExpectation', (_request, response) => refuseUnread(response, 417));
  server.on('connection', (socket) => {
    const address = addresses.ofConnection(socket);
    if (options.tls && !mayBegin(address)) return void socket.destroy();
    const leave = connections.take({ address, evict: () => socket.destroy() });
    socket.once('close', leave);
  });
  server.setTimeout(bounds.stuckMs);
  await listen(server, options);

  return Object.freeze<Listener>({
    port: (server.address() as AddressInfo).port,
    renew,
    reply({ ticket, status, bytes, isProof }) {
      const reply = waiting.take(ticket);
      if (reply === undefined) return;
      if (isProof) proven.add(reply.address);
      if (isClosing) reply.response.setHeader('connection', 'close');
      if (status !== 200) refuse(reply.response, status);
      else writeReply({ ...reply, bytes });
    },
    close() {
      isClosing = true;
      return close(bounds.closeMs);
    },
  });
}

/** Addresses at which a peer has proven itself; those that did last are remembered. */
function makeProven(): { has(address: string): boolean; add(address: string): void } {
  const addresses = new Set<string>();
  return {
    has: (address) => address === PROXY || addresses.has(address),
    add(address) {
      addresses.delete(address);
      addresses.add(address);
      const [oldest] = addresses;
      if (addresses.size > ADDRESSES_MAX && oldest !== undefined) addresses.delete(oldest);
    },
  };
}

interface RouterOptions extends ListenerOptions {
  readonly repliesMax: number;
  readonly waiting: WaitingReplies;
  readonly addresses: ClientAddresses;
  /** Bodies that have not come completely. */
  readonly reading: Places;
}

function makeRouter({ vat, version, repliesMax, onInput, ...parts }: RouterOptions) {
  const { waiting, addresses, reading } = parts;
  const boxPath = formatBoxPath(vat);
  const contactPath = formatContactPath(vat);
  const showInfo = makeInfo({ vat, version });

  const takeBox = (request: IncomingMessage, response: ServerResponse): void => {
    const head = parseBoxHead(request);
    if (!head.ok) {
      refuseUnread(response, head.status);
      return;
    }
    if (waiting.count('box') >= repliesMax) {
      refuse(response, 503);
      return;
    }
    if (request.headers.expect !== undefined) response.writeContinue();
    const address = addresses.ofRequest(request);
    // From the headers on: bodies that arrive slowly take memory too.
    const leave = reading.take({ address, evict: () => refuseUnread(response, 503) });
    response.once('close', leave);
    readBody({ request, response, length: head.length }, (bytes) => {
      leave();
      if (waiting.count('box') >= repliesMax) {
        refuse(response, 503);
        return;
      }
      const ticket = waiting.add({ type: 'box', response, address });
      onInput({ type: 'box', ticket, bytes, address });
    });
  };

  const takeContact = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.method !== 'GET') {
      refuseUnread(response, 405);
      return;
    }
    if (waiting.count('contact') >= repliesMax) {
      refuse(response, 503);
      return;
    }
    const ticket = waiting.add({ type: 'contact', response, address: '' });
    onInput({ type: 'contact', ticket });
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    // The connection ends with that refusal: what came behind it in one go is no request any more.
    if (refused.has(request.socket)) return;
    const path = request.url ?? '';
    if (path === boxPath) takeBox(request, response);
    else if (path === contactPath) takeContact(request, response);
    else if (path.startsWith(VAT_PREFIX) || !path.startsWith('/')) refuseUnread(response, 404);
    else void showInfo(request, response);
  };
}

/** What people look at is loaded when somebody does: most vats never show it. */
function makeInfo(input: { readonly vat: VatId; readonly version: string }) {
  let infoPage: ReturnType<typeof makeInfoPage> | undefined;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      infoPage ??= (await import('./info-page.ts')).makeInfoPage(input);
    } catch {
      refuseUnread(response, 500);
      return;
    }
    infoPage(request, response);
  };
}

interface Reading {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly length: number;
}

/** Calls `onBody` once with exactly `length` bytes; a client that ends earlier is forgotten. */
function readBody(
  { request, response, length }: Reading,
  onBody: (bytes: Uint8Array) => void,
): void {
  // One place for all: bytes that come one at a time must not cost a hundred each.
  let bytes: Uint8Array | undefined;
  let read = 0;
  request.on('data', (chunk: Buffer) => {
    // It was refused meanwhile.
    if (response.writableEnded) return;
    bytes ??= new Uint8Array(length);
    bytes.set(chunk, read);
    read += chunk.length;
  });
  request.once('end', () => {
    if (!response.writableEnded) onBody(bytes ?? new Uint8Array(0));
  });
  request.once('error', () => request.destroy());
}

function writeReply({ type, response, bytes }: WaitingReply & { bytes: Uint8Array }): void {
  response.writeHead(200, {
    'content-type': type === 'box' ? 'application/octet-stream' : 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes);
}

/** The same few bytes for every refusal of a status: it tells nothing that the status does not. */
function refuse(response: ServerResponse, status: number): void {
  const text = `${status}\n`;
  if (status === 429 || status === 503) response.setHeader('retry-after', RETRY_AFTER_S);
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': text.length });
  response.end(text);
}

/** Connections on which a request was refused unread. */
const refused = new WeakSet<Socket>();

/** Refuses a request whose body nobody will read: the connection has no next request. */
function refuseUnread(response: ServerResponse, status: number): void {
  refused.add(response.req.socket);
  response.setHeader('connection', 'close');
  refuse(response, status);
}
