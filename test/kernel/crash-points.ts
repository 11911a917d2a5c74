// Crash points: every named point of a vat at which its process can die, in the order in which a
// history passes them: each call of the store that changes something, and each thing that leaves.

import type { VatOutput } from '../../src/kernel/ports.ts';
import type { TestVat } from '../sim/test-vat.ts';
import { Death, isEffect, type StoreCall } from '../sim/watched-store.ts';

/** A point, as people read it; the same name comes again and again. */
export type Point = string;

/** What happens at the points of one vat. */
export interface PointWatch {
  /** Every point that was passed, up to now. */
  readonly passed: readonly Point[];
  end(): void;
}

/**
 * Watches `vat`. Its process dies at the points with these numbers, counted from 1; with a second
 * number, counted from the next start on, it dies again.
 */
export function watchPoints(vat: TestVat, strikes: readonly number[] = []): PointWatch {
  const passed: Point[] = [];
  let left = [...strikes];
  /** Points since the last death. */
  let count = 0;
  const pass = (point: Point): void => {
    passed.push(point);
    count += 1;
    if (count !== left[0]) return;
    left = left.slice(1);
    count = 0;
    throw new Death();
  };
  const passCall =
    (phase: 'before' | 'after') =>
    (call: StoreCall): void => {
      if (isEffect(call)) pass(`${phase} ${call.name}`);
    };
  vat.setWatch({ before: passCall('before'), after: passCall('after') });
  vat.setGate((output: VatOutput, phase) => pass(`${phase} the ${output.type} leaves`));
  return {
    passed,
    end() {
      vat.setWatch(undefined);
      vat.setGate(() => {});
    },
  };
}

/**
 * Whether all points are tried, in all pairs, by hand: QRT_CRASH_POINTS=all QRT_TEST=thorough. It
 * takes half an hour; other runs draw some of the pairs anew each time.
 */
export const ARE_ALL_TRIED = process.env['QRT_CRASH_POINTS'] === 'all';

/**
 * Whether a death there can leave anything else than at the next point: right after a change that
 * is not committed it does not, nor where a worker is told something that dies with the vat.
 */
export function isDistinct(point: Point): boolean {
  if (point.endsWith(' leaves')) return / the (post|fetch|reply|control)/.test(point);
  return point.startsWith('before ') || point === 'after commit';
}

/** Whether a death at such a point is tried in this run. */
export const isTried = (point: Point): boolean => ARE_ALL_TRIED || isDistinct(point);
