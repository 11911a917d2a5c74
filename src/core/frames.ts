// Frames: the units that kernel and worker exchange over the worker's standard input and output.
//
// A frame is a length (4 bytes, big endian) and that many bytes of UTF-8 JSON. What a worker sends
// is parsed here into types and believed by no one: the kernel checks every id in it afterwards.

import { QrtError } from './errors.ts';
import type { CodeHash, LocalId } from './ids.ts';
import { FRAME_BYTES_MAX } from './limits.ts';
import type { Capdata, PowerDescription } from './power.ts';
import type { TurnLimits } from './turn-limits.ts';

/** How much a sender may still queue, as known when the turn was dispatched. */
export interface Room {
  readonly rows: number;
  readonly bytes: number;
}

/** What a turn may read of the world: part of the message, so that a turn can be run twice. */
export interface Readings {
  /** Milliseconds since 1970, the same throughout the turn. */
  readonly timeMs: number;
  /** 32 bytes of entropy as 64 hexadecimal digits. */
  readonly seed: string;
  /** Room for messages to objects of this vat. */
  readonly inbox: Room;
  /** Room for messages to objects of other vats. */
  readonly outbox: Room;
}

/** An object as a worker loads it. */
export interface ObjectDescription {
  readonly code: CodeHash;
  readonly power: PowerDescription;
}

/** From kernel to worker. Replies to an `ask` come in the order of the asks. */
export type KernelFrame =
  /** What holds for all turns after it; the first frame to a worker that shall run some. */
  | { readonly type: 'limits'; readonly limits: TurnLimits }
  /** Run one message. Turns run in the order in which they are sent. */
  | {
      readonly type: 'turn';
      readonly turn: number;
      readonly target: LocalId;
      readonly args: Capdata<LocalId>;
      readonly readings: Readings;
      /** What the function returns is wanted as an answer. */
      readonly isAnswerWanted?: true;
      /** The outcomes of all turns before it leave before it begins. */
      readonly tellFirst?: true;
    }
  /** Reply to `ask` object; without `object` there is none (never made, or deleted). */
  | { readonly type: 'object'; readonly id: LocalId; readonly object?: ObjectDescription }
  /** Reply to `ask` code; without `text` this vat has none of that hash. */
  | { readonly type: 'code'; readonly hash: CodeHash; readonly text?: string }
  /** Reply to `ask` memory. */
  | { readonly type: 'memory'; readonly id: LocalId; readonly value: Capdata<LocalId> }
  /** These objects and memory slots are no more: keep nothing of them. No reply. */
  | { readonly type: 'forget'; readonly ids: readonly LocalId[] }
  /** Check a text as install does: reply is `checked`. */
  | { readonly type: 'check'; readonly text: string; readonly bytesMax: number };

/** A memory slot with its new value. */
export interface MemoryEffect {
  readonly id: LocalId;
  readonly value: Capdata<LocalId>;
}

/** An object that the turn made. `text` comes with the turn's first object of that code. */
export interface ObjectEffect {
  readonly id: LocalId;
  readonly code: CodeHash;
  readonly text?: string;
  readonly power: PowerDescription;
  /** The object whose `make_object` made it: the new one inherits its owner. */
  readonly maker: LocalId;
}

/** A message that the turn sends. */
export interface SendEffect {
  readonly target: LocalId;
  readonly args: Capdata<LocalId>;
  /** The object that sent it: its owner's share of the queues pays for the row. */
  readonly sender: LocalId;
  /** The new promise of its answer, if the guest was given one. */
  readonly answer?: LocalId;
  /** Milliseconds after the turn's time at which the promise is rejected if it is still pending. */
  readonly deadlineMs?: number;
}

/** A promise that the turn made by itself. */
export interface PromiseEffect {
  readonly id: LocalId;
  /** The object that made it. */
  readonly maker: LocalId;
  /** What decides it: its resolver, or what becomes of the promises among `parts`. */
  readonly kind: 'resolver' | Combination;
  /** An array of which those elements that are promises are waited for; `[]` with a resolver. */
  readonly parts: Capdata<LocalId>;
  /** Milliseconds after the turn's time at which it is rejected if it is still pending. */
  readonly deadlineMs?: number;
}

/** How several promises make one. */
export type Combination = 'all' | 'first' | 'settled';

/** What shall be sent when a promise is settled. */
export interface WhenEffect {
  /** A promise; any other reference counts as one that is fulfilled with it. */
  readonly promise: LocalId;
  /** One of these two at least; without one, `answer` becomes what the promise became. */
  readonly fulfilled?: LocalId;
  readonly rejected?: LocalId;
  /** A record with `context` alone, which comes beside the value. */
  readonly context?: Capdata<LocalId>;
  /** The object that asked for it. */
  readonly sender: LocalId;
  /** The new promise of what the continuation answers. */
  readonly answer: LocalId;
}

/** A line for the vat's log. */
export interface LogEffect {
  readonly object: LocalId;
  readonly text: string;
}

/** A failure as the worker describes it: plain bounded text, no stack, no host path. */
export interface FailureDescription {
  readonly name: string;
  readonly message: string;
  /** A QRT_ code when the failure is qrt's own. */
  readonly code?: string;
}

/** What a worker reports of one turn. */
export type Outcome =
  | {
      readonly type: 'outcome';
      readonly turn: number;
      readonly status: 'done';
      readonly memory: readonly MemoryEffect[];
      readonly objects: readonly ObjectEffect[];
      readonly promises: readonly PromiseEffect[];
      readonly sends: readonly SendEffect[];
      readonly whens: readonly WhenEffect[];
      readonly logs: readonly LogEffect[];
      /** What the function returned, if it was asked for. */
      readonly answer?: Capdata<LocalId>;
    }
  | {
      readonly type: 'outcome';
      readonly turn: number;
      readonly status: 'failed';
      readonly failure: FailureDescription;
    };

/** Where in a code text something was refused; line from 1, column from 1. */
export interface CodePlace {
  readonly line: number;
  readonly column: number;
}

/** From worker to kernel. */
export type WorkerFrame =
  /** Locked down and listening: the first frame. */
  | { readonly type: 'ready'; readonly ses: string; readonly node: string }
  | { readonly type: 'ask'; readonly what: 'object' | 'memory'; readonly id: LocalId }
  | { readonly type: 'ask'; readonly what: 'code'; readonly id: CodeHash }
  | Outcome
  /** Reply to `check`: the function's own text and its hash, or why not. */
  | { readonly type: 'checked'; readonly text: string; readonly hash: CodeHash }
  | { readonly type: 'checked'; readonly reason: string; readonly place?: CodePlace };

const LENGTH_BYTES = 4;

/** One frame as bytes. Throws QRT_INVARIANT_BROKEN beyond FRAME_BYTES_MAX. */
export function encodeFrame(frame: KernelFrame | WorkerFrame): Buffer {
  const json = JSON.stringify(frame);
  const length = Buffer.byteLength(json);
  if (length > FRAME_BYTES_MAX) {
    throw new QrtError('QRT_INVARIANT_BROKEN', { reason: `a frame of ${length} bytes` });
  }
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + length);
  bytes.writeUInt32BE(length, 0);
  bytes.write(json, LENGTH_BYTES);
  return bytes;
}

/** Cuts a stream of bytes into frame payloads. */
export interface FrameSplitter {
  /** Takes the next bytes and returns the payloads that they complete. Throws QRT_WORKER_BROKEN. */
  push(chunk: Uint8Array): Uint8Array[];
}

/** A splitter that holds at most one unfinished frame. */
export function makeFrameSplitter(): FrameSplitter {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let wanted: number | undefined;

  const take = (count: number): Buffer => {
    const all = chunks.length === 1 ? view(chunks[0]!) : Buffer.concat(chunks, held);
    chunks = held === count ? [] : [all.subarray(count)];
    held -= count;
    return all.subarray(0, count);
  };

  return Object.freeze({
    push(chunk: Uint8Array): Uint8Array[] {
      if (chunk.length > 0) chunks.push(chunk);
      held += chunk.length;
      const payloads: Uint8Array[] = [];
      for (;;) {
        if (wanted === undefined) {
          if (held < LENGTH_BYTES) return payloads;
          wanted = take(LENGTH_BYTES).readUInt32BE(0);
          if (wanted > FRAME_BYTES_MAX) {
            throw new QrtError('QRT_WORKER_BROKEN', { reason: `a frame of ${wanted} bytes` });
          }
        }
        if (held < wanted) return payloads;
        payloads.push(take(wanted));
        wanted = undefined;
      }
    },
  });
}

const view = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
