// Settings: what can be chosen about the processes that run a vat's turns.
//
// Only the defaults are meant for use; tests force what this machine would not choose by itself.

import { WORKER_DATA_BYTES, WORKER_HEAP_MIB } from '../core/limits.ts';
import type { NodeLimits } from '../core/node-limits.ts';

/**
 * How a worker without a sandbox ends with its node, whatever it is doing: `auto` is the kernel's
 * parent-death signal where that works, and else the `watchdog`, a thread in the worker.
 */
type OrphanGuard = 'auto' | 'watchdog';

/** Choices about worker processes. */
export interface WorkerSettings {
  readonly orphanGuard: OrphanGuard;
  /** V8's old space, in MiB. */
  readonly heapMib: number;
  /** The data segment, in bytes. */
  readonly dataBytes: number;
}

/** What a node uses. */
export const DEFAULT_SETTINGS: WorkerSettings = Object.freeze({
  orphanGuard: 'auto',
  heapMib: WORKER_HEAP_MIB,
  dataBytes: WORKER_DATA_BYTES,
});

/** What the operator of a node chose. */
export function workerSettings({ workerHeapMib, workerDataBytes }: NodeLimits): MemorySettings {
  return { heapMib: workerHeapMib, dataBytes: workerDataBytes };
}

type MemorySettings = Pick<WorkerSettings, 'heapMib' | 'dataBytes'>;
