// Twin: a worker of two halves, which both run each turn, one after the other.
//
// Nothing of a turn reaches the kernel before both have reported the same bytes; what does not come
// out the same twice is never committed. Each half asks the kernel by itself, so that what one of
// them keeps from earlier turns is tried as well.

import type { KernelFrame } from '../core/frames.ts';

/** The one that runs a turn first, and the one that runs it again. */
export type Half = 0 | 1;

export interface TwinInput {
  /** A frame for one half. */
  readonly send: (half: Half, frame: KernelFrame) => void;
  /** What the worker as a whole says. */
  readonly onPayload: (payload: Uint8Array) => void;
  /** The halves differ: both MUST be ended, and be heard no more. */
  readonly onUnequal: (reason: string) => void;
}

export interface Twin {
  /** A frame from the kernel. */
  tell(frame: KernelFrame): void;
  /** A payload from one half. */
  hear(half: Half, payload: Uint8Array): void;
}

/** What runs now: a turn, or a check of code. */
interface Running {
  readonly frame: KernelFrame;
  /** What the first half reported; then it is the second one's turn. */
  outcome: Uint8Array | undefined;
}

const ASK = Buffer.from('{"type":"ask"');

/** A twin whose halves have just been started. */
export function makeTwin({ send, onPayload, onUnequal }: TwinInput): Twin {
  /** Turns and what stands between them. */
  const waiting: KernelFrame[] = [];
  const greetings: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined];
  let isReady = false;
  let running: Running | undefined;

  const advance = (): void => {
    while (isReady && !running) {
      const frame = waiting.shift();
      if (!frame) return;
      const isAnswered = frame.type === 'turn' || frame.type === 'check';
      if (isAnswered) running = { frame, outcome: undefined };
      else send(1, frame);
      send(0, frame);
    }
  };

  const greet = (half: Half, payload: Uint8Array): void => {
    if (greetings[half]) return onUnequal('one half spoke before its time');
    greetings[half] = payload;
    const [one, two] = greetings;
    if (!one || !two) return;
    if (!isSame(one, two)) return onUnequal('its halves are not the same program');
    isReady = true;
    onPayload(one);
    advance();
  };

  return Object.freeze<Twin>({
    tell(frame) {
      if (isReply(frame)) {
        if (running) send(running.outcome ? 1 : 0, frame);
        return;
      }
      waiting.push(frame);
      advance();
    },
    hear(half, payload) {
      if (!isReady) return greet(half, payload);
      if (!running || half !== (running.outcome ? 1 : 0)) {
        return onUnequal('one half spoke before its time');
      }
      if (ASK.equals(payload.subarray(0, ASK.length))) return onPayload(payload);
      if (!running.outcome) {
        running.outcome = payload;
        return send(1, running.frame);
      }
      if (!isSame(running.outcome, payload)) {
        return onUnequal('a turn did not come out the same twice');
      }
      running = undefined;
      onPayload(payload);
      advance();
    },
  });
}

/** Who asked waits for it; everything else keeps its place between the turns. */
function isReply({ type }: KernelFrame): boolean {
  return type === 'object' || type === 'code' || type === 'memory';
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
