// `npm run planted`: plants one bug after another in a copy of the tree; each MUST be noticed by the
// test that the table names, run alone, and by neither the types nor the linter.
//
//   npm run planted -- [--only NAME,NAME] [--table]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Copy, makeCopy } from './copy.ts';
import type { Plant } from './plant.ts';
import { PLANTS } from './plants.ts';
import { formatTable } from './table.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, table: { type: 'boolean', default: false } },
});
const only = values.only?.split(',');
const plants = PLANTS.filter(({ name }) => only?.includes(name) ?? true);
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
try {
  process.exitCode = tryAll(makeCopy(directory));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Tries each test without a bug, then each bug. Returns the exit code. */
function tryAll(copy: Copy): number {
  const failures: string[] = [];
  const say = (name: string, verdict: string, detail = ''): void => {
    process.stdout.write(`${verdict.padEnd(6)} ${name}${detail === '' ? '' : `: ${detail}`}\n`);
    if (verdict === 'FAILED') failures.push(name);
  };
  for (const [file, names] of testsByFile()) {
    const { passed, failed, output } = copy.runTests(file, names);
    if (failed.length > 0) say(file, 'FAILED', `without a bug: ${failed.join('; ')}`);
    else if (passed < names.length) say(file, 'FAILED', `a test is missing\n${output}`);
  }
  for (const plant of plants) {
    const startedMs = performance.now();
    const complaint = copy.withPlant(plant, () => judge(copy, plant));
    const seconds = `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
    if (complaint === undefined) say(plant.name, 'caught', seconds);
    else say(plant.name, 'FAILED', complaint);
  }
  process.stdout.write(`${plants.length - failures.length} passed, ${failures.length} failed\n`);
  return failures.length === 0 ? 0 : 1;
}

/** Why a bug that is planted was not noticed as it should be, if so. */
function judge(copy: Copy, { edits, test }: Plant): string | undefined {
  const complaints = copy.complaints([...new Set(edits.map(({ file }) => file))]);
  if (complaints !== '') return `types or linter notice it\n${complaints}`;
  const { passed, failed, output } = copy.runTests(test.file, [test.name]);
  if (failed.length > 0) return undefined;
  if (passed > 0) return `${test.file} "${test.name}" passes with the bug`;
  return `${test.file} "${test.name}" did not run\n${output}`;
}

function testsByFile(): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const { test } of plants) {
    const names = files.get(test.file) ?? [];
    if (!names.includes(test.name)) names.push(test.name);
    files.set(test.file, names);
  }
  return files;
}
