// The fast check of a change: each step is timed, and the first row of steps with a failure ends it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, runQuietly, toolPath } from './lib/root.mjs';

const BUDGET_S = 90;

const vitest = 'vitest/vitest.mjs';
const layered = ['bin', 'src', 'test', 'bench', 'scripts'].filter((dir) =>
  existsSync(join(ROOT, dir)),
);

/** @typedef {{ name: string, tool: string, args: string[] }} Step */

/** What reads the sources: two rows side by side. @type {Step[][]} */
const READERS = [
  [
    { name: 'types', tool: 'typescript/bin/tsc', args: ['--noEmit'] },
    { name: 'types of the page', tool: 'typescript/bin/tsc', args: ['--noEmit', '-p', 'src/page'] },
  ],
  [
    {
      name: 'format and lint',
      tool: '@biomejs/biome/bin/biome',
      args: ['ci', '--error-on-warnings', ...(process.stdout.isTTY ? [] : ['--colors=off'])],
    },
    {
      name: 'import directions',
      tool: 'dependency-cruiser/bin/dependency-cruise.mjs',
      args: ['--config', '.dependency-cruiser.mjs', ...layered],
    },
    { name: 'unused code', tool: 'knip/bin/knip.js', args: [] },
  ],
];

/** @type {Step} */
const TESTS = {
  name: 'unit tests',
  tool: vitest,
  args: ['run', '--project', 'unit', '--project', 'guest-lockdown'],
};

/** Whether the tests are left to `npm test`. */
const isStatic = process.argv.includes('--static');

const startedMs = performance.now();
const read = await Promise.all(READERS.map(readAll));
if (read.includes(false) || !(isStatic || (await take(TESTS, run)))) process.exit(1);
process.stdout.write(`\ncheck passed in ${secondsSince(startedMs)} s (budget ${BUDGET_S} s).\n`);

/**
 * Takes steps one after another as long as they pass; what each says is shown when it ends.
 * @param {Step[]} steps
 * @returns {Promise<boolean>} whether all passed
 */
async function readAll(steps) {
  for (const step of steps) if (!(await take(step, runQuietly))) return false;
  return true;
}

/**
 * @param {Step} step
 * @param {typeof run} runTool
 * @returns {Promise<boolean>} whether it passed
 */
async function take({ name, tool, args }, runTool) {
  const stepStartedMs = performance.now();
  if (runTool === run) process.stdout.write(`\n== check: ${name}\n`);
  const code = await runTool(process.execPath, [toolPath(tool), ...args]);
  const verdict = code === 0 ? 'ok' : 'FAILED';
  process.stdout.write(`== check: ${name}: ${verdict} (${secondsSince(stepStartedMs)} s)\n`);
  if (code !== 0) process.stdout.write(`\ncheck failed at the step "${name}".\n`);
  return code === 0;
}

/** @param {number} beginMs */
function secondsSince(beginMs) {
  return ((performance.now() - beginMs) / 1000).toFixed(1);
}
