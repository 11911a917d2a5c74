// Thorough: `QRT_TEST=thorough npm test` runs everything, as CI does; without it the slowest tests run
// in part, in each run another part. The seed of the run decides which; a run that fails says it.

/** Whether everything is to run, however long it takes. */
export const isThorough = process.env['QRT_TEST'] === 'thorough';

/** Whether what is many is to be a hundred thousand, `QRT_TEST_MANY=all`: minutes for each such test. */
export const isMany = process.env['QRT_TEST_MANY'] === 'all';

/** One for all of a run: see vitest.config.ts. */
export const RUN_SEED = Number(process.env['QRT_TEST_SEED'] ?? 0);

/** Whether the seed of this run picks number `at`, of each `step` one. */
export const isPicked = (at: number, step: number): boolean => (at + RUN_SEED) % step === 0;

/** All of `list` in a thorough run, else every `step`th, and one at the least. */
export function someOf<T>(list: readonly T[], step: number): readonly T[] {
  if (isThorough || list.length === 0) return list;
  const every = Math.min(step, list.length);
  return list.filter((_, at) => isPicked(at, every));
}
