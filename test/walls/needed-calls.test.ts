import { afterEach, describe, expect, it } from 'vitest';
import { NEEDED } from '../../src/worker/seccomp.ts';
import { SYSCALLS, type Syscall } from '../../src/worker/syscalls.ts';
import { someOf } from '../thorough.ts';
import { endHosts } from '../worker/host-kit.ts';
import { hasWalls, worksWithout } from './kit.ts';

const COLUMN = process.arch === 'arm64' ? 1 : 0;
const CHECKED = ['mmap', 'clone', 'clone3', 'openat', 'fcntl'] as const satisfies Syscall[];

describe.runIf(hasWalls)('the calls that the filter allows', () => {
  afterEach(endHosts);

  it('are enough for a worker', async () => {
    expect(await worksWithout()).toBe(true);
  });

  it('are each needed: without any one of them no worker works', async () => {
    const idle: Syscall[] = [];
    for (const name of someOf([...NEEDED, ...CHECKED], 4)) {
      if (SYSCALLS[name][COLUMN] !== undefined && (await worksWithout(name))) idle.push(name);
    }
    expect(idle).toEqual([]);
  }, 200_000);
});
