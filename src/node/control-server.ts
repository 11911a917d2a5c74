// Control server: the operator's way into a running node, a socket that only its user can open.

import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { isQrtError, type QrtError } from '../core/errors.ts';
import type { VatId } from '../core/ids.ts';
import { CONTROL_CONNECTIONS_MAX, CONTROL_REQUESTS_MAX } from '../core/limits.ts';
import type { SandboxReport } from '../core/sandbox.ts';
import type { ControlReply, ControlRequest } from '../kernel/ports.ts';
import type { BaseDir } from './base-dir.ts';
import {
  encodeControlFrame,
  type Hello,
  type ReplyFrame,
  readControlFrames,
} from './control-frames.ts';
import { openSocketDirectory } from './control-path.ts';
import { parseRequestFrame } from './control-requests.ts';
import { readVersion } from './program.ts';

export interface ControlServerInput {
  readonly base: BaseDir;
  readonly vat: VatId;
  readonly workerPids: () => readonly number[];
  readonly sparePid?: () => number | undefined;
  readonly sandbox: SandboxReport;
  readonly allowPrivatePeers: boolean;
  readonly onRequest: (ticket: number, request: ControlRequest) => void;
  /** The client went away before its reply. */
  readonly onGone: (ticket: number) => void;
  /** The operator wants the node to end; its reply has been sent. */
  readonly onStop: () => void;
}

/** A control socket that is being served. */
export interface ControlServer {
  /** Answers a request, if its client is still there. */
  reply(ticket: number, reply: ControlReply): void;
  /** Takes the socket away and ends the connections after what was already written to them. */
  close(): Promise<void>;
}

interface Waiting {
  readonly socket: Socket;
  readonly seq: number;
}

/** Serves the control socket of a node. MUST be called by the holder of the node's lock only. */
export async function serveControl(input: ControlServerInput): Promise<ControlServer> {
  const { base, vat, workerPids, sparePid, sandbox, allowPrivatePeers } = input;
  const { pid } = process;
  const version = readVersion();
  const waiting = new Map<number, Waiting>();
  const sockets = new Set<Socket>();
  const tickets = { last: 0 };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      for (const [ticket, { socket: owner }] of waiting) {
        if (owner !== socket) continue;
        waiting.delete(ticket);
        input.onGone(ticket);
      }
    });
    const pids = { pid, workerPids: workerPids(), sparePid: sparePid?.() };
    const hello: Hello = { hello: 1, vat, ...pids, version, sandbox, allowPrivatePeers };
    socket.write(encodeControlFrame(hello));
    serveConnection({ socket, waiting, tickets, input });
  });
  server.maxConnections = CONTROL_CONNECTIONS_MAX;

  const directory = openSocketDirectory(base.dir);
  // The lock is ours, so nobody serves this file any more: a killed node left it.
  rmSync(base.socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    directory.withPath((path) => server.listen({ path }, resolve));
  });
  chmodSync(base.socket, 0o600);

  return Object.freeze({
    reply(ticket: number, reply: ControlReply): void {
      const found = waiting.get(ticket);
      if (found === undefined) return;
      waiting.delete(ticket);
      writeReply(found.socket, { seq: found.seq, reply });
      if (waiting.size < CONTROL_REQUESTS_MAX) for (const socket of sockets) socket.resume();
    },
    async close(): Promise<void> {
      await new Promise<void>((resolve) => {
        directory.withPath(() => server.close(() => resolve()));
        for (const socket of sockets) socket.destroySoon();
      });
      directory.close();
    },
  });
}

interface Connection {
  readonly socket: Socket;
  readonly waiting: Map<number, Waiting>;
  readonly tickets: { last: number };
  readonly input: ControlServerInput;
}

function serveConnection({ socket, waiting, tickets, input }: Connection): void {
  readControlFrames({
    socket,
    onFrame(json) {
      const { seq, request } = parseRequestFrame(json);
      if (request.type === 'stop') {
        writeReply(socket, { seq, reply: { ok: true, value: {} } });
        input.onStop();
        return;
      }
      tickets.last += 1;
      waiting.set(tickets.last, { socket, seq });
      // A client that asks without reading replies has to wait until some of them are gone.
      if (waiting.size >= CONTROL_REQUESTS_MAX) socket.pause();
      input.onRequest(tickets.last, request);
    },
    onError(error) {
      writeReply(socket, { seq: 0, reply: refuse(error) });
      socket.destroySoon();
    },
  });
}

function writeReply(socket: Socket, frame: ReplyFrame): void {
  if (socket.writable) socket.write(encodeReply(frame));
}

/** Peers decide how much there is to say of them: too much of it must not end the node. */
function encodeReply({ seq, reply }: ReplyFrame): Buffer {
  try {
    return encodeControlFrame({ seq, reply });
  } catch (error) {
    if (!isQrtError(error, 'QRT_REQUEST_OVERSIZE')) throw error;
    return encodeControlFrame({ seq, reply: refuse(error) });
  }
}

/** An error as the reply to a request. */
function refuse(error: QrtError): ControlReply {
  return { ok: false, code: error.code, message: error.message };
}
