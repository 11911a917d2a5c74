// Sim worker: the guests' real code in this process, fed through the real frames over a pipe in
// memory. It computes when the engine lets it, and asks while it computes.

import { encodeFrame, type KernelFrame, makeFrameSplitter } from '../../src/core/frames.ts';
import { makeChannel } from '../../src/guest/channel.ts';
import { makeWorker, type Realm, type Worker } from '../../src/guest/worker.ts';
import { below, type Random } from './chance.ts';

export interface SimWorker {
  /** A frame from the kernel. */
  push(frame: KernelFrame): void;
  /** Computes until it waits for more. */
  run(): void;
  /** Takes the next payload that it wrote. */
  take(): Uint8Array | undefined;
  /** Payloads that nobody took yet. */
  count(): number;
  /** Nothing more comes out of it than what is written; with a number, only so much of that. */
  end(payloadsLeft?: number): void;
}

export interface SimWorkerInput {
  readonly realm: Realm;
  readonly random: Random;
  /** It waits for a reply: the kernel is to take what `take` gives. */
  readonly onAsk: () => void;
  /** It wrote that many payloads in one go. */
  readonly onWrite: (payloads: number) => void;
}

/** Thrown through the worker's loop where a process would block. */
const WAITING = new Error('the worker waits');
const ASK = Buffer.from('{"type":"ask"');
/** Where a pipe would cut what is read into two, now and then. */
const CUT_CHANCE = 0.02;
const TURN_MS_MAX = 2;

/** A worker that has not said yet that it is ready: that comes with the first run. */
export function makeSimWorker({ realm, random, onAsk, onWrite }: SimWorkerInput): SimWorker {
  const splitter = makeFrameSplitter();
  const written: Uint8Array[] = [];
  let arrived: Buffer[] = [];
  let isAsking = false;
  let isOver = false;
  let nowMs = 0;

  const read = (): Uint8Array => {
    if (isOver) throw WAITING;
    if (arrived.length === 0 && isAsking) onAsk();
    // The kernel may have died over it, and this worker with it.
    if (isAsking && arrived.length === 0) isOver = true;
    if (isOver || arrived.length === 0) throw WAITING;
    isAsking = false;
    const chunk = Buffer.concat(arrived);
    arrived = [];
    if (random() >= CUT_CHANCE) return chunk;
    const cut = 1 + below(random, chunk.length);
    if (cut < chunk.length) arrived.push(chunk.subarray(cut));
    return chunk.subarray(0, cut);
  };
  const write = (bytes: Uint8Array): void => {
    if (isOver) return;
    const payloads = splitter.push(Uint8Array.from(bytes));
    written.push(...payloads);
    const last = payloads.at(-1);
    isAsking = last !== undefined && ASK.equals(last.subarray(0, ASK.length));
    onWrite(payloads.length);
  };
  const channel = makeChannel({
    read,
    write,
    nowMs: () => {
      nowMs += random() * TURN_MS_MAX;
      return nowMs;
    },
    exit: () => {
      isOver = true;
      throw WAITING;
    },
  });
  let worker: Worker | undefined;

  return Object.freeze({
    push(frame: KernelFrame) {
      if (!isOver) arrived.push(encodeFrame(frame));
    },
    run() {
      try {
        worker ??= makeWorker(channel, realm);
        while (!isOver) worker.serveNext();
      } catch (error) {
        if (error !== WAITING) throw error;
      }
    },
    take: () => written.shift(),
    count: () => written.length,
    end(payloadsLeft = written.length) {
      isOver = true;
      written.length = Math.min(written.length, payloadsLeft);
    },
  });
}
