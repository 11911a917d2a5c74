// Exchange: one HTTP request and its reply, cut off at a size and whenever its caller wants.
//
// It ends with the first thing that goes wrong or with the last byte of the reply, and then holds
// no connection that is not ready for the next request.

import type { Agent, ClientRequest, IncomingMessage, request } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';
import { REPLY_HEADERS_BYTES_MAX } from '../core/limits.ts';
import type { PostResult } from '../kernel/ports.ts';

/** How to reach peers: `node:http` or `node:https`, and the connections that are kept. */
export interface Way {
  readonly request: typeof request;
  readonly agent: Agent;
}

export interface ExchangeInput {
  readonly way: Way;
  readonly url: URL;
  /** Finds the addresses of a name. */
  readonly lookup: LookupFunction;
  /** Posted; without it the request is a GET. */
  readonly body: Uint8Array | undefined;
  /** Of a reply with status 200. */
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

/** Sends a request. Rejects with what node:http says, or when the signal is given. */
export function exchange(input: ExchangeInput): Promise<PostResult> {
  return send(input, input.way.agent);
}

/** `agent` is false for a connection of this request's own. */
function send(input: ExchangeInput, agent: Agent | false): Promise<PostResult> {
  const { way, url, lookup, body, bytesMax, signal } = input;
  const kind = body === undefined ? GET : POST;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const outgoing = way.request(url, { ...kind, agent, lookup, maxHeaderSize });
    const fail = (error: unknown): void => {
      // The agent keeps a connection whose reply has ended, and never one that is destroyed.
      outgoing.destroy();
      reject(error);
    };
    const isStale = watchConnection(outgoing);
    let isAnswered = false;
    outgoing.once('response', (incoming) => {
      isAnswered = true;
      void readReply({ incoming, bytesMax }).then((result) => {
        // A peer that replies before it has read all may never read the rest.
        if (!incoming.complete || !outgoing.writableFinished) outgoing.destroy();
        resolve(result);
      });
    });
    outgoing.on('error', (error) => {
      if (!signal.aborted && !isAnswered && isStale(error)) resolve(send(input, false));
      else fail(error);
    });
    outgoing.once('close', () => {
      if (!isAnswered) fail(connectionClosed());
    });
    // While it waits for a connection, a destroyed request says nothing.
    signal.addEventListener('abort', () => fail(signal.reason), { once: true });
    outgoing.end(body);
  });
}

const maxHeaderSize = REPLY_HEADERS_BYTES_MAX;
const GET = { method: 'GET' };
const POST = { method: 'POST', headers: { 'content-type': 'application/octet-stream' } };

/**
 * Tells whether a failure only means that the peer closed an idle connection in the very moment in
 * which it was used again. The request may be sent once more then: boxes are idempotent.
 */
function watchConnection(outgoing: ClientRequest): (error: NodeJS.ErrnoException) => boolean {
  let socket: Socket | undefined;
  let readBefore = 0;
  outgoing.once('socket', (given) => {
    socket = given;
    readBefore = given.bytesRead;
    // Between two requests node:http leaves it without a listener for a moment, and an error that
    // nobody hears ends the process.
    if (!outgoing.reusedSocket) given.on('error', () => {});
  });
  return ({ code }) =>
    outgoing.reusedSocket &&
    socket?.bytesRead === readBefore &&
    (code === 'ECONNRESET' || code === 'EPIPE');
}

/** Of a refusal's body, only so that the connection can be used again. */
const REFUSAL_BYTES_MAX = 1_024;

interface ReplyInput {
  readonly incoming: IncomingMessage;
  readonly bytesMax: number;
}

function readReply({ incoming, bytesMax }: ReplyInput): Promise<PostResult> {
  return new Promise((resolve) => {
    const { statusCode } = incoming;
    const isRefusal = statusCode !== 200;
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (reason: string): void =>
      resolve({ ok: false, reason: isRefusal ? `HTTP ${statusCode}` : reason });
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > (isRefusal ? REFUSAL_BYTES_MAX : bytesMax)) fail('reply too large');
      else chunks.push(chunk);
    });
    incoming.once('error', () => fail('reply cut short'));
    incoming.once('end', () => {
      if (isRefusal) fail('');
      else resolve({ ok: true, bytes: new Uint8Array(Buffer.concat(chunks, length)) });
    });
  });
}

const connectionClosed = (): Error =>
  Object.assign(new Error('connection closed'), { code: 'ECONNRESET' });
