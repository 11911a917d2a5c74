// Ledger: all series of samples of a run, each with what it may grow by, and the verdict on each.

import { type Growth, judgeGrowth, type Sample, type Tolerance } from './growth.ts';

/** What is measured, and the tolerance of it: `README.md` says where the numbers come from. */
export const KINDS = {
  /** Live on the heap of a node after a collection. */
  live: { unit: 'MiB', absolute: 1.5, relative: 0.05 },
  /** Own memory of a node's process: what the C library keeps for later comes and goes. */
  'node memory': { unit: 'MiB', absolute: 24, relative: 0.25 },
  'worker memory': { unit: 'MiB', absolute: 24, relative: 0.25 },
  descriptors: { unit: '', absolute: 12, relative: 0.25 },
  /** Pages in use of the database. */
  database: { unit: 'MiB', absolute: 0.5, relative: 0.1 },
  /** It never becomes smaller, so the fullest moment so far decides. */
  files: { unit: 'MiB', absolute: 6, relative: 0.25 },
  rows: { unit: '', absolute: 60, relative: 0.1 },
  /** Lines of an owner are trimmed after each 256: of all owners that is a slow sawtooth. */
  'log lines': { unit: '', absolute: 2_600, relative: 0.1 },
} as const satisfies Readonly<Record<string, Tolerance & { unit: string }>>;

/** One of them. */
type Kind = keyof typeof KINDS;

interface Entry {
  readonly kind: Kind;
  /** Whose: a node, and what of it. */
  readonly of: string;
  /** The process that the sample is of; another one begins another series. */
  readonly life?: number | undefined;
  readonly sample: Sample;
}

/** Tables with a bound of their own that a run of minutes does not reach: said, and no failure. */
const KNOWN_TO_GROW: readonly string[] = [
  // All of the last items, ever fewer of those before: test/kernel/checkpoints.test.ts.
  'checkpoint',
];

/** One series of samples and what was found. */
export interface Judged extends Growth {
  readonly isKnown: boolean;
  readonly kind: Kind;
  readonly of: string;
  readonly samples: readonly Sample[];
}

export interface Ledger {
  add(entry: Entry): void;
  /** Series by series; of a series with several lives each. */
  judge(): readonly Judged[];
}

export function makeLedger(): Ledger {
  const series = new Map<string, { kind: Kind; of: string; samples: Sample[] }>();
  return Object.freeze<Ledger>({
    add({ kind, of, life = 0, sample }) {
      const key = JSON.stringify([kind, of, life]);
      const known = series.get(key) ?? { kind, of, samples: [] };
      series.set(key, known);
      known.samples.push(sample);
    },
    judge: () =>
      [...series.values()].map(({ kind, of, samples }) => ({
        ...{ kind, of, samples },
        isKnown: kind === 'rows' && KNOWN_TO_GROW.some((table) => of.endsWith(` ${table}`)),
        ...judgeGrowth(samples, KINDS[kind]),
      })),
  });
}
