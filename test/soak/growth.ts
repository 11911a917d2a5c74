// Growth: whether a series of samples goes on growing with time, or only moves about.
//
// Samples are of moments at which the content is the same, so what grows is kept for nobody. Three
// things must come together before a series is said to grow, each against one false alarm:
// - the median of the last third is above that of the middle third by more than a tolerance, as
//   single samples say little and the first third is warm-up;
// - that is so without the largest step of these two thirds, too: a table that is enlarged once, or
//   a pool that is filled once, steps; a leak comes again and again;
// - most of these samples are above most of those before them: noise goes down as often as up.

/** One sample. */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** What a series may grow by, from its middle third to its last, and be called flat. */
export interface Tolerance {
  readonly absolute: number;
  /** Of the median of its middle third. */
  readonly relative: number;
}

export interface Growth {
  readonly verdict: 'flat' | 'grows' | 'too short';
  /** Median of the last third less that of the middle third. */
  readonly grown: number;
  /** The same without the largest step. */
  readonly steady: number;
  /** What it may be. */
  readonly allowed: number;
  /** Theil-Sen: the median slope of all pairs of samples after the warm-up. */
  readonly perMinute: number;
}

/** Two in each third. */
export const SAMPLES_MIN = 6;
/** Of all pairs of samples after the warm-up, how many must rise in a series that grows. */
const RISING_SHARE = 0.8;
const MINUTE_MS = 60_000;

/** Judges samples in the order in which they were taken, of one life of one process. */
export function judgeGrowth(samples: readonly Sample[], tolerance: Tolerance): Growth {
  const third = Math.floor(samples.length / 3);
  const late = samples.slice(third);
  const grown = growthOf(late);
  const steady = growthOf(withoutLargestStep(late));
  const [middle] = halves(late);
  const allowed = Math.max(
    tolerance.absolute,
    tolerance.relative * Math.abs(median(middle.map(({ value }) => value))),
  );
  const perMinute = median(slopes(late)) * MINUTE_MS;
  const measured = { grown, steady, allowed, perMinute };
  if (samples.length < SAMPLES_MIN) return { verdict: 'too short', ...measured };
  const isGrowing = Math.min(grown, steady) > allowed && risingShare(late) >= RISING_SHARE;
  return { verdict: isGrowing ? 'grows' : 'flat', ...measured };
}

/** From the first half to the second. */
function growthOf(samples: readonly Sample[]): number {
  const [first, second] = halves(samples).map((half) => median(half.map(({ value }) => value)));
  return (second ?? 0) - (first ?? 0);
}

function halves(samples: readonly Sample[]): readonly [readonly Sample[], readonly Sample[]] {
  const middle = Math.floor(samples.length / 2);
  return [samples.slice(0, middle), samples.slice(middle)];
}

/** All after the largest step upwards come down by it. */
function withoutLargestStep(samples: readonly Sample[]): readonly Sample[] {
  const steps = samples.map(({ value }, at) => value - (samples[at - 1]?.value ?? value));
  const largest = Math.max(0, ...steps);
  const from = steps.indexOf(largest);
  return samples.map(({ atMs, value }, at) => ({
    atMs,
    value: at >= from ? value - largest : value,
  }));
}

function pairs(samples: readonly Sample[]): readonly (readonly [Sample, Sample])[] {
  return samples.flatMap((early, at) =>
    samples.slice(at + 1).map((late) => [early, late] as const),
  );
}

const slopes = (samples: readonly Sample[]): readonly number[] =>
  pairs(samples).map(([early, late]) => (late.value - early.value) / (late.atMs - early.atMs));

/** Of pairs; two equals count half. */
function risingShare(samples: readonly Sample[]): number {
  const rising = slopes(samples);
  const counts = rising.map((slope): number => (slope === 0 ? 0.5 : slope > 0 ? 1 : 0));
  return counts.reduce((sum, count) => sum + count, 0) / counts.length;
}

/** The middle one, or what lies between the two in the middle; 0 of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const upper = Math.floor(sorted.length / 2);
  const lower = Math.floor((sorted.length - 1) / 2);
  return ((sorted[lower] ?? 0) + (sorted[upper] ?? 0)) / 2;
}
