// Two nodes, the disk of one of them full: both lanes wait, nothing is lost, and all goes on by itself.

import { appendFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { eventually, makeWorld } from './kit.ts';
import { mountSmallDisk } from './small-disk.ts';

const world = makeWorld();
const disk = mountSmallDisk(world.path('disk'), '4m');

/** Takes all the room that is left: nothing else makes a disk full for certain. */
function fill(): void {
  const file = world.path('disk', 'filler');
  try {
    for (;;) appendFileSync(file, Buffer.alloc(4_096));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
  }
}

const PUMP = `({ to, count, pad = '' }) => {
  for (let n = 1; n <= count; n += 1) to.sendOnly({ n, pad });
}`;
const SINK = `({ n }, { memory }) => {
  if (n !== (memory.last ?? 0) + 1) memory.fault = [n, memory.last];
  memory.last = n;
}`;
const MESSAGES = 40;
const REFUSED = 5;

describe.skipIf(!disk.isMounted)('a full disk of a peer', () => {
  afterAll(async () => {
    await world.end({ before: disk.unmount });
  });

  it('keeps messages and refusals waiting at their sender, and each arrives once', async () => {
    await world.startNew('OTHER', 'disk/FULL');
    await world.ok(['gossip', 'OTHER', 'disk/FULL']);
    const sink = await world.install('disk/FULL', SINK);
    const caller = await world.install('disk/FULL', PUMP);
    const gone = await world.install('OTHER', SINK);
    const pump = await world.install('OTHER', PUMP);
    const { pid } = await world.status('disk/FULL');

    // What FULL sends will be refused by an object that is deleted meanwhile.
    await world.ok(['send', '-d', 'disk/FULL', caller, '{"count":0}', '--ref', `to=${gone}`]);
    const linked = await eventually(async () => (await world.status('OTHER')).links.length === 1);
    expect(linked).toBe(true);
    await world.ok(['stop', 'OTHER']);
    const args = JSON.stringify({ count: REFUSED });
    await world.ok(['send', '-d', 'disk/FULL', caller, args, '--ref', `to=${gone}`]);
    await eventually(async () => (await world.status('disk/FULL')).outbox.rows === REFUSED);
    await world.ok(['delete', 'OTHER', 'o1.0']);

    fill();
    await eventually(async () => {
      const ran = await world.run(['send', '-d', 'disk/FULL', caller, '{"count":0}']);
      return ran.code === 75 && ran.stderr.includes('QRT_DISK_FULL');
    });
    await world.ok(['start', 'OTHER']);
    const many = JSON.stringify({ count: MESSAGES, pad: 'y'.repeat(50_000) });
    const refs = ['--ref', `to=${sink}`];
    await world.ok(['send', '-d', 'OTHER', pump, '-', ...refs], { input: many });
    const waiting = await eventually(async () => {
      const { outbox, links } = await world.status('OTHER');
      return outbox.rows >= MESSAGES && links[0]?.lastError !== undefined && outbox.rows;
    });
    expect(waiting).toBeGreaterThanOrEqual(MESSAGES);

    disk.resize('60m');
    await eventually(async () => {
      const { outbox } = await world.status('OTHER');
      // It looks for room with pauses, and says so in between.
      const ran = await world.run(['status', 'disk/FULL', '--json']);
      if (ran.code !== 0) return false;
      const full = await world.status('disk/FULL');
      return outbox.rows === 0 && full.outbox.rows === 0 && full.inbox.rows === 0;
    }, 60_000);
    const full = await world.status('disk/FULL');
    expect(full.pid).toBe(pid);
    expect(full.links.map(({ state, refusals }) => ({ state, refusals }))).toEqual([
      { state: 'ok', refusals: REFUSED },
    ]);
    const memory = await world.dump('disk/FULL', 'memory');
    expect(memory.map(({ value }) => value)).toContain(JSON.stringify({ last: MESSAGES }));
    await world.ok(['verify', 'disk/FULL']);
  });
});
