// Private addresses of peers as operators meet them: refused, told, allowed, and nothing lost.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openVat } from '../../src/embed/open-vat.ts';
import { eventually, makeWorld, type World } from './kit.ts';

const KEEPER = '({ n }, { memory }) => { memory.got = [...(memory.got ?? []), n]; }';

describe('peers at private addresses', () => {
  let world: World;
  let qrid: string;
  beforeAll(async () => {
    world = makeWorld();
    await world.ok(['create-node', 'open']);
    await world.ok(['create-node', 'shut']);
    const config = JSON.parse(readFileSync(world.path('shut', 'config.json'), 'utf8'));
    // Reached through a proxy: strangers may tell it where to connect.
    const urls = ['https://vats.example.org/shut'];
    world.write('shut/config.json', JSON.stringify({ ...config, urls }));
    await world.ok(['start', 'open', 'shut']);
    qrid = await world.install('open', KEEPER);
  });
  afterAll(() => world.end());

  const send = (n: number): Promise<string> =>
    world.ok(['send', '-d', 'shut', qrid, JSON.stringify({ n })]);
  const linkOf = async () => (await world.status('shut')).links[0];
  const isRefused = async (): Promise<boolean> =>
    /^QRT_ADDRESS_REFUSED: 127\.0\.0\.1 .*--allow-private-peers/.test(
      (await linkOf())?.lastError ?? '',
    );
  const isDelivered = (text: string) => async (): Promise<boolean> =>
    (await linkOf())?.outbox.rows === 0 &&
    (await world.ok(['dump', 'open', 'memory'])).includes(`{"got":${text}}`);

  it('are refused, told and tried again, while the peer never hears of this node', async () => {
    await send(1);
    await eventually(isRefused);
    expect(await linkOf()).toMatchObject({ state: 'ok', outbox: { rows: 2 } });
    expect(await world.ok(['status', 'shut'])).toMatch(/\n +error +QRT_ADDRESS_REFUSED: 127/);
    const { stdout } = await world.run(['doctor', 'shut', '--json']);
    const peer = stdout.split('\n').find((line) => line.includes('"check":"peer '));
    expect(JSON.parse(peer ?? '')).toMatchObject({
      state: 'warn',
      found: expect.stringContaining('QRT_ADDRESS_REFUSED'),
      advice: expect.stringContaining('`--allow-private-peers`'),
    });
    expect((await world.status('open')).links).toEqual([]);
  });

  it('are reached once they are allowed at the start, with all that was queued', async () => {
    await world.ok(['stop', 'shut']);
    await world.ok(['start', 'shut', '--allow-private-peers']);
    await send(2);
    await eventually(isDelivered('[1,2]'));
    // It asks as the running node does.
    const { stdout } = await world.run(['doctor', 'shut', '--json']);
    expect(stdout).toMatch(/"check":"peer [^"]*","state":"ok"/);
    await world.ok(['stop', 'shut']);
  });

  it('are reached from a program that allows them, and not from one that does not', async () => {
    await send(3);
    const shut = { dir: world.path('shut'), listen: false };
    const closed = await openVat(shut);
    await eventually(isRefused);
    await closed.close();
    const open = await openVat({ ...shut, allowPrivatePeers: true });
    await eventually(isDelivered('[1,2,3]'));
    await open.close();
  });
});
