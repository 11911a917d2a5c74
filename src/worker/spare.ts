// Spare: one worker process that has run nothing yet, kept ready for when the next one is wanted.
//
// A worker needs a tenth of a second until it is locked down; whoever waits for the next message
// after a kill need not wait for that. A spare is never sent a frame: what it has seen when it is
// handed out is its own program. What becomes of it is nobody's blame but its own.

import { SPARE_DELAY_MS, SPARE_FAILURES_MAX, SPARE_RETRY_MS } from '../core/limits.ts';
import type { WorkerListener, WorkerProcess } from './worker-process.ts';

/** How a spare is made. */
export interface SpareOptions {
  /** Starts a worker process. `onEnd` MUST NOT be called before it returns. */
  readonly launch: (listener: WorkerListener) => WorkerProcess;
  /** How long it may take to be ready, in milliseconds. */
  readonly startMsMax: number;
  readonly onNote: (text: string) => void;
}

/** The spare of one host. */
export interface Spare {
  /** One is wanted: it is started after a moment, unless there is one already. Cheap to repeat. */
  keep(): void;
  /** Hands it out, ready or still starting, and what it says from its first frame on. */
  take(listener: WorkerListener): WorkerProcess | undefined;
  /** None is wanted until the next `keep`. */
  drop(): void;
  pid(): number | undefined;
}

interface Candidate {
  readonly worker: WorkerProcess;
  /** Ends it when it does not become ready in time. */
  readonly deadline: NodeJS.Timeout;
  /** Its first frame, as soon as it has come. */
  ready: Uint8Array | undefined;
  /** Who has it now; undefined as long as it is the spare. */
  listener: WorkerListener | undefined;
}

/** No spare yet. */
export function makeSpare({ launch, startMsMax, onNote }: SpareOptions): Spare {
  let current: Candidate | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Spares in a row that were of no use. */
  let failures = 0;

  const startIn = (delayMs: number): void => {
    timer = setTimeout(() => {
      timer = undefined;
      current = start();
    }, delayMs);
    timer.unref();
  };

  const fail = (candidate: Candidate): void => {
    if (candidate !== current) return;
    clearTimeout(candidate.deadline);
    current = undefined;
    failures += 1;
    if (failures < SPARE_FAILURES_MAX) startIn(SPARE_RETRY_MS * 2 ** (failures - 1));
    else onNote(`${failures} spare workers in a row were lost: the next kill will take longer`);
  };

  const discard = (candidate: Candidate, why: string): void => {
    if (candidate !== current) return;
    onNote(`a spare worker was ended: ${why}`);
    fail(candidate);
    candidate.worker.kill();
  };

  const start = (): Candidate => {
    const deadline = setTimeout(() => discard(candidate, 'it was not ready in time'), startMsMax);
    deadline.unref();
    const worker = launch({
      onPayload(payload) {
        if (candidate.listener) return candidate.listener.onPayload(payload);
        clearTimeout(deadline);
        if (candidate.ready) discard(candidate, 'it spoke unasked');
        else candidate.ready = payload;
      },
      onEnd(end) {
        fail(candidate);
        candidate.listener?.onEnd(end);
      },
    });
    const candidate: Candidate = { worker, deadline, ready: undefined, listener: undefined };
    return candidate;
  };

  return Object.freeze<Spare>({
    keep() {
      if (!current && !timer && failures < SPARE_FAILURES_MAX) startIn(SPARE_DELAY_MS);
    },
    take(listener) {
      clearTimeout(timer);
      timer = undefined;
      failures = 0;
      const taken = current;
      current = undefined;
      return taken && handOut(taken, listener);
    },
    drop() {
      clearTimeout(timer);
      timer = undefined;
      failures = 0;
      const dropped = current;
      current = undefined;
      if (!dropped) return;
      clearTimeout(dropped.deadline);
      dropped.worker.kill();
    },
    pid: () => current?.worker.pid,
  });
}

function handOut(taken: Candidate, listener: WorkerListener): WorkerProcess {
  let isKilled = false;
  clearTimeout(taken.deadline);
  taken.listener = listener;
  const { worker, ready } = taken;
  // MUST come later, as from a process: who wants a worker is still at its last input.
  if (ready) process.nextTick(() => isKilled || listener.onPayload(ready));
  return Object.freeze<WorkerProcess>({
    get pid() {
      return worker.pid;
    },
    send: worker.send,
    kill() {
      isKilled = true;
      worker.kill();
    },
    cpuMs: worker.cpuMs,
  });
}
