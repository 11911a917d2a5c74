// Control client: a command's end of the control socket of a running node.

import { connect, type Socket } from 'node:net';
import { isErrorCode, QrtError } from '../core/errors.ts';
import { CONTROL_HELLO_MS_MAX } from '../core/limits.ts';
import type { ControlReply } from '../kernel/ports.ts';
import { type BaseDir, readVatId } from './base-dir.ts';
import {
  encodeControlFrame,
  type Hello,
  type NodeRequest,
  type ReplyFrame,
  readControlFrames,
} from './control-frames.ts';
import { openSocketDirectory } from './control-path.ts';

/** A connection to a running node. */
export interface RunningNode {
  readonly hello: Hello;
  /** Throws the coded error that the node replies with, and QRT_NODE_SILENT when it goes away. */
  ask(request: NodeRequest): Promise<unknown>;
  /** Resolves when the node has closed the connection. */
  readonly gone: Promise<void>;
  close(): void;
}

/** Connects to the node in a directory; undefined when it is not running. */
export async function connectNode(base: BaseDir): Promise<RunningNode | undefined> {
  const wanted = readVatId(base);
  const socket = await openSocket(base);
  if (socket === undefined) return undefined;
  const talk = makeTalk({ socket, dir: base.dir });
  const hello = await talk.hello;
  if (hello === undefined) return undefined;
  if (hello.vat !== wanted) {
    socket.destroy();
    throw new QrtError('QRT_NODE_OTHER', { dir: base.dir, found: hello.vat, wanted });
  }
  return Object.freeze({
    hello,
    gone: talk.gone,
    ask: async (request: NodeRequest) => takeValue(await talk.ask(request)),
    close: () => socket.destroy(),
  });
}

interface Talk {
  /** Undefined when the node ended before it greeted: it is no running node. */
  readonly hello: Promise<Hello | undefined>;
  readonly gone: Promise<void>;
  ask(request: NodeRequest): Promise<ControlReply>;
}

function makeTalk({ socket, dir }: { socket: Socket; dir: string }): Talk {
  const replies = new Map<number, PendingReply>();
  const silent = (reason: string) => new QrtError('QRT_NODE_SILENT', { dir, reason });
  let last = 0;
  let broken: QrtError | undefined;

  const fail = (error: QrtError): void => {
    broken ??= error;
    for (const { reject } of replies.values()) reject(broken);
    replies.clear();
    socket.destroy();
  };

  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const hello = new Promise<Hello | undefined>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(silent('it does not greet'));
      socket.destroy();
    }, CONTROL_HELLO_MS_MAX);
    socket.on('error', () => fail(silent('the connection broke')));
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(undefined);
      fail(silent('it ended'));
    });
    readControlFrames({
      socket,
      onFrame(json) {
        if (isHello(json)) {
          clearTimeout(timer);
          return resolve(json);
        }
        const { seq, reply } = json as ReplyFrame;
        // A request that could not be read has no number: it is the last one that was sent.
        const key = replies.has(seq) ? seq : last;
        replies.get(key)?.resolve(reply);
        replies.delete(key);
      },
      onError: fail,
    });
  });

  const ask = (request: NodeRequest): Promise<ControlReply> => {
    if (broken !== undefined) return Promise.reject(broken);
    last += 1;
    const seq = last;
    const bytes = encodeControlFrame({ seq, request });
    return new Promise<ControlReply>((resolve, reject) => {
      replies.set(seq, { resolve, reject });
      socket.write(bytes);
    });
  };
  return { hello, gone, ask };
}

interface PendingReply {
  resolve(reply: ControlReply): void;
  reject(error: QrtError): void;
}

/** The value of a reply; a refusal is thrown as the coded error that it stands for. */
export function takeValue(reply: ControlReply): unknown {
  if (reply.ok) return reply.value;
  if (!isErrorCode(reply.code)) {
    throw new QrtError('QRT_REQUEST_MALFORMED', { reason: String(reply.message) });
  }
  const error = new QrtError(reply.code, {});
  // The details were filled in where the error arose.
  error.message = reply.message;
  throw error;
}

/** Undefined when nobody listens. */
async function openSocket(base: BaseDir): Promise<Socket | undefined> {
  const directory = openSocketDirectory(base.dir);
  try {
    return await new Promise<Socket | undefined>((resolve, reject) => {
      const socket = directory.withPath((path) => connect({ path }));
      socket.once('connect', () => resolve(socket));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        const code = error.code ?? '';
        if (['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'ENOTSOCK', 'EPIPE'].includes(code)) {
          return resolve(undefined);
        }
        const reason = `control.sock: ${error.message}`;
        reject(new QrtError('QRT_DIR_UNUSABLE', { dir: base.dir, reason }, error));
      });
    });
  } finally {
    directory.close();
  }
}

function isHello(json: unknown): json is Hello {
  return typeof json === 'object' && json !== null && (json as { hello?: unknown }).hello === 1;
}
