// Server of the page: plain HTTP on a loopback port, for the browser of one operator.
//
// It serves three files, a stream of news and one object at a time, and takes nothing in. Every
// answer says that nothing else may be loaded, framed, cached or run.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { QrtError } from '../core/errors.ts';
import { isObjectId } from '../core/ids.ts';
import * as limits from '../core/limits.ts';
import type { PageObject } from '../core/page-data.ts';
import * as pageLimits from '../core/page-limits.ts';
import { systemEntropy } from '../crypto/entropy.ts';
import { pageFolder } from './program.ts';
import { type Door, type DoorRequest, makeDoor } from './ui-door.ts';
import { type Feed, formatEvent } from './ui-feed.ts';
import { toPageJson } from './ui-json.ts';
import { openStream, type UiStream } from './ui-stream.ts';

const HOST = '127.0.0.1';

/** Bounds of the server; only tests choose others than the defaults. */
interface UiLimits {
  readonly connectionsMax: number;
  readonly streamsMax: number;
  readonly headersMs: number;
  readonly stuckMs: number;
}

const DEFAULT_LIMITS: UiLimits = Object.freeze({
  connectionsMax: pageLimits.UI_CONNECTIONS_MAX,
  streamsMax: pageLimits.UI_STREAMS_MAX,
  headersMs: limits.HEADERS_MS_MAX,
  stuckMs: limits.CONNECTION_STUCK_MS,
});

export interface UiServerInput {
  /** 0 takes any free port. */
  readonly port: number;
  readonly feed: Feed;
  /** Undefined when there is no such object. */
  readonly object: (id: string) => PageObject | undefined;
  /** The address was used: nobody else comes in by it. */
  readonly onEntered: () => void;
  /** What was asked for could not be read. */
  readonly onFailure: (error: unknown) => void;
  readonly limits?: Partial<UiLimits>;
}

export interface UiServer {
  /** The address that lets one browser in, once. */
  readonly url: string;
  /** Pages that are kept up to date now. */
  streams(): number;
  /** Tells every page why, and ends. */
  close(reason: string): Promise<void>;
}

/** Serves the page. Rejects with QRT_ARGUMENT_INVALID when the port cannot be had. */
export async function serveUi(input: UiServerInput): Promise<UiServer> {
  const bounds = { ...DEFAULT_LIMITS, ...input.limits };
  const streams = new Set<UiStream>();
  const files = readFiles();
  let door: Door | undefined;

  const server = createServer(
    {
      requestTimeout: limits.REQUEST_MS_MAX,
      headersTimeout: bounds.headersMs,
      connectionsCheckingInterval: limits.CONNECTION_CHECK_MS,
      keepAliveTimeout: limits.CONNECTION_IDLE_MS,
      maxHeaderSize: limits.HEADERS_BYTES_MAX,
    },
    (request, response) => {
      response.on('error', () => response.destroy());
      if (door === undefined) return void response.destroy();
      answerOrFail({ ...input, bounds, streams, files, door, request, response });
    },
  );
  server.maxConnections = bounds.connectionsMax;
  await listen(server, input.port);
  const { port } = server.address() as AddressInfo;
  door = makeDoor({ port, entropy: systemEntropy });

  return Object.freeze({
    url: `http://${HOST}:${port}${door.entrance}`,
    streams: () => streams.size,
    async close(reason: string) {
      for (const stream of streams) stream.end(formatEvent('end', { reason }));
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref();
      });
    },
  });
}

/** How long a page may take to hear that this is the end. */
const CLOSE_MS = 200;

interface Answering extends UiServerInput {
  readonly bounds: UiLimits;
  readonly streams: Set<UiStream>;
  readonly files: PageFiles;
  readonly door: Door;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** An error in here would end the process without a word on what is wrong with the node. */
function answerOrFail(input: Answering): void {
  try {
    answer(input);
  } catch (error) {
    if (input.response.headersSent) input.response.destroy();
    else refuse(input.response, 500, 'This cannot be read. The terminal of `qrt ui` says why.');
    input.onFailure(error);
  }
}

function answer(input: Answering): void {
  const { door, files, request, response } = input;
  const admission = door.admit(readHead(request));
  switch (admission.type) {
    case 'refused':
      return refuse(response, admission.status, admission.reason);
    case 'exchange':
      input.onEntered();
      response.setHeader('set-cookie', admission.cookie);
      return reply(response, 'text/html', files.html(door.path));
    case 'session':
      break;
  }
  const { name, query } = admission;
  switch (name) {
    case '':
      return reply(response, 'text/html', files.html(door.path));
    case 'page.js':
      return reply(response, 'text/javascript', files.script);
    case 'page.css':
      return reply(response, 'text/css', files.style);
    case 'events':
      return stream(input);
    case 'object':
      return replyObject(input, query.get('id') ?? '');
    default:
      return refuse(response, 404, 'There is nothing here.');
  }
}

const readHead = ({ method, url, headers }: IncomingMessage): DoorRequest => ({
  method: method ?? '',
  url: url ?? '',
  headers,
});

function replyObject({ object, response }: Answering, id: string): void {
  const found = isObjectId(id) ? object(id) : undefined;
  if (found === undefined) return refuse(response, 404, 'There is no such object.');
  reply(response, 'application/json', toPageJson(found));
}

function stream({ bounds, streams, feed, response }: Answering): void {
  if (streams.size >= bounds.streamsMax) {
    return refuse(response, 503, `This page is open ${bounds.streamsMax} times already.`);
  }
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
  const opened = openStream({
    sink: response,
    feed,
    stuckMs: bounds.stuckMs,
    onClose: () => streams.delete(opened),
  });
  streams.add(opened);
}

/** Of every answer, whoever it is for. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

function reply(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }).end(body);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  const headers = { ...HEADERS, 'content-type': 'text/plain; charset=utf-8', connection: 'close' };
  const allow = status === 405 ? { allow: 'GET' } : {};
  response.writeHead(status, { ...headers, ...allow }).end(`${reason}\n`);
}

interface PageFiles {
  /** The page, with the path under which it finds the rest. */
  readonly html: (path: string) => string;
  readonly script: string;
  readonly style: string;
}

function readFiles(): PageFiles {
  const read = (name: string): string => readFileSync(join(pageFolder(), name), 'utf8');
  const html = read('index.html');
  return {
    html: (path) => html.replaceAll('{path}', path),
    script: read('page.js'),
    style: read('page.css'),
  };
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: HOST, port }, resolve);
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'it is in use; give another one, or none' : message;
    throw new QrtError('QRT_ARGUMENT_INVALID', { what: `port ${port}`, reason }, error);
  }
}
