import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { atEnd, endHosts, startHost } from './host-kit.ts';
import { describeHost } from './host-suite.ts';
import { isRunning, msUntilGone } from './processes.ts';
import { fixture, levelsHere, sandboxAt } from './sandbox-kit.ts';

// The other levels are in test/walls.
describeHost(levelsHere[0] ?? 'none');

const bare = await sandboxAt('none', fixture('obedient.cjs'));

describe('a bare worker', () => {
  afterEach(endHosts);

  it('the worker has no environment but the time zone, no directory and no file of ours', async () => {
    const { run, reply } = startHost(bare);
    run('reply([process.env, process.cwd(), process.argv.length])');
    expect(await reply(0)).toEqual([{ TZ: 'UTC' }, '/', 2]);
    const path = join(tmpdir(), `qrt-forbidden-${process.pid}`);
    atEnd(() => rmSync(path, { force: true }));
    run(`try { fs.writeFileSync('${path}', 'x'); reply('written'); }
         catch (error) { reply(error.code ?? 'refused'); }`);
    if (process.platform === 'linux') expect(await reply(1)).toBe('EFBIG');
  });

  it('the process that was started is the worker itself, in a group of its own', async () => {
    const { host, run, reply, exit } = startHost(bare);
    run('reply([process.pid, process.ppid])');
    const [pid, parent] = (await reply(0)) as [number, number];
    expect(parent).toBe(process.pid);
    expect(() => process.kill(-pid, 0)).not.toThrow();
    if (process.platform === 'linux') expect(host.meter(1)).toBeGreaterThan(0);
    host.kill(1);
    await exit();
    expect(() => process.kill(-pid, 0)).toThrow();
  });

  it('what a worker left behind with its pipes open does not hold back its exit', async () => {
    const { run, exit, reply } = startHost(bare);
    run(`const { spawn } = require('node:child_process');
         const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 6e4)'],
           { stdio: 'inherit', detached: true });
         reply(child.pid); process.exit(0);`);
    const pid = Number(await reply(0));
    atEnd(() => isRunning(pid) && process.kill(pid, 'SIGKILL'));
    const beginMs = performance.now();
    await exit();
    expect(performance.now() - beginMs).toBeLessThan(3_000);
  });

  // Around others stands bubblewrap, which keeps it open: there the deadline of the turn ends it.
  it('a worker that closes its input is ended, and frames for it are dropped', async () => {
    const { host, run, reply, exit } = startHost(bare);
    run('fs.closeSync(0); reply(1); for (;;) {}');
    await reply(0);
    const [pid = 0] = host.pids();
    for (let n = 0; n < 5; n += 1) {
      run('x');
      await sleep(10);
    }
    expect(await exit()).toMatchObject({ end: 'unknown' });
    await msUntilGone(pid, 1_000);
  });

  it('a program that is not there, or that dies at once, is told as an exit', async () => {
    const { exit, notes } = startHost(await sandboxAt('none', '/nowhere/worker.cjs'));
    expect(await exit()).toMatchObject({ end: 'unknown' });
    expect(notes[0]).toContain("Cannot find module '/nowhere/worker.cjs'");
  });
});
