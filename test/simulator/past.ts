// Past: runs that once failed, each with what was wrong, run again each time.
//
// A seed means another history as soon as the simulator draws something else, so each bug also has
// a test of its own, which the reason names.

import { readFileSync } from 'node:fs';

export interface PastFailure {
  readonly seed: number;
  readonly vats?: number;
  readonly workload?: string;
  readonly reason: string;
}

export function readPast(): readonly PastFailure[] {
  const text = readFileSync(new URL('./past.json', import.meta.url), 'utf8');
  return JSON.parse(text) as PastFailure[];
}
