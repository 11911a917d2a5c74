import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { layOut, openBaseDir } from '../../src/node/base-dir.ts';
import { createNode } from '../../src/node/create.ts';
import { holdNode } from '../../src/node/hold.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { codeOf, makeScratch } from './scratch.ts';

const SQLITE = fileURLToPath(import.meta.resolve('better-sqlite3'));

/** Another process that takes the lock and keeps it. */
const holdElsewhere = async (path: string) => {
  const program = `const db = require(${JSON.stringify(SQLITE)})(${JSON.stringify(path)});
    db.exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
};

const makeBase = async () => {
  const dir = join(makeScratch(), 'one');
  await createNode({ dir, host: '127.0.0.1', port: undefined, urls: undefined });
  return openBaseDir(dir);
};

describe('lock', () => {
  it('is held once, and again after its release', async () => {
    const { dir, lock: path } = await makeBase();
    const lock = acquireLock({ path, waitMs: 0, dir });
    expect(await codeOf(() => acquireLock({ path, waitMs: 0, dir }))).toBe('QRT_NODE_LOCKED');
    lock.release();
    lock.release();
    acquireLock({ path, waitMs: 0, dir }).release();
  });

  it('frees itself when its process is killed with kill -9', async () => {
    const { dir, lock: path } = await makeBase();
    const child = await holdElsewhere(path);
    expect(await codeOf(() => acquireLock({ path, waitMs: 0, dir }))).toBe('QRT_NODE_LOCKED');
    child.kill('SIGKILL');
    await once(child, 'exit');
    acquireLock({ path, waitMs: 0, dir }).release();
  });

  it('is waited for as long as allowed, and not longer', async () => {
    const base = await makeBase();
    const child = await holdElsewhere(base.lock);
    expect(await codeOf(() => holdNode(base, 100))).toBe('QRT_NODE_LOCKED');
    const held = holdNode(base, 5_000);
    child.kill('SIGKILL');
    (await held).lock?.release();
  });

  it('a file that is no lock is refused as a damaged directory', async () => {
    const base = layOut(makeScratch());
    writeFileSync(base.lock, 'x'.repeat(5_000));
    const acquire = () => acquireLock({ path: base.lock, waitMs: 0, dir: base.dir });
    expect(await codeOf(acquire)).toBe('QRT_DIR_UNUSABLE');
  });
});
