// Batches: the tests that notice planted bugs, a few processes of vitest for all of them.

import type { Plant } from './plant.ts';

export type NamedTest = Plant['test'];

/** A shorter name is found in other files as well, and their tests would run for nothing. */
const TELLING_LENGTH = 15;
/** Enough for all copies to have work until the end. */
const BATCHES = 4;

/** Each test in one batch; all tests of a file in the same one. */
export function batchesOf(tests: readonly NamedTest[]): NamedTest[][] {
  const files = byFile(tests);
  const isTelling = (list: NamedTest[]) => list.every(({ name }) => name.length >= TELLING_LENGTH);
  const shared = files.filter(isTelling);
  const batches = Array.from({ length: BATCHES }, (_, at) =>
    shared.filter((_list, index) => index % BATCHES === at).flat(),
  );
  return [...batches.filter((batch) => batch.length > 0), ...files.filter((f) => !isTelling(f))];
}

/** Whether a test that ran is the one that is meant. */
export function isOf(ran: { file: string; name: string }, { file, name }: NamedTest): boolean {
  return ran.file === file && ran.name.includes(name);
}

function byFile(tests: readonly NamedTest[]): NamedTest[][] {
  const files = new Map<string, NamedTest[]>();
  for (const test of tests) files.set(test.file, [...(files.get(test.file) ?? []), test]);
  return [...files.values()];
}
