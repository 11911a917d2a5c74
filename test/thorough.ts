// Thorough: `QRT_TEST=thorough npm test` runs everything, as CI does; without it the slowest tests run in part.

/** Whether everything is to run, however long it takes. */
export const isThorough = process.env['QRT_TEST'] === 'thorough';

/** All of `list` in a thorough run, else every `step`th, always the same ones. */
export function someOf<T>(list: readonly T[], step: number): readonly T[] {
  return isThorough ? list : list.filter((_, at) => at % step === 0);
}
