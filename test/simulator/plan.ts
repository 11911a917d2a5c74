// Plan: what a run is like, drawn from its seed: how many vats, how fast, and which faults how often.
//
// Each run leaves some kinds of faults out: what one kind hides another run shows.

import type { NodeLimits } from '../../src/core/node-limits.ts';
import { pick } from '../sim/random.ts';
import { below, type Random, streamOf } from './chance.ts';
import { STRIKES, type Strike, type StrikeRates } from './strikes.ts';
import { REWIND_FAULTS, TIME_FAULTS, type TimeRates } from './time-faults.ts';
import type { Pace } from './vat-parts.ts';
import { WIRE_FAULTS, type WireRates } from './wire-faults.ts';
import type { WorkerRates } from './worker-strikes.ts';

export interface RunPlan {
  readonly vats: number;
  /** Whether each turn is run twice, by two workers. */
  readonly isParanoid: boolean;
  readonly rounds: number;
  /** Actions of the workload in each round. */
  readonly actions: number;
  /** How many come at one moment, and the time to the next ones on average. */
  readonly burst: number;
  readonly actionMs: number;
  readonly pace: Pace;
  readonly limits: Partial<NodeLimits>;
  readonly strikes: StrikeRates;
  readonly workers: WorkerRates;
  readonly wire: WireRates;
  readonly times: TimeRates;
  /** Whether vats get older disks. */
  readonly isRewinding: boolean;
  /** What operators choose about items in doubt. */
  readonly choice: 'resend' | 'discard';
}

const PARANOID_CHANCE = 0.15;
const REWIND_CHANCE = 0.2;
const NEVER = Number.POSITIVE_INFINITY;

export function drawPlan(seed: number, vats?: number): RunPlan {
  const random = streamOf(seed, 'plan');
  const isSmall = random() < 0.3;
  return {
    isParanoid: streamOf(seed, 'paranoid')() < PARANOID_CHANCE,
    isRewinding: streamOf(seed, 'rewind')() < REWIND_CHANCE,
    vats: vats ?? 2 + below(random, 4),
    rounds: 1 + below(random, 3),
    actions: 200 + below(random, 500),
    burst: pick(streamOf(seed, 'burst'), [1, 2, 5, 20]),
    actionMs: pick(random, [2, 10, 50, 200]),
    pace: {
      settleMsMax: pick(random, [0, 1, 3, 10]),
      pipeMsMax: pick(random, [0, 1, 5]),
      restartMsMax: pick(random, [50, 500, 3_000]),
    },
    limits: isSmall ? drawLimits(random) : {},
    strikes: {
      meanPoints: pick(random, [NEVER, 5_000, 1_500, 500]),
      weights: drawWeights(random),
      againChance: random() * 0.5,
    },
    workers: {
      meanFrames: pick(random, [NEVER, 1_000, 200, 50]),
      startFailureChance: pick(random, [0, 0, 0.05, 0.2]),
    },
    wire: {
      chance: pick(random, [0, 0.03, 0.1, 0.3]),
      kinds: some(random, WIRE_FAULTS),
      latencyMsMax: pick(random, [2, 20, 100, 1_000]),
    },
    choice: streamOf(seed, 'choice')() < 0.5 ? 'resend' : 'discard',
    times: {
      meanMs: pick(random, [NEVER, 20_000, 5_000, 1_000]),
      kinds: some(random, TIME_FAULTS),
    },
  };
}

/** The same run with right clocks: by them a vat with an older disk knows its newer record. */
export function withRightClocks(plan: RunPlan): RunPlan {
  const kinds = plan.times.kinds.filter((kind) => kind !== 'time jump');
  const meanMs = kinds.length > 0 ? plan.times.meanMs : NEVER;
  return { ...plan, times: { meanMs, kinds } };
}

/** What befalls vats in a round in which they get older disks. */
export function withOlderDisks({ times, actions, actionMs }: RunPlan): TimeRates {
  const meanMs = Math.min(times.meanMs, actionMs * actions * 0.05);
  return { meanMs, kinds: [...REWIND_FAULTS, ...times.kinds] };
}

/** The same run with queues that are soon full. */
export function withSmallQueues(plan: RunPlan, seed: number): RunPlan {
  return { ...plan, limits: drawLimits(streamOf(seed, 'small queues')) };
}

/** These limits, with so many rows in each queue at least. */
export function withRows(limits: Partial<NodeLimits>, rowsMin: number): Partial<NodeLimits> {
  const { inboxRows, outboxRows } = limits;
  if (inboxRows === undefined || outboxRows === undefined) return limits;
  return {
    ...limits,
    inboxRows: Math.max(inboxRows, rowsMin),
    outboxRows: Math.max(outboxRows, rowsMin),
  };
}

/** Queues that are full every now and then. */
function drawLimits(random: Random): Partial<NodeLimits> {
  const rows = pick(random, [12, 30, 100]);
  return {
    inboxRows: rows,
    outboxRows: pick(random, [12, 30, 100]),
    turnsInFlight: pick(random, [1, 4, 64]),
  };
}

function drawWeights(random: Random): Record<Strike, number> {
  const entries = STRIKES.map((strike) => [strike, random() < 0.3 ? 0 : random()] as const);
  return { ...Object.fromEntries(entries), crash: 1 } as Record<Strike, number>;
}

/** About two thirds of them, and at least one. */
function some<T>(random: Random, all: readonly T[]): readonly T[] {
  const chosen = all.filter(() => random() < 0.66);
  return chosen.length > 0 ? chosen : [pick(random, all)];
}
