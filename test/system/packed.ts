// The package as somebody has it who installed it: packed, and unpacked into node_modules.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Makes `dir` what `npm install qrt` leaves behind, without asking a registry. */
export function installPacked(dir: string): void {
  const modules = join(dir, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', dir];
  const packed = execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  execFileSync('tar', ['-xzf', join(dir, packed), '-C', dir]);
  execFileSync('mv', [join(dir, 'package'), join(modules, 'qrt')]);
  const { bin } = JSON.parse(readFileSync(join(modules, 'qrt/package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>;
  };
  for (const [name, path] of Object.entries(bin)) {
    symlinkSync(join('../qrt', path), join(modules, '.bin', name));
  }
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
}
