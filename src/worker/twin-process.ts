// Twin process: a worker that is two processes, for a node that runs each turn twice.
//
// To its host it is one: it ends when either half does, or when they differ.

import type { WorkerEnd } from '../kernel/ports.ts';
import { type Half, makeTwin } from './twin.ts';
import type { WorkerListener, WorkerProcess } from './worker-process.ts';

export interface TwinProcessInput {
  /** Starts one process. `onEnd` MUST NOT be called before it returns. */
  readonly launch: (listener: WorkerListener) => WorkerProcess;
  /** A line for the operator about an end that nobody asked for. */
  readonly onNote: (text: string) => void;
}

/** Starts both halves. */
export function startTwinProcess(
  { launch, onNote }: TwinProcessInput,
  { onPayload, onEnd }: WorkerListener,
): WorkerProcess {
  let isOver = false;
  let end: WorkerEnd | undefined;
  let living = 2;

  const stop = (): void => {
    isOver = true;
    for (const half of halves) half.kill();
  };
  const twin = makeTwin({
    send: (half, frame) => halves[half].send(frame),
    onPayload,
    onUnequal(reason) {
      if (isOver) return;
      onNote(`a worker was ended: ${reason}`);
      end ??= 'unknown';
      stop();
    },
  });
  const start = (half: Half): WorkerProcess =>
    launch({
      onPayload(payload) {
        if (!isOver) twin.hear(half, payload);
      },
      onEnd(how) {
        living -= 1;
        end ??= how;
        if (!isOver) stop();
        if (living === 0) onEnd(end);
      },
    });
  const halves = [start(0), start(1)] as const;

  return Object.freeze<WorkerProcess>({
    get pid() {
      return halves[0].pid;
    },
    send(frame) {
      if (!isOver) twin.tell(frame);
    },
    kill: stop,
    cpuMs() {
      const times = halves.map((half) => half.cpuMs()).filter((ms) => ms !== undefined);
      return times.length === 0 ? undefined : Math.max(...times);
    },
  });
}
