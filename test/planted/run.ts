// `npm run planted`: plants each bug alone in a copy of the tree; it MUST be noticed by the test that
// the table names, run alone, and by neither the types nor the linter. There are as many copies as
// cores, each with one bug at a time.
//
//   npm run planted -- [--only NAME,NAME] [--part N] [--table]
//
// With --part it plants one of N, drawn anew in each run.

import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { batchesOf, isOf, type NamedTest } from './batches.ts';
import { type Compiler, makeCompiler } from './compiler.ts';
import { type Copy, makeCopy } from './copy.ts';
import type { Plant } from './plant.ts';
import { PLANTS } from './plants.ts';
import { formatTable } from './table.ts';
import { endTools } from './tools.ts';

/** Each holds a copy of the tree and runs tests that use about a core and 300 MB. */
const COPIES_MAX = 4;
/** What is being ended may still write a moment. */
const REMOVE = { recursive: true, force: true, maxRetries: 10 };

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    part: { type: 'string', default: '1' },
    table: { type: 'boolean', default: false },
  },
});
const only = values.only?.split(',');
const part = Number(values.part);
if (!Number.isSafeInteger(part) || part < 1) {
  process.stderr.write(`--part is one of how many: a whole number from 1, not ${values.part}.\n`);
  process.exit(2);
}
const drawn = randomInt(part);
const plants = PLANTS.filter(
  ({ name }, at) => at % part === drawn && (only?.includes(name) ?? true),
);
const unknown = only?.filter((name) => !PLANTS.some((plant) => plant.name === name)) ?? [];
if (unknown.length > 0) {
  process.stderr.write(
    `There is no planted bug ${unknown.join(', ')}; test/planted/README.md has them all.\n`,
  );
  process.exit(2);
}

if (values.table) {
  process.stdout.write(`${formatTable(PLANTS)}\n`);
  process.exit(0);
}

const directory = mkdtempSync(join(tmpdir(), 'qrt-planted-'));
const cleanUp = (): void => {
  endTools();
  rmSync(directory, REMOVE);
};
for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.once(signal, () => {
    cleanUp();
    process.exit(code);
  });
}
try {
  process.exitCode = await tryAll();
} finally {
  cleanUp();
}

/** Tries each test without a bug, then each bug, one in each copy at a time. Returns the exit code. */
async function tryAll(): Promise<number> {
  const count = Math.min(availableParallelism(), COPIES_MAX, Math.max(plants.length, 1));
  const copies = Array.from({ length: count }, (_, at) => makeCopy(join(directory, `${at}`)));
  const failures: string[] = [];
  const say = (name: string, verdict: string, detail = ''): void => {
    process.stdout.write(`${verdict.padEnd(6)} ${name}${detail === '' ? '' : `: ${detail}`}\n`);
    if (verdict === 'FAILED') failures.push(name);
  };
  const compiler = makeCompiler(copies[0]!.directory);
  const says = compiler.complaints(new Map());
  if (says !== '') say('types', 'FAILED', `without a bug\n${says}`);

  const batches = batchesOf(plants.map(({ test }) => test));
  await inEach(copies, batches, async (copy, tests) => {
    for (const complaint of await tryWhole(copy, tests)) say('tests', 'FAILED', complaint);
  });
  await inEach(copies, plants, async (copy, plant) => {
    const startedMs = performance.now();
    const complaint = await judge({ copy, compiler, plant });
    const seconds = `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
    if (complaint === undefined) say(plant.name, 'caught', seconds);
    else say(plant.name, 'FAILED', complaint);
  });
  process.stdout.write(`${plants.length - failures.length} passed, ${failures.length} failed\n`);
  return failures.length === 0 ? 0 : 1;
}

/** Takes `work` one after another, as many at a time as there are copies. */
async function inEach<T>(
  copies: readonly Copy[],
  work: readonly T[],
  take: (copy: Copy, item: T) => Promise<void>,
): Promise<void> {
  const rest = work.values();
  await Promise.all(
    copies.map(async (copy) => {
      for (const item of rest) await take(copy, item);
    }),
  );
}

/** What is wrong with tests in a tree without a bug. */
async function tryWhole(copy: Copy, tests: readonly NamedTest[]): Promise<string[]> {
  const files = [...new Set(tests.map(({ file }) => file))];
  const names = [...new Set(tests.map(({ name }) => name))];
  const { passed, failed, output } = await copy.runTests(files, names);
  const complaints = failed.map(({ file, name }) => `without a bug: ${file} "${name}"`);
  for (const test of tests) {
    if ([...passed, ...failed].some((found) => isOf(found, test))) continue;
    complaints.push(`${test.file} "${test.name}" is missing\n${output}`);
  }
  return complaints;
}

/** Why a bug that is planted was not noticed as it should be, if so. */
function judge(tried: { copy: Copy; compiler: Compiler; plant: Plant }) {
  const { copy, compiler, plant } = tried;
  const { file, name } = plant.test;
  return copy.withPlant(plant, async (texts) => {
    const types = compiler.complaints(texts);
    if (types !== '') return `types notice it\n${types}`;
    const lint = await copy.lint([...texts.keys()]);
    if (lint !== '') return `the linter notices it\n${lint}`;
    const { passed, failed, output } = await copy.withCompiled(texts, compiler, () =>
      copy.runTests([file], [name], 1),
    );
    if (failed.some((found) => isOf(found, plant.test))) return undefined;
    if (passed.length > 0) return `${file} "${name}" passes with the bug`;
    return `${file} "${name}" did not run\n${output}`;
  });
}
