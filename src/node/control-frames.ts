// Control frames: a length (4 bytes, big endian) and that many bytes of UTF-8 JSON, both ways.
//
// The node speaks first, with a hello that says which vat it serves. Requests carry a number of the
// client's choice, and so do their replies, which may come in any order.

import type { Socket } from 'node:net';
import { QrtError } from '../core/errors.ts';
import type { VatId } from '../core/ids.ts';
import { CONTROL_BYTES_MAX } from '../core/limits.ts';
import type { SandboxReport } from '../core/sandbox.ts';
import type { ControlReply, ControlRequest } from '../kernel/ports.ts';

/** The first frame of a connection, from the node. */
export interface Hello {
  readonly hello: 1;
  readonly vat: VatId;
  readonly pid: number;
  /** The worker processes that serve the vat at this moment. */
  readonly workerPids: readonly number[];
  /** The process that waits to be the next worker and has run nothing yet. */
  readonly sparePid?: number | undefined;
  readonly version: string;
  /** What stands around its workers; absent from nodes older than that. */
  readonly sandbox?: SandboxReport;
  /** Whether peers may be at addresses that are not public; absent from nodes older than that. */
  readonly allowPrivatePeers?: boolean;
}

/** What a client can ask of a node: of its vat, or of its process. */
export type NodeRequest = ControlRequest | { readonly type: 'stop' };

/** From client to node. */
export interface RequestFrame {
  readonly seq: number;
  readonly request: NodeRequest;
}

/** From node to client. */
export interface ReplyFrame {
  readonly seq: number;
  readonly reply: ControlReply;
}

const LENGTH_BYTES = 4;

/** A frame as bytes. Throws QRT_REQUEST_OVERSIZE. */
export function encodeControlFrame(frame: Hello | RequestFrame | ReplyFrame): Buffer {
  const json = Buffer.from(JSON.stringify(frame));
  if (json.length > CONTROL_BYTES_MAX) {
    throw oversize(json.length, 'reply' in frame ? 'The reply' : 'The request');
  }
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json]);
}

export interface FrameReader {
  readonly socket: Socket;
  readonly onFrame: (json: unknown) => void;
  /** Called once, after which nothing more is read: QRT_REQUEST_OVERSIZE or _MALFORMED. */
  readonly onError: (error: QrtError) => void;
}

/** Reads frames off a socket for as long as it lasts; holds at most one unfinished frame. */
export function readControlFrames({ socket, onFrame, onError }: FrameReader): void {
  let chunks: Buffer[] = [];
  let held = 0;

  const nextPayload = (): Buffer | undefined => {
    if (held < LENGTH_BYTES) return undefined;
    if ((chunks[0]?.length ?? 0) < LENGTH_BYTES) chunks = [Buffer.concat(chunks, held)];
    const length = chunks[0]?.readUInt32BE(0) ?? 0;
    if (length > CONTROL_BYTES_MAX) throw oversize(length, 'The request');
    const end = LENGTH_BYTES + length;
    if (held < end) return undefined;
    const all = Buffer.concat(chunks, held);
    chunks = [all.subarray(end)];
    held -= end;
    return all.subarray(LENGTH_BYTES, end);
  };

  socket.on('data', function onData(chunk: Buffer) {
    chunks.push(chunk);
    held += chunk.length;
    try {
      for (let next = nextPayload(); next !== undefined; next = nextPayload()) {
        onFrame(parseFrame(next));
      }
    } catch (error) {
      if (!(error instanceof QrtError)) throw error;
      socket.off('data', onData);
      socket.pause();
      chunks = [];
      onError(error);
    }
  });
}

function parseFrame(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw malformed('a frame is not JSON', error);
  }
}

function malformed(reason: string, cause?: unknown): QrtError {
  return new QrtError('QRT_REQUEST_MALFORMED', { reason }, cause);
}

function oversize(bytes: number, what: string): QrtError {
  return new QrtError('QRT_REQUEST_OVERSIZE', { what, bytes, max: CONTROL_BYTES_MAX });
}
