import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SandboxLevel } from '../../src/core/sandbox.ts';
import { launch } from '../../src/worker/launch.ts';
import { DEFAULT_SETTINGS } from '../../src/worker/settings.ts';
import { processesOf } from '../system/kit.ts';
import { isRunning, msUntilGone } from './processes.ts';
import { fixture, levelsHere, sandboxAt } from './sandbox-kit.ts';

const loader = new URL('../../scripts/ts-loader.mjs', import.meta.url).href;

/** A parent that has told its worker to loop for ever. Returns both process ids. */
async function startFamily(
  level: SandboxLevel,
  guard: string,
): Promise<{ parent: number; worker: number }> {
  const args = ['--import', loader, fixture('parent.mjs'), fixture('obedient.cjs'), level, guard];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const frame: unknown = JSON.parse(line);
    if (typeof frame === 'number') return { parent: child.pid ?? 0, worker: frame };
  }
  throw new Error('the worker never looped');
}

describe('a worker in an endless loop', () => {
  for (const guard of ['auto', 'watchdog']) {
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
      it(`ends within 2 s of its node’s ${signal} (guard: ${guard})`, async () => {
        const { parent, worker } = await startFamily('none', guard);
        expect(isRunning(worker)).toBe(true);
        process.kill(parent, signal);
        await msUntilGone(parent, 2_000);
        expect(await msUntilGone(worker, 2_000)).toBeLessThan(2_000);
      }, 15_000);
    }
  }

  for (const level of levelsHere.filter((each) => each !== 'none')) {
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      it(`ends within 2 s of its node’s ${signal} (level ${level})`, async () => {
        const { parent, worker } = await startFamily(level, 'auto');
        expect(isRunning(worker)).toBe(true);
        process.kill(parent, signal);
        await msUntilGone(parent, 2_000);
        expect(await msUntilGone(worker, 2_000)).toBeLessThan(2_000);
      }, 15_000);
    }
  }

  it('lives as long as its node does', async () => {
    const { parent, worker } = await startFamily('none', 'watchdog');
    await expect(msUntilGone(worker, 700)).rejects.toThrow('still runs');
    process.kill(parent, 'SIGKILL');
    await msUntilGone(worker, 2_000);
  }, 15_000);
});

describe('a worker that is being started', () => {
  for (const level of levelsHere) {
    it(`does not begin, or ends, when its pipes close while it is being started (level ${level})`, async () => {
      const dir = mkdtempSync(join(tmpdir(), 'qrt-cut-short-'));
      onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
      const program = join(dir, 'worker.cjs');
      copyFileSync(fixture('obedient.cjs'), program);
      const { makeCommand } = await sandboxAt(level, program);
      const command = makeCommand(DEFAULT_SETTINGS);
      for (let n = 0; n < 5; n += 1) {
        // As the end of a process closes its ends of all pipes.
        for (const pipe of launch(command).stdio) (pipe as Socket | null)?.destroy();
      }
      await expect.poll(() => processesOf(dir), { timeout: 10_000 }).toEqual([]);
    }, 60_000);
  }
});
