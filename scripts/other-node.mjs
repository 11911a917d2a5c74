// Gets another Node from the registry for the tests of determinism, and says where its program is.
//
//   QRT_TEST_NODE=$(node scripts/other-node.mjs 24 DIR) npx vitest run test/spec/determinism.test.ts
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const [major = '24', dir = ''] = process.argv.slice(2);
if (!/^\d+$/.test(major) || dir === '') {
  process.stderr.write('usage: node scripts/other-node.mjs MAJOR DIR\n');
  process.exit(2);
}
const place = resolve(dir);
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
mkdirSync(place, { recursive: true });
writeFileSync(join(place, 'package.json'), '{"private":true}\n');
// It has nothing to build, and is no part of this package: nothing of it is kept in the tree.
const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
const { status } = spawnSync('npm', ['install', ...flags, `${name}@${major}`], {
  cwd: place,
  stdio: ['ignore', 2, 'inherit'],
});
if (status !== 0) process.exit(status ?? 1);
process.stdout.write(`${join(place, 'node_modules', name, 'bin/node')}\n`);
