// Builds dist once before any test runs: tests that start processes start what is in src now.
import { join } from 'node:path';
import { ROOT, run } from './lib/root.mjs';

export async function setup() {
  const code = await run(process.execPath, [join(ROOT, 'scripts/build.mjs')]);
  if (code === 0) return;
  if (process.env['CI'] !== undefined) throw new Error('The build failed.');
  process.stderr.write('The build failed: tests that start processes may see old code.\n');
}
