// Worker strikes: where a worker ends or stops to answer, counted in frames that it writes.

import type { WorkerEnd } from '../../src/kernel/ports.ts';
import { pick } from '../sim/random.ts';
import { below, gap, streamOf } from './chance.ts';
import type { Faults } from './faults.ts';

/** How a worker fails. `stuck`: it computes for ever, until the kernel ends it. */
const KINDS = ['heap', 'unknown', 'killed', 'stuck'] as const;

export interface WorkerRates {
  /** Frames between two failures on average. */
  readonly meanFrames: number;
  /** How many starts of 1 come to nothing. */
  readonly startFailureChance: number;
}

/** What becomes of a worker now. */
interface WorkerFate {
  readonly end: WorkerEnd | 'stuck';
  /** How much of what it wrote is still read. */
  readonly payloadsLeft: number;
}

export interface WorkerStrikes {
  /** It wrote so many frames and has `written` that nobody read. */
  pass(frames: number, written: number): WorkerFate | undefined;
  /** Whether the worker that is started now never comes to be ready. */
  failsToStart(): boolean;
}

export function makeWorkerStrikes(input: {
  readonly seed: number;
  readonly vat: string;
  readonly rates: WorkerRates;
  readonly faults: Faults;
  /** Whether a failure of that kind could have a message quarantined. */
  readonly isDelicate: (isLimit: boolean) => boolean;
}): WorkerStrikes {
  const { seed, vat, rates, faults, isDelicate } = input;
  let passed = 0;
  let number = 0;
  let starts = 0;
  const planNext = () => {
    number += 1;
    const random = streamOf(seed, `worker ${vat}`, number);
    return { id: `e${vat}.${number}`, random, at: passed + 1 + gap(random, rates.meanFrames) };
  };
  let next = planNext();

  return Object.freeze({
    pass(frames: number, written: number): WorkerFate | undefined {
      if (!faults.isOn()) return undefined;
      passed += frames;
      if (passed < next.at) return undefined;
      const due = next;
      next = planNext();
      const end = pick(due.random, KINDS);
      const isLimit = end === 'heap' || end === 'stuck';
      if (!faults.allows(due.id) || isDelicate(isLimit)) return undefined;
      faults.note(`worker ${end}`, due.id);
      return { end, payloadsLeft: below(due.random, written + 1) };
    },
    failsToStart(): boolean {
      if (!faults.isOn()) return false;
      starts += 1;
      const id = `s${vat}.${starts}`;
      const random = streamOf(seed, `worker start ${vat}`, starts);
      if (random() >= rates.startFailureChance || !faults.allows(id)) return false;
      faults.note('worker start', id);
      return true;
    },
  });
}
