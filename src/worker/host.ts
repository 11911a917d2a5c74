// Worker host: starts, feeds, measures and ends the processes that run a vat's turns.
//
// It carries frames and knows nothing of what they mean; whom to start and when to kill the kernel
// decides. A worker serves one vat in its life, and none outlives this process.

import { QrtError } from '../core/errors.ts';
import type { KernelFrame } from '../core/frames.ts';
import type { VatInput, WorkerMeter } from '../kernel/ports.ts';
import type { Sandbox } from './sandbox.ts';
import { DEFAULT_SETTINGS, type WorkerSettings } from './settings.ts';
import { startWorkerProcess, type WorkerLifetime, type WorkerProcess } from './worker-process.ts';

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
}

/** The worker processes of one vat, numbered by the kernel. */
export interface WorkerHost {
  start(worker: number): void;
  /** Frames for a worker that is gone are dropped. */
  send(worker: number, frame: KernelFrame): void;
  /** After this no frame of it is told, only its exit. */
  kill(worker: number): void;
  readonly meter: WorkerMeter;
  /** The processes that run now. */
  pids(): readonly number[];
  /** Kills all; resolves when they are gone. Nothing is told any more. */
  close(): Promise<void>;
}

/** A host without workers. */
export function makeWorkerHost(options: WorkerHostOptions): WorkerHost {
  const { onInput, onNote = () => undefined, sandbox, lifetime = 'holds' } = options;
  const settings: WorkerSettings = { ...DEFAULT_SETTINGS, ...options.settings };
  const workers = new Map<number, WorkerProcess>();
  let isClosed = false;
  let onGone = (): void => undefined;

  const tell = (input: WorkerInput): void => {
    if (!isClosed) onInput(input);
  };

  return Object.freeze<WorkerHost>({
    start(worker) {
      if (isClosed) return;
      if (workers.has(worker)) {
        throw new QrtError('QRT_INVARIANT_BROKEN', { reason: `worker ${worker} runs already` });
      }
      const started = startWorkerProcess({
        command: sandbox.makeCommand(settings),
        lifetime,
        onPayload: (payload) => tell({ type: 'worker-frame', worker, payload }),
        onEnd: (end) => {
          workers.delete(worker);
          tell({ type: 'worker-exit', worker, end });
          if (workers.size === 0) onGone();
        },
        onNote: (text) => {
          if (!isClosed) onNote(text);
        },
      });
      workers.set(worker, started);
    },
    send: (worker, frame) => workers.get(worker)?.send(frame),
    kill: (worker) => workers.get(worker)?.kill(),
    meter: (worker) => workers.get(worker)?.cpuMs(),
    pids: () => [...workers.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    close() {
      isClosed = true;
      return new Promise((resolve) => {
        onGone = resolve;
        for (const worker of workers.values()) worker.kill();
        if (workers.size === 0) resolve();
      });
    },
  });
}
