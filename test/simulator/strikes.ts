// Strikes: where the process of a vat dies or its disk fails, counted in points that it passes.
//
// A point is each call of the store, before and after, and each thing that leaves the vat. Where
// the n-th strike falls and what it does depends on the seed and n only.

import { QrtError } from '../../src/core/errors.ts';
import { Death, isEffect, type StoreCall, type StoreWatch } from '../sim/watched-store.ts';
import { below, gap, type Random, streamOf } from './chance.ts';
import type { Faults } from './faults.ts';

/** What a strike does. */
export const STRIKES = ['crash', 'disk full', 'I/O error', 'failed flush'] as const;
export type Strike = (typeof STRIKES)[number];

/** How often each comes; `meanPoints` between two of them. */
export interface StrikeRates {
  readonly meanPoints: number;
  readonly weights: Readonly<Record<Strike, number>>;
  /** How likely a strike is followed by one soon after the vat was read from disk again. */
  readonly againChance: number;
}

const RECOVERY_POINTS = 60;

interface Planned {
  readonly id: string;
  readonly strike: Strike;
  /** At a commit that fails: whether it took place all the same. */
  readonly isAfter: boolean;
  readonly at: number;
}

export interface Strikes {
  readonly watch: StoreWatch;
  /** Something is about to leave. Throws Death. */
  passOutput(): void;
}

export interface StrikesInput {
  readonly seed: number;
  readonly vat: string;
  readonly rates: StrikeRates;
  readonly faults: Faults;
  /** Whether one more death could have a message taken for one that kills. */
  readonly isDelicate: () => boolean;
}

export function makeStrikes({ seed, vat, rates, faults, isDelicate }: StrikesInput): Strikes {
  let point = 0;
  let number = 0;
  /** Due, and not yet at a point where it can fall. */
  let waiting: Planned | undefined;
  /** The commit that takes place now is to fail afterwards. */
  let isFlushFailing = false;

  const plan = (from: number, random: Random, meanPoints: number): Planned => {
    const strike = draw(random, rates.weights);
    const at = from + 1 + gap(random, meanPoints);
    return { id: `${vat}.${number}`, strike, isAfter: random() < 0.5, at };
  };
  const planNext = (from: number): Planned => {
    number += 1;
    const random = streamOf(seed, `strike ${vat}`, number);
    const isAgain = random() < rates.againChance;
    return plan(from, random, isAgain ? RECOVERY_POINTS : rates.meanPoints);
  };
  let next = planNext(0);

  /** The strike that is due, if it can fall here. */
  const pass = (call: StoreCall | undefined): Planned | undefined => {
    if (!faults.isOn()) return undefined;
    point += 1;
    if (point >= next.at) {
      if (!waiting && faults.allows(next.id)) waiting = next;
      next = planNext(point);
    }
    if (!waiting || !fits(waiting.strike, call)) return undefined;
    const due = waiting;
    waiting = undefined;
    if (due.strike !== 'disk full' && isDelicate()) return undefined;
    faults.note(due.strike, due.id);
    return due;
  };

  return Object.freeze({
    watch: {
      before(call: StoreCall) {
        const due = pass(call);
        if (!due) return;
        if (due.strike !== 'failed flush' || !due.isAfter) throw failureOf(due.strike);
        // The flush fails, but the pages were written: nobody knows until the next start.
        isFlushFailing = true;
      },
      after(call: StoreCall) {
        if (isFlushFailing && call.name === 'commit') {
          isFlushFailing = false;
          throw failureOf('failed flush');
        }
        const due = pass(undefined);
        if (due) throw failureOf(due.strike);
      },
    },
    passOutput() {
      if (pass(undefined)) throw new Death('before an output');
    },
  });
}

/** Only what writes can find the disk full or broken, and only a commit flushes. */
function fits(strike: Strike, call: StoreCall | undefined): boolean {
  if (strike === 'crash') return true;
  if (call === undefined || !isEffect(call)) return false;
  return strike !== 'failed flush' || call.name === 'commit';
}

function failureOf(strike: Strike): Error {
  switch (strike) {
    case 'crash':
      return new Death('at a call of the store');
    case 'disk full':
      return new QrtError('QRT_DISK_FULL', { dir: 'sim' });
    case 'I/O error':
      return new QrtError('QRT_STORE_FAILED', { path: 'sim', reason: 'SQLITE_IOERR_WRITE' });
    case 'failed flush':
      return new QrtError('QRT_STORE_FAILED', { path: 'sim', reason: 'SQLITE_IOERR_FSYNC' });
  }
}

function draw(random: Random, weights: Readonly<Record<Strike, number>>): Strike {
  const total = STRIKES.reduce((sum, strike) => sum + weights[strike], 0);
  let left = random() * total;
  for (const strike of STRIKES) {
    left -= weights[strike];
    if (left < 0) return strike;
  }
  return STRIKES[below(random, STRIKES.length)]!;
}
