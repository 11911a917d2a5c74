// Worker host: starts, feeds, measures and ends the processes that run a vat's turns.
//
// It carries frames and knows nothing of what they mean; whom to start and when to kill the kernel
// decides. A worker serves one vat in its life, and none outlives this process.

import { QrtError } from '../core/errors.ts';
import type { KernelFrame } from '../core/frames.ts';
import { WORKER_START_MS_MAX } from '../core/limits.ts';
import type { VatInput, WorkerKillReason, WorkerMeter } from '../kernel/ports.ts';
import type { Sandbox } from './sandbox.ts';
import { DEFAULT_SETTINGS, type WorkerSettings } from './settings.ts';
import { makeSpare } from './spare.ts';
import { startTwinProcess } from './twin-process.ts';
import {
  startWorkerProcess,
  type WorkerLifetime,
  type WorkerListener,
  type WorkerProcess,
} from './worker-process.ts';

/** What a host tells the kernel. */
export type WorkerInput = Extract<VatInput, { type: 'worker-frame' | 'worker-exit' }>;

/** How a host is made. */
export interface WorkerHostOptions {
  readonly onInput: (input: WorkerInput) => void;
  /** Lines for the operator about ends that nobody asked for. */
  readonly onNote?: (text: string) => void;
  /** The worker's program, and what stands around it. */
  readonly sandbox: Sandbox;
  readonly settings?: Partial<WorkerSettings>;
  /** `holds`, unless said otherwise: this process does not end by itself while a worker lives. */
  readonly lifetime?: WorkerLifetime;
  /** A worker that has run nothing is kept ready while others run. Without it none is. */
  readonly spare?: SpareSettings;
  /** Each turn is run twice, in two processes, and counts only if it comes out the same. */
  readonly isParanoid?: boolean;
}

interface SpareSettings {
  /** How long it is kept while no worker runs at all, in milliseconds. */
  readonly idleMsMax: number;
}

/** The worker processes of one vat, numbered by the kernel. */
export interface WorkerHost {
  start(worker: number): void;
  /** Frames for a worker that is gone are dropped. */
  send(worker: number, frame: KernelFrame): void;
  /** After this no frame of it is told, only its exit. With the vat at rest the spare ends too. */
  kill(worker: number, reason?: WorkerKillReason): void;
  readonly meter: WorkerMeter;
  /** The processes of the workers that the kernel has started and that have not ended yet. */
  pids(): readonly number[];
  /** The process that waits to be the next worker; none of `pids`. */
  sparePid(): number | undefined;
  /** Kills all; resolves when they are gone. Nothing is told any more. */
  close(): Promise<void>;
}

/** A host without workers. */
export function makeWorkerHost(options: WorkerHostOptions): WorkerHost {
  const { onInput, onNote = () => undefined, sandbox, lifetime = 'holds' } = options;
  const settings: WorkerSettings = { ...DEFAULT_SETTINGS, ...options.settings };
  const workers = new Map<number, WorkerProcess>();
  /** Every process that has not ended yet. */
  let living = 0;
  let isClosed = false;
  let onGone = (): void => undefined;

  const tell = (input: WorkerInput): void => {
    if (!isClosed) onInput(input);
  };
  const note = (text: string): void => {
    if (!isClosed) onNote(text);
  };
  const launchOne = (listener: WorkerListener): WorkerProcess => {
    living += 1;
    return startWorkerProcess({
      command: sandbox.makeCommand(settings),
      lifetime,
      onPayload: listener.onPayload,
      onEnd: (end) => {
        living -= 1;
        listener.onEnd(end);
        if (living === 0) onGone();
      },
      onNote: note,
    });
  };
  const launch = (listener: WorkerListener): WorkerProcess =>
    options.isParanoid
      ? startTwinProcess({ launch: launchOne, onNote: note }, listener)
      : launchOne(listener);
  const spare = makeSpare({ launch, startMsMax: WORKER_START_MS_MAX, onNote: note });
  const idle = makeIdleTimer({ settings: options.spare, onIdle: () => spare.drop() });

  return Object.freeze<WorkerHost>({
    start(worker) {
      if (isClosed) return;
      if (workers.has(worker)) {
        throw new QrtError('QRT_INVARIANT_BROKEN', { reason: `worker ${worker} runs already` });
      }
      idle.stop();
      const listener: WorkerListener = {
        onPayload: (payload) => tell({ type: 'worker-frame', worker, payload }),
        onEnd: (end) => {
          workers.delete(worker);
          if (workers.size === 0 && !isClosed) idle.start();
          tell({ type: 'worker-exit', worker, end });
        },
      };
      workers.set(worker, spare.take(listener) ?? launch(listener));
    },
    send(worker, frame) {
      workers.get(worker)?.send(frame);
      if (options.spare && frame.type === 'turn' && !isClosed) spare.keep();
    },
    kill(worker, reason = 'fault') {
      workers.get(worker)?.kill();
      if (reason === 'rest') spare.drop();
    },
    meter: (worker) => workers.get(worker)?.cpuMs(),
    pids: () => [...workers.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    sparePid: () => spare.pid(),
    close() {
      isClosed = true;
      idle.stop();
      return new Promise((resolve) => {
        onGone = resolve;
        for (const worker of workers.values()) worker.kill();
        spare.drop();
        if (living === 0) resolve();
      });
    },
  });
}

/** Tells when no worker has run for a while: a vat that ended its last one need not give it back. */
function makeIdleTimer(input: {
  readonly settings: SpareSettings | undefined;
  readonly onIdle: () => void;
}) {
  let timer: NodeJS.Timeout | undefined;
  return Object.freeze({
    start(): void {
      if (!input.settings) return;
      clearTimeout(timer);
      timer = setTimeout(input.onIdle, input.settings.idleMsMax);
      timer.unref();
    },
    stop(): void {
      clearTimeout(timer);
    },
  });
}
