// The fast check of a change: each step is timed, the first that fails ends it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, toolPath } from './lib/root.mjs';

const BUDGET_S = 90;

const vitest = 'vitest/vitest.mjs';
const layered = ['bin', 'src', 'test', 'bench', 'scripts'].filter((dir) =>
  existsSync(join(ROOT, dir)),
);

/** @type {Array<{ name: string, tool: string, args: string[] }>} */
const STEPS = [
  {
    name: 'format and lint',
    tool: '@biomejs/biome/bin/biome',
    args: ['ci', '--error-on-warnings', ...(process.stdout.isTTY ? [] : ['--colors=off'])],
  },
  { name: 'types', tool: 'typescript/bin/tsc', args: ['--noEmit'] },
  { name: 'types of the page', tool: 'typescript/bin/tsc', args: ['--noEmit', '-p', 'src/page'] },
  {
    name: 'import directions',
    tool: 'dependency-cruiser/bin/dependency-cruise.mjs',
    args: ['--config', '.dependency-cruiser.mjs', ...layered],
  },
  { name: 'unused code', tool: 'knip/bin/knip.js', args: [] },
  {
    name: 'unit tests',
    tool: vitest,
    args: ['run', '--project', 'unit', '--project', 'guest-lockdown'],
  },
];

const startedMs = performance.now();
for (const { name, tool, args } of STEPS) {
  process.stdout.write(`\n== check: ${name}\n`);
  const stepStartedMs = performance.now();
  const code = await run(process.execPath, [toolPath(tool), ...args]);
  const verdict = code === 0 ? 'ok' : 'FAILED';
  process.stdout.write(`== check: ${name}: ${verdict} (${secondsSince(stepStartedMs)} s)\n`);
  if (code !== 0) {
    process.stdout.write(`\ncheck failed at the step "${name}".\n`);
    process.exit(code);
  }
}
process.stdout.write(`\ncheck passed in ${secondsSince(startedMs)} s (budget ${BUDGET_S} s).\n`);

/** @param {number} beginMs */
function secondsSince(beginMs) {
  return ((performance.now() - beginMs) / 1000).toFixed(1);
}
