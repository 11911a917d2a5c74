// Channel: frames to and from the kernel over two blocking pipes.
//
// Outcomes are collected and leave together, at the latest before the worker would wait or when
// turns take their time: the kernel counts from one outcome to the next, and takes many turns that
// are told at once for one. A turn can ask the kernel and go on: turns that arrive meanwhile wait
// here in their order.

import {
  encodeFrame,
  type KernelFrame,
  makeFrameSplitter,
  type WorkerFrame,
} from '../core/frames.ts';

/** The two pipes. */
export interface Pipes {
  /** Waits for bytes; an empty result means that the kernel has closed its end. */
  readonly read: () => Uint8Array;
  /** Writes all of it. */
  readonly write: (bytes: Uint8Array) => void;
  /** Time that never runs backwards, in milliseconds. */
  readonly nowMs: () => number;
  /** Ends the process. */
  readonly exit: (code: number) => never;
}

/** An `ask` and the frame that replies to it. */
type AskFrame = Extract<WorkerFrame, { type: 'ask' }>;

/** Frames in and out. */
export interface Channel {
  /** The next frame that is no reply. Ends the process when the kernel is gone. */
  readonly next: () => KernelFrame;
  /** The kernel's reply. MUST be called with enough stack left: see `assertStackLeft`. */
  readonly ask: (frame: AskFrame) => KernelFrame;
  readonly write: (frame: WorkerFrame) => void;
  /** What was collected leaves now. */
  readonly flush: () => void;
}

const PENDING_BYTES_MAX = 64 * 1024;
/** How much computing may lie between two moments at which outcomes leave, in milliseconds. */
const PENDING_MS_MAX = 5;
const EXIT_BROKEN = 70;
const TURN_PREFIX = Buffer.from('{"type":"turn"');

/** A channel over pipes. */
export function makeChannel(pipes: Pipes): Channel {
  const splitter = makeFrameSplitter();
  let arrived: Uint8Array[] = [];
  let nextArrived = 0;
  /** Frames that came while a turn waited for a reply. */
  const postponed: Uint8Array[] = [];
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let isAsking = false;
  /** When outcomes last left, or the last bytes came. */
  let sinceMs = pipes.nowMs();

  const flush = (): void => {
    sinceMs = pipes.nowMs();
    if (pendingBytes === 0) return;
    const bytes = Buffer.concat(pending, pendingBytes);
    pending = [];
    pendingBytes = 0;
    pipes.write(bytes);
  };

  const write = (frame: WorkerFrame): void => {
    const bytes = encodeFrame(frame);
    pending.push(bytes);
    pendingBytes += bytes.length;
    const isLate = pipes.nowMs() - sinceMs >= PENDING_MS_MAX;
    if (isLate || pendingBytes >= PENDING_BYTES_MAX) flush();
  };

  const take = (): Uint8Array => {
    for (;;) {
      const payload = arrived[nextArrived];
      nextArrived += 1;
      if (payload !== undefined) return payload;
      flush();
      const chunk = pipes.read();
      if (chunk.length === 0) return pipes.exit(0);
      sinceMs = pipes.nowMs();
      arrived = splitter.push(chunk);
      nextArrived = 0;
    }
  };

  const next = (): KernelFrame => {
    // The stack ended in the middle of an exchange: nobody knows what is still on its way.
    if (isAsking) return pipes.exit(EXIT_BROKEN);
    return parse(postponed.shift() ?? take());
  };

  const ask = (frame: AskFrame): KernelFrame => {
    isAsking = true;
    write(frame);
    for (;;) {
      const payload = take();
      const reply = isTurn(payload) ? undefined : parse(payload);
      if (reply === undefined || !isReply(reply)) {
        postponed.push(payload);
      } else {
        isAsking = false;
        return reply;
      }
    }
  };

  return Object.freeze({ next, ask, write, flush });
}

/**
 * Throws RangeError, before anything is done, when there is little stack left. V8 wants 40 KiB to
 * compile a function that it has not used for a while, and ends the process if it has to compile a
 * regular expression without.
 */
export function assertStackLeft(): void {
  // Arguments are laid on the stack: 8 bytes each.
  Reflect.apply(ignore, undefined, STACK_FILLING);
}

const STACK_BYTES_WANTED = 64 * 1024;
const STACK_FILLING: readonly unknown[] = Array(STACK_BYTES_WANTED / 8).fill(undefined);
const ignore = (): void => undefined;

/** Most frames that come during an `ask` are turns: they need not be parsed twice. */
function isTurn(payload: Uint8Array): boolean {
  return TURN_PREFIX.equals(payload.subarray(0, TURN_PREFIX.length));
}

/** What is no reply to an `ask` keeps its place between the turns. */
function isReply({ type }: KernelFrame): boolean {
  return type !== 'turn' && type !== 'check' && type !== 'forget';
}

function parse(payload: Uint8Array): KernelFrame {
  const { buffer, byteOffset, byteLength } = payload;
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()) as KernelFrame;
}
