import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isRunning, msUntilGone } from '../worker/processes.ts';
import { hasWalls, startInside } from './kit.ts';

const LOOP = "require('node:fs').writeSync(1, 'x'); for (;;) {}";

describe.runIf(hasWalls)('the process inside', () => {
  it('dies with bubblewrap, out of an endless loop too', async () => {
    const { child, pid } = await startInside(LOOP);
    expect(isRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    expect(await msUntilGone(pid, 2_000)).toBeLessThan(2_000);
  });

  it('death with parent: without that wall it lives on', async () => {
    const { child, pid } = await startInside(LOOP, ['death with parent']);
    child.kill('SIGKILL');
    await msUntilGone(child.pid ?? 0, 2_000);
    await expect(msUntilGone(pid, 300)).rejects.toThrow('still runs');
    process.kill(pid, 'SIGKILL');
    await msUntilGone(pid, 2_000);
  });

  it('has its three pipes open and nothing of ours', async () => {
    const { child, pid } = await startInside(LOOP);
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => ({
      fd: Number(fd),
      what: readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:.*/, ''),
    }));
    const sockets = open.filter(({ what }) => what === 'socket').map(({ fd }) => fd);
    expect(sockets.sort()).toEqual([0, 1, 2]);
    // Node's own: what it waits on.
    const rest = open.filter(({ fd }) => fd > 2).map(({ what }) => what);
    expect(rest.filter((what) => what !== 'anon_inode' && what !== 'pipe')).toEqual([]);
    child.kill('SIGKILL');
  });

  it('has no capability, cannot gain any, and is filtered', async () => {
    const { child, pid } = await startInside(LOOP);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    for (const kind of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) {
      expect(status).toMatch(new RegExp(`^Cap${kind}:\\s+0+$`, 'm'));
    }
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(status).toMatch(/^NSpid:\s+\d+\s+1$/m);
    child.kill('SIGKILL');
  });

  it('has spaces of its own', async () => {
    const { child, pid } = await startInside(LOOP);
    for (const space of ['user', 'pid', 'net', 'ipc', 'uts', 'mnt']) {
      const path = (of: number | string) => readlinkSync(`/proc/${of}/ns/${space}`);
      expect([space, path(pid)]).not.toEqual([space, path('self')]);
    }
    child.kill('SIGKILL');
  });

  it('sees its program, Node, its libraries and nothing else', async () => {
    const list = `
      const { readdirSync, writeSync } = require('node:fs');
      const walk = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((each) =>
        each.isDirectory() ? walk(dir + each.name + '/') : [dir + each.name]);
      writeSync(1, JSON.stringify(walk('/')));`;
    const { child, said } = await startInside(list, ['filter']);
    child.kill('SIGKILL');
    const files = JSON.parse(said) as string[];
    expect(files).toContain('/node');
    expect(files).toContain('/program.cjs');
    expect(files.filter((path) => !/^\/(node|program\.cjs)$|\.so(\.|$)/.test(path))).toEqual([]);
  });
});
