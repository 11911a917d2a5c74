// The command `qrt ui`, without a browser.

import { readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './kit.ts';
import { startUi } from './ui-kit.ts';

let world: World;
beforeAll(() => {
  world = makeWorld();
});
afterAll(() => world.end());

describe('qrt ui', () => {
  it('prints an address of loopback, ends with Ctrl-C, and leaves the node as it was', async () => {
    await world.ok(['create-node', 'QUIET']);
    const before = readdirSync(world.path('QUIET'));
    const ui = await startUi(world, 'QUIET');
    expect(ui.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[A-Za-z0-9_-]{43}$/);
    expect((await fetch(ui.url)).status).toBe(200);
    expect((await fetch(ui.url)).status).toBe(403);
    ui.child.kill('SIGINT');
    expect(await ui.ended).toBe(0);
    const after = readdirSync(world.path('QUIET')).filter((name) => !/-(wal|shm)$/.test(name));
    expect(after).toEqual(before);
  });

  it('says so when there is no node, when the port is taken, and when the node goes away', async () => {
    const missing = await world.run(['ui', 'NOWHERE', '--no-open']);
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('QRT_NODE_MISSING'),
    ]);
    await world.ok(['create-node', 'GOING']);
    const ui = await startUi(world, 'GOING');
    const { port } = new URL(ui.url);
    const taken = await world.run(['ui', 'GOING', '--port', port]);
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining(`port ${port}`)]);
    const entered = await fetch(ui.url);
    expect(entered.status).toBe(200);
    rmSync(world.path('GOING'), { recursive: true });
    expect(await ui.ended).toBe(2);
    expect(ui.stderr()).toContain('QRT_NODE_MISSING');
  });
});
