// Worker life: one worker process at a time, from its start to its end, and its deadlines.
//
// CPU time is read from outside while turns are in flight: two readings without an outcome
// between them that are a turn's share apart, and another soon after, end the worker: a kernel that
// was held meanwhile reads first what the worker has said. So does silence for too long. The
// less is left of the share the sooner the next reading, so that a turn that uses up more is found
// some 20 ms later (measured), and one of a few milliseconds costs no reading at all.

import type { KernelFrame } from '../core/frames.ts';
import {
  LOAD_CPU_MS_PER_KIB,
  METER_FIRST_MS,
  METER_INTERVAL_MS,
  METER_INTERVAL_MS_MIN,
  WORKER_START_MS_MAX,
} from '../core/limits.ts';
import type { NodeLimits } from '../core/node-limits.ts';
import { pickTurnLimits } from '../core/turn-limits.ts';
import { retryDelayMs } from './backoff.ts';
import type { DeathCause } from './blame.ts';
import type { Island } from './island.ts';
import type { WorkerKillReason, WorkerMeter } from './ports.ts';

interface Worker {
  readonly id: number;
  isReady: boolean;
  readonly startedMs: number;
  /** When the last outcome came, or the first turn was handed over (later by stalls of ours). */
  progressMs: number;
  /** CPU time at the first reading after the last outcome; undefined before. */
  cpuMs: number | undefined;
  nextMeterMs: number;
  /** The turn in progress seems to have used too much, if nothing in the pipe says that it ended. */
  isSuspect: boolean;
  /** CPU time that the turn may use beside its own, for what it made the worker load. */
  loadCpuMs: number;
}

export interface WorkerLife {
  /** The id of the worker that lives now. */
  id(): number | undefined;
  isReady(): boolean;
  /** Starts one, unless the last failure is too recent. */
  start(): void;
  /** It said that it is ready; false when that does not fit. */
  markReady(): boolean;
  send(frame: KernelFrame): void;
  /** An outcome came, or the first turn of a batch was handed over. */
  markProgress(): void;
  /** The turn in progress needs code of that many bytes: loading it is no fault of its message. */
  allowLoad(bytes: number): void;
  /** Why it must end now, if so. */
  overrun(isInFlight: boolean): DeathCause | undefined;
  /** No turn is in flight: after a while the worker is given back, which is killed as well. */
  rest(): void;
  /** It is not wanted any more, and did nothing wrong. */
  giveBack(reason: Exclude<WorkerKillReason, 'fault'>): void;
  /** It is no more: killed if it still lives. */
  end(cause: DeathCause): void;
  dueAtMs(need: { readonly isInFlight: boolean; readonly hasWork: boolean }): number | undefined;
  /** Workers that ended before the vat gave them back. */
  lost(): number;
}

export function makeWorkerLife(island: Island, meter: WorkerMeter): WorkerLife {
  const { clock, emit, entropy, limits } = island;
  const idleEndMs = ({ progressMs }: Worker): number => progressMs + limits.workerIdleMs;
  let worker: Worker | undefined;
  let started = 0;
  let lost = 0;
  let startFailures = 0;
  let restartAtMs = 0;

  const giveBack: WorkerLife['giveBack'] = (reason) => {
    if (!worker) return;
    emit({ type: 'worker-kill', worker: worker.id, reason });
    worker = undefined;
  };

  return Object.freeze({
    id: () => worker?.id,
    isReady: () => worker?.isReady === true,
    start() {
      const now = clock.monotonicMs();
      if (worker || now < restartAtMs) return;
      started += 1;
      const at = { startedMs: now, progressMs: now, nextMeterMs: now };
      const fresh = { isReady: false, cpuMs: undefined, isSuspect: false, loadCpuMs: 0 };
      worker = { id: started, ...fresh, ...at };
      emit({ type: 'worker-start', worker: started });
    },
    markReady() {
      if (!worker || worker.isReady) return false;
      worker.isReady = true;
      startFailures = 0;
      const frame = { type: 'limits', limits: pickTurnLimits(limits) } as const;
      emit({ type: 'worker-frame', worker: worker.id, frame });
      return true;
    },
    send(frame: KernelFrame) {
      if (worker) emit({ type: 'worker-frame', worker: worker.id, frame });
    },
    markProgress() {
      if (!worker) return;
      worker.progressMs = clock.monotonicMs();
      worker.cpuMs = undefined;
      worker.isSuspect = false;
      worker.loadCpuMs = 0;
      worker.nextMeterMs = worker.progressMs + METER_FIRST_MS;
    },
    allowLoad(bytes: number) {
      if (worker) worker.loadCpuMs += Math.ceil((bytes / 1024) * LOAD_CPU_MS_PER_KIB);
    },
    overrun(isInFlight: boolean): DeathCause | undefined {
      if (!worker) return undefined;
      const now = clock.monotonicMs();
      if (!worker.isReady)
        return now >= worker.startedMs + WORKER_START_MS_MAX ? 'unknown' : undefined;
      return isInFlight ? readMeter(worker, now, { meter, limits }) : undefined;
    },
    rest() {
      if (worker?.isReady && clock.monotonicMs() >= idleEndMs(worker)) giveBack('rest');
    },
    giveBack,
    end(cause: DeathCause) {
      if (!worker) return;
      emit({ type: 'worker-kill', worker: worker.id, reason: 'fault' });
      emit({ type: 'note', level: 'warn', text: `worker ${worker.id} ended: ${cause}` });
      lost += 1;
      if (!worker.isReady) {
        startFailures += 1;
        restartAtMs = clock.monotonicMs() + retryDelayMs(startFailures, entropy);
      }
      worker = undefined;
    },
    dueAtMs({ isInFlight, hasWork }: { isInFlight: boolean; hasWork: boolean }) {
      if (!worker) return hasWork ? restartAtMs : undefined;
      if (!worker.isReady) return worker.startedMs + WORKER_START_MS_MAX;
      return isInFlight ? worker.nextMeterMs : idleEndMs(worker);
    },
    lost: () => lost,
  });
}

interface MeterInput {
  readonly meter: WorkerMeter;
  readonly limits: NodeLimits;
}

function readMeter(
  worker: Worker,
  now: number,
  { meter, limits }: MeterInput,
): DeathCause | undefined {
  // Nobody looked for so long: what it said meanwhile is still to be read, and a machine that was
  // held as a whole may have counted that time as the CPU time of whoever was running.
  const lateMs = now - worker.nextMeterMs;
  const heldMs = lateMs > METER_INTERVAL_MS ? lateMs : 0;
  worker.progressMs += heldMs;
  if (now >= worker.progressMs + limits.turnWallMs) return 'wall';
  if (now < worker.nextMeterMs) return undefined;
  worker.nextMeterMs = now + METER_INTERVAL_MS;
  const cpuMs = meter(worker.id);
  if (cpuMs === undefined) return undefined;
  worker.cpuMs = Math.min(cpuMs, (worker.cpuMs ?? cpuMs) + heldMs);
  const leftMs = limits.turnCpuMs + worker.loadCpuMs - (cpuMs - worker.cpuMs);
  if (leftMs <= 0 && worker.isSuspect) return 'cpu';
  worker.isSuspect = leftMs <= 0;
  // Half of it: the threads of V8 beside the one that runs the turn compute too.
  const waitMs = Math.max(METER_INTERVAL_MS_MIN, Math.ceil(leftMs / 2));
  worker.nextMeterMs = now + Math.min(METER_INTERVAL_MS, waitMs);
  return undefined;
}
