// Vat controls: what a test can do to one vat of its world.

import type { NodeLimits } from '../../src/core/node-limits.ts';
import type { VatOutput, WorkerEnd } from '../../src/kernel/ports.ts';
import type { Script, TurnFrame } from './scripted-worker.ts';
import type { StoreWatch } from './watched-store.ts';

/** Told of each thing that leaves a vat. What it throws ends the process there. */
export type Gate = (output: VatOutput, phase: 'before' | 'after') => void;

export interface VatControls {
  setScript(script: Script): void;
  setWatch(watch: StoreWatch | undefined): void;
  /** Calls `spy` at the very moment at which anything is emitted. */
  setSpy(spy: (output: VatOutput) => void): void;
  setGate(gate: Gate): void;
  /** Whether outputs still leave that were emitted before a death in the same input. */
  setLastWords(areHeard: boolean): void;
  endWorker(end: WorkerEnd): void;
  /** The worker answers a turn now that it kept open. */
  answer(turn: TurnFrame, how: Script): void;
  /** Whether a worker that is started comes to be ready, or ends at once. */
  setStarting(isStarting: boolean): void;
  /** What is read as the worker's CPU time. */
  setMeter(meter: () => number | undefined): void;
  /** Starts it again with these limits; those that are not named are the defaults. */
  setLimits(limits: Partial<NodeLimits>): void;
}
