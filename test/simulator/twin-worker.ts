// Twin worker: a simulated worker of two halves, each with its own loader and cache, that must come
// to the same outcome of each turn; the second one begins anew every now and then, so that nothing
// may depend on what a worker has seen before. The comparing is the product's own.

import type { KernelFrame } from '../../src/core/frames.ts';
import { type Half, makeTwin } from '../../src/worker/twin.ts';
import { makeSimWorker, type SimWorker, type SimWorkerInput } from './sim-worker.ts';

const ANEW_CHANCE = 0.05;

/** A worker that has not said yet that it is ready: that comes with the first run. */
export function makeTwinWorker(input: SimWorkerInput): SimWorker {
  const { random, onAsk, onWrite } = input;
  const written: Uint8Array[] = [];
  let limits: KernelFrame | undefined;
  let isOver = false;
  let fault: string | undefined;

  const twin = makeTwin({
    send: (half, frame) => halves[half].push(frame),
    onPayload(payload) {
      if (isOver) return;
      written.push(payload);
      onWrite(1);
    },
    onUnequal(reason) {
      fault ??= reason;
    },
  });
  const listen = (half: Half): boolean => {
    const payload = halves[half].take();
    if (payload) twin.hear(half, payload);
    return payload !== undefined;
  };
  const makeHalf = (half: Half): SimWorker =>
    makeSimWorker({
      ...input,
      onAsk() {
        while (listen(half));
        onAsk();
      },
      onWrite: () => {},
    });
  const halves: [SimWorker, SimWorker] = [makeHalf(0), makeHalf(1)];
  /** Both wait for more, and the second one is followed by another. */
  const beginAnew = (frame: KernelFrame): void => {
    halves[1].end(0);
    halves[1] = makeHalf(1);
    halves[1].run();
    // The twin knows that it is ready.
    halves[1].take();
    halves[1].push(frame);
  };
  const runBoth = (): void => {
    for (let isMoving = true; isMoving && !isOver; ) {
      isMoving = false;
      for (const half of [0, 1] as const) {
        halves[half].run();
        while (listen(half)) isMoving = true;
      }
    }
    // Thrown here, where no guest can catch it.
    if (fault !== undefined) throw new Error(`the halves of a worker disagree: ${fault}`);
  };

  return Object.freeze({
    push(frame: KernelFrame) {
      if (frame.type === 'limits') limits = frame;
      if (!isOver) twin.tell(frame);
    },
    run() {
      if (limits && random() < ANEW_CHANCE) beginAnew(limits);
      runBoth();
    },
    take: () => written.shift(),
    count: () => written.length,
    end(payloadsLeft = written.length) {
      isOver = true;
      for (const half of halves) half.end(0);
      written.length = Math.min(written.length, payloadsLeft);
    },
  });
}
