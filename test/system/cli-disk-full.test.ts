// A node on a disk that is full, with a real file system of two megabytes where one can be mounted.

import { afterAll, describe, expect, it } from 'vitest';
import { eventually, makeWorld } from './kit.ts';
import { mountSmallDisk } from './small-disk.ts';

const world = makeWorld();
const disk = mountSmallDisk(world.path('disk'), '2m');

describe.skipIf(!disk.isMounted)('a full disk', () => {
  afterAll(async () => {
    await world.end({ before: disk.unmount });
  });

  it('refuses what does not fit, loses nothing, and the node goes on by itself', async () => {
    await world.startNew('disk/node');
    // Whatever is taken stays on the disk.
    const code = '(args, power) => { (power.memory.list ??= []).push(args); }';
    const qrid = await world.install('disk/node', code);
    const { pid } = await world.status('disk/node');
    const input = JSON.stringify('x'.repeat(200_000));
    const send = () => world.run(['send', '-d', 'disk/node', qrid, '-'], { input });
    let taken = 0;
    let last = await send();
    for (; last.code === 0 && taken < 20; last = await send()) taken += 1;
    expect(last.code).toBe(75);
    expect(last.stderr).toContain('QRT_DISK_FULL');

    disk.resize('20m');
    const status = await eventually(async () => {
      const ran = await world.run(['status', 'disk/node', '--json']);
      const found = ran.code === 0 ? JSON.parse(ran.stdout) : undefined;
      return found?.turns === taken ? found : undefined;
    });
    expect(status.pid).toBe(pid);
    await world.ok(['send', '-d', 'disk/node', qrid, '"y"', '--wait']);
    await world.ok(['stop', 'disk/node']);
  });
});
